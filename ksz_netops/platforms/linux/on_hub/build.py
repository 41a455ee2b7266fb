"""What runs on a hub, as one file each: a zip of a package that Python runs.

The bytes are the same every time. The agent is installed there; the look is handed in whenever a
hub is looked at, and is never a file on its disk.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from ksz_netops.platforms.linux.on_hub import look as look_package
from ksz_netops.platforms.linux.on_hub.agent import fence

_ROOM: Final = "ksz_netops/platforms/linux/on_hub"
_LEAD: Final = b"#!/usr/bin/python3 -I\n"
_MAIN: Final = """\
import sys

from ksz_netops.platforms.linux.on_hub.agent.__main__ import main

sys.exit(main())
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
LOOKING: Final = (
    "import os, sys; memory = os.memfd_create('look');"
    " os.write(memory, sys.stdin.buffer.read());"
    " sys.path.insert(0, f'/proc/self/fd/{memory}');"
    " from ksz_netops.platforms.linux.on_hub.look.__main__ import main; main()"
)
"""What Python on the hub runs, to be handed the look on its standard input."""


@cache
def agent() -> bytes:
    """The file that is installed on a hub."""
    folder = Path(fence.__file__).parent
    content = _modules("agent", folder)
    content[f"{_ROOM}/agent/{fence.GUARD}"] = fence.guard().encode()
    content["__main__.py"] = _MAIN.encode()
    return _LEAD + _zip(content)


@cache
def look() -> bytes:
    """What is handed to a hub's Python to look at the hub."""
    return _zip(_modules("look", Path(look_package.__file__).parent))


def _modules(package: str, folder: Path) -> dict[str, bytes]:
    """The modules of *package* by their path; the packages around it are empty there."""
    place = f"{_ROOM}/{package}"
    content = {f"{place}/{path.name}": path.read_bytes() for path in folder.glob("*.py")}
    for around in PurePosixPath(place).parents:
        if around.name:
            content[f"{around}/__init__.py"] = b""
    return content


def _zip(content: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    # Stored, since what compresses differs from one zlib to the next.
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return written.getvalue()


def guard() -> bytes:
    """The shell program that is installed beside it."""
    return fence.guard().encode()


def agent_digest() -> str:
    """The SHA-256 of the agent that belongs to this version."""
    return hashlib.sha256(agent()).hexdigest()
