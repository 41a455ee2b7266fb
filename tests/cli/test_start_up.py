"""What a command imports before it does anything: only what it needs itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = (
    "ansible", "asyncssh", "cryptography", "hier_config", "jinja2", "napalm", "netmiko", "paramiko",
    "pydantic", "rich", "yaml",
)  # fmt: skip
PROGRAM = """\
import contextlib, io, sys
from ksz_netops.cli import code_of
with contextlib.redirect_stdout(io.StringIO()):
    assert code_of(sys.argv[1:]) == 0
print(*{name.partition(".")[0] for name in sys.modules})
"""


def imported_by(*words: str) -> set[str]:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, *words], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_what_needs_no_inventory_imports_nothing_that_is_slow(words: list[str]) -> None:
    assert imported_by(*words) & set(SLOW) == set()


def test_what_reads_an_inventory_imports_no_driver_and_no_ansible() -> None:
    driving = {"ansible", "asyncssh", "napalm", "netmiko", "paramiko"}

    assert imported_by("list") & driving == set()
