"""The agent as one file: a zip of its package that Python runs, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from ksz_netops.platforms.linux.on_hub.agent import fence

_PACKAGE: Final = "ksz_netops/platforms/linux/on_hub/agent"
_LEAD: Final = b"#!/usr/bin/python3 -I\n"
_MAIN: Final = """\
import sys

from ksz_netops.platforms.linux.on_hub.agent.__main__ import main

sys.exit(main())
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@cache
def agent() -> bytes:
    """The file that is installed on a hub."""
    folder = Path(fence.__file__).parent
    content = {f"{_PACKAGE}/{path.name}": path.read_bytes() for path in folder.glob("*.py")}
    content[f"{_PACKAGE}/{fence.GUARD}"] = fence.guard().encode()
    content["__main__.py"] = _MAIN.encode()
    # The packages around it are empty there: only the import's path is alike.
    for package in PurePosixPath(_PACKAGE).parents:
        if package.name:
            content[f"{package}/__init__.py"] = b""
    written = io.BytesIO()
    written.write(_LEAD)
    # Stored, since what compresses differs from one zlib to the next.
    with zipfile.ZipFile(written, "a", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return written.getvalue()


def guard() -> bytes:
    """The shell program that is installed beside it."""
    return fence.guard().encode()


def agent_digest() -> str:
    """The SHA-256 of the agent that belongs to this version."""
    return hashlib.sha256(agent()).hexdigest()
