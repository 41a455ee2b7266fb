"""Files read within bounds, and files written whole: the one way for both.

A file that somebody else put there can be a link to another, a pipe that never ends, or too
big for memory. Whatever is wrong with it is an `OSError` whose `strerror` says so in our words.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MOST_OCTETS: Final = 1 << 20
"""Of a file that people write by hand."""
MOST_OCTETS_OF_A_PLAN: Final = 64 << 20
"""Of a plan, which holds the states of a fleet."""
MOST_ENTRIES: Final = 100_000
"""Of a folder."""
PRIVATE: Final = 0o600
READABLE: Final = 0o644


def read_file(path: Path, *, most: int = MOST_OCTETS, follow: bool = False) -> bytes:
    """The octets of the regular file at *path*.

    Args:
        path: The file.
        most: How many octets it may have.
        follow: Whether the file may be a link; not where others can put files.

    Raises:
        OSError: If it cannot be read, is no regular file, or is too big.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        handle = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link to another file", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    with os.fdopen(handle, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} octets", str(path))
    return content


def read_text(path: Path, *, most: int = MOST_OCTETS, follow: bool = False) -> str:
    """The text of the file at *path*, in UTF-8; see `read_file`.

    Raises:
        OSError: If it cannot be read, or is no text.
    """
    try:
        return read_file(path, most=most, follow=follow).decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"octet {error.start} is not UTF-8"
        raise OSError(errno.EILSEQ, what, str(path)) from None


def entries_of(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies in *folder*, in the order of the names; nothing where there is no such folder.

    Raises:
        OSError: If it cannot be listed, or holds too much.
    """
    found: list[os.DirEntry[str]] = []
    with suppress(FileNotFoundError), os.scandir(folder) as listed:
        for entry in listed:
            if len(found) >= MOST_ENTRIES:
                what = f"it holds more than {MOST_ENTRIES} files"
                raise OSError(errno.EFBIG, what, str(folder))
            found.append(entry)
    yield from sorted(found, key=lambda entry: entry.name)


def replace_file(path: Path, content: bytes | str, *, mode: int = PRIVATE) -> None:
    """Makes *content* the whole of the file at *path*, or leaves that file as it was.

    A link at *path* is replaced, never followed. The mode does not depend on the umask.

    Raises:
        OSError: If it cannot be written.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    _keep_names(path.parent)


def make_private_folder(folder: Path) -> None:
    """Makes *folder*, with those above it, for its owner alone.

    Raises:
        OSError: If it cannot be made, or something else stands there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "it is a link to another folder", str(folder))
    folder.chmod(0o700)


def keep_from_git(folder: Path, names: Iterable[str]) -> None:
    """Has git ignore the *names* in *folder*, by the `.gitignore` there.

    Raises:
        OSError: If that file cannot be read or written.
    """
    path = folder / ".gitignore"
    present = read_text(path) if path.exists() or path.is_symlink() else ""
    missing = [f"/{name}" for name in names if f"/{name}" not in present.splitlines()]
    if missing:
        start = present if not present or present.endswith("\n") else f"{present}\n"
        replace_file(path, start + "".join(f"{line}\n" for line in missing), mode=READABLE)


def _keep_names(folder: Path) -> None:
    """Puts the names in *folder* on disk, so that a file that was replaced stays so."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
