"""These tests need a kernel with ESP and VLANs; on the emulated one they never skip."""

from __future__ import annotations

import os
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def _stock_kernel() -> None:
    """Skips where the machine's own kernel lacks ESP; `make test-kernel` brings one that has it."""
    probe = (
        "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel"
        " enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff"
        " auth 'hmac(sha256)' 0x00112233445566778899aabbccddeeff"
    )
    result = subprocess.run(  # noqa: S603 - argv is fixed
        ["unshare", "--net", "sh", "-c", probe],  # noqa: S607 - found as any shell finds it
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return
    if os.environ.get("KSZ_EMULATED_KERNEL"):
        pytest.fail(f"the emulated kernel has no ESP: {result.stderr}")
    pytest.skip(f"this kernel has no ESP ({result.stderr.strip()}); run `make test-kernel`")
