"""charon runs the plugins that our connections need, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = {
    "random", "nonce", "openssl", "hmac", "kdf", "gcm",
    "kernel-libipsec", "kernel-netlink", "socket-default", "vici",
}  # fmt: skip
TEMPLATES = ["roles/linux_hub/templates", "ksz_netops/lab/templates"]


@pytest.mark.parametrize("folder", TEMPLATES)
def test_charon_loads_what_our_connections_need_alone(folder: str) -> None:
    text = (ROOT / folder / "strongswan.conf.j2").read_text()
    found = re.search(r"^  load = (.*(?:\n    .*)*)$", text, re.MULTILINE)

    assert found
    words = re.sub(r"\{\{\s*\" ?([a-z-]+) ?\" if [^}]*\}\}", r" \1 ", found[1]).split()
    assert set(words) == NEEDED
