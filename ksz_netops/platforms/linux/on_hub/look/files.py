"""What is in our files on the hub. Of a key its fingerprint is told, and never the key."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any, Final

STRONGSWAN: Final = Path("/etc/strongswan.conf")
STRONGSWAN_PARTS: Final = Path("/etc/strongswan.d")


def text(path: Path) -> str | None:
    """The text of the file at *path*; None where it cannot be read."""
    try:
        return path.read_text()
    except (OSError, ValueError):
        return None


def digest(path: Path) -> str | None:
    """The SHA-256 of the file at *path*."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def fingerprint(path: Path) -> str:
    """Of the key in *path*, a file of swanctl's secrets with one key in hexadecimal."""
    keys = re.findall(r"^\s*secret = 0x([0-9a-f]+)$", text(path) or "", re.MULTILINE)
    if len(keys) != 1:
        return "unreadable"
    return hashlib.sha256(bytes.fromhex(keys[0])).hexdigest()[:16]


def generation(link: Path) -> dict[str, Any] | None:
    """What the generation behind *link* consists of."""
    if not link.is_dir():
        return None
    files = sorted(path for path in link.rglob("*") if path.is_file())
    secrets = {path.stem: fingerprint(path) for path in link.glob("secrets/*.conf")}
    return {
        "id": link.readlink().name,
        "whole": is_whole(link),
        "statements": text(link / "statements"),
        "files": {
            str(path.relative_to(link)): digest(path)
            for path in files
            if path.parent.name != "secrets"
        },
        "connections": {path.stem: text(path) for path in link.glob("connections/*.conf")},
        "fingerprints": secrets,
    }


def is_whole(link: Path) -> bool:
    """Whether the seal of the generation behind *link* is that of its name, and names all files."""
    lines = (line.partition("  ") for line in (text(link / "seal") or "").splitlines())
    sealed: dict[str, str | None] = {path: value for value, _, path in lines}
    found = {
        str(path.relative_to(link)): digest(path) for path in link.rglob("*") if path.is_file()
    }
    of_seal = found.pop("seal", None) or ""
    return f"-{of_seal[:16]}-" in link.readlink().name and found == sealed and bool(of_seal)


def pending(path: Path) -> Any:  # noqa: ANN401 - a document
    """The commit that waits for its confirmation; None where none does.

    Raises:
        ValueError: If its file is damaged.
    """
    return json.loads(text(path) or "null")


def watch(path: Path) -> Any:  # noqa: ANN401 - a document
    """What the watcher of ways wrote at *path*, and how many seconds ago; None where nothing is.

    Raises:
        ValueError: If its file is damaged.
    """
    document = json.loads(text(path) or "null")
    if document is not None:
        document["age_s"] = time.clock_gettime(time.CLOCK_BOOTTIME) - document["at"]
    return document


def settings() -> list[Path]:
    """The files with the settings of the IKE daemon."""
    return [STRONGSWAN, *sorted(STRONGSWAN_PARTS.glob("*.conf"))]


def strongswan() -> str:
    """The settings of the IKE daemon, as they stand in its files."""
    return "\n".join(text(path) or "" for path in settings())
