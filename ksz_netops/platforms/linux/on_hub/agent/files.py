"""Files that are whole or not there, the lock, and the log; all writing of the agent is here."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOG_LIMIT: Final = 256 * 1024


class BusyError(Exception):
    """Somebody else is changing the hub."""


def read(path: Path) -> bytes | None:
    """The content of *path*; None where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def read_json(path: Path) -> Any:  # noqa: ANN401 - a document
    """The document at *path*; None where there is none or it is damaged."""
    content = read(path)
    try:
        return None if content is None else json.loads(content)
    except ValueError:
        return None


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Puts *content* at *path* in one go, on the disk before it is seen.

    Raises:
        OSError: If it cannot be written; *path* is what it was.
    """
    scratch = path.with_name(f".{path.name}.new")
    try:
        _fill(scratch, content, mode)
        os.replace(scratch, path)  # noqa: PTH105 - all changes go through os, for the tests' faults
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(scratch)  # noqa: PTH108
        raise
    sync(path.parent)


def create(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Makes the file *path* of a folder that nobody sees yet, on the disk."""
    _fill(path, content, mode)


def _fill(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    try:
        os.fchmod(descriptor, mode)
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Has the folder *path* on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point(link: Path, target: str) -> None:
    """Turns *link* to *target* in one step, on the disk."""
    scratch = link.with_name(f".{link.name}.new")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(scratch)  # noqa: PTH108
    os.symlink(target, scratch)  # noqa: PTH211
    if link.is_dir() and not link.is_symlink():
        discard(link)
    os.replace(scratch, link)  # noqa: PTH105
    sync(link.parent)


def remove(path: Path) -> None:
    """Removes *path* where there is something; whoever put a folder there meant no good."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def discard(folder: Path) -> None:
    """Removes *folder* with all in it, as far as it goes; never raises."""
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path, *, wait_s: float = 0) -> Iterator[None]:
    """The hub, for this process alone.

    The lock is on the folder itself, so that a full disk does not stand in its way.

    Raises:
        BusyError: If somebody else holds it for longer than *wait_s* seconds.
    """
    descriptor = os.open(folder if folder.is_dir() else folder.parent, os.O_RDONLY)
    try:
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= end:
                    message = "another change is being made on this hub"
                    raise BusyError(message) from error
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def note(path: Path, text: str) -> None:
    """Appends a line to the log at *path*; never raises, and keeps the log small."""
    line = f"{time.strftime('%FT%TZ', time.gmtime())} {text}\n".encode()
    with contextlib.suppress(OSError):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > _LOG_LIMIT:
                os.replace(path, path.with_suffix(".1"))  # noqa: PTH105
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def reason(error: BaseException) -> str:
    """*error* for a person: what is wrong, and with which file."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return str(error) or type(error).__name__
