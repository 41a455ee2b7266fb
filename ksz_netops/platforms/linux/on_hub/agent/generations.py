"""Generations on disk: each proves by its own name that it is whole.

A generation holds a file `seal` with the SHA-256 of every other file, and its name holds the
SHA-256 of the seal. So a file that was cut, emptied, exchanged or added is noticed before anything
of the generation is used.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SEAL: Final = "seal"
TABLE: Final = "table.nft"
MANIFEST: Final = "manifest.json"
SECRETS: Final = "secrets"
KEPT: Final = 5
"""How many confirmed generations stay on disk; the newest alone keeps its keys."""
_NAME: Final = re.compile(r"[0-9A-Z]+T[0-9]+Z-(?P<seal>[0-9a-f]{16})-[0-9a-f]+")
_FILE: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?", re.ASCII)


class DamagedError(Exception):
    """A generation is not what its name says, or is not there."""


def digest(content: bytes) -> str:
    """The SHA-256 of *content*."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Store:
    """The generations of one root, and the link to the one that counts there."""

    root: Path
    link: Path

    def folder(self, generation: str) -> Path:
        """Where *generation* is."""
        return self.root / "generations" / generation

    def current(self) -> str | None:
        """The generation that the link names and that is there; None where there is none."""
        try:
            name = os.readlink(self.link)  # noqa: PTH115
        except OSError:
            return None
        generation = PurePosixPath(name).name
        return generation if self.folder(generation).is_dir() else None

    def is_begun(self) -> bool:
        """Whether something was ever confirmed or run here, damaged by now or not."""
        return self.link.is_symlink() or self.link.exists()

    def point(self, generation: str) -> None:
        """Makes *generation* the one that counts."""
        files.point(self.link, f"generations/{generation}")

    def all(self) -> list[Path]:
        """The folders of all generations, oldest first."""
        with contextlib.suppress(OSError):
            return sorted((self.root / "generations").glob("[!.]*"), key=lambda path: path.name)
        return []


def unsealed(text: bytes) -> dict[str, str]:
    """The digests by path that the seal *text* lists.

    Raises:
        DamagedError: If it is no seal.
    """
    digests = {}
    for line in text.decode("ascii", errors="replace").splitlines():
        value, _, path = line.partition("  ")
        if not re.fullmatch(r"[0-9a-f]{64}", value) or not _FILE.fullmatch(path):
            message = f"its seal has a line that is none: {line[:60]!r}"
            raise DamagedError(message)
        digests[path] = value
    return digests


def check(folder: Path) -> dict[str, Any]:
    """The manifest of the generation in *folder*, once all of it was found whole.

    Raises:
        DamagedError: If anything of it is not what its name says.
    """
    match = _NAME.fullmatch(folder.name)
    seal = files.read(folder / SEAL)
    if match is None or seal is None or digest(seal)[:16] != match["seal"]:
        message = f"generation {folder.name} is damaged: its seal is not the one of its name"
        raise DamagedError(message)
    listed = unsealed(seal)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    wrong = sorted(found - listed.keys() - {SEAL})
    wrong += [path for path in listed if _digest_of(folder / path) != listed[path]]
    if wrong:
        message = f"generation {folder.name} is damaged: {', '.join(wrong[:3])}"
        raise DamagedError(message)
    manifest: dict[str, Any] = json.loads(files.read(folder / MANIFEST) or b"null") or {}
    return manifest


def _digest_of(path: Path) -> str | None:
    content = files.read(path)
    return None if content is None else digest(content)


def held(folders: Iterable[Path]) -> dict[str, Path]:
    """The files of the generations in *folders* by their real digests."""
    return {
        value: path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and (value := _digest_of(path))
    }


def make(
    store: Store,
    generation: str,
    seal: bytes,
    content: Mapping[str, bytes],
    present: Mapping[str, Path],
) -> None:
    """Puts together *generation* from *content* by path and files that are *present* by digest.

    Raises:
        DamagedError: If something is lacking or is not what the seal says; nothing is left.
        OSError: If it cannot be written; nothing is left.
    """
    final = store.folder(generation)
    scratch = final.with_name(f".{generation}.new")
    files.discard(scratch)
    try:
        _fill(scratch, unsealed(seal), content, present)
        files.create(scratch / SEAL, seal)
        for folder in (*_folders(scratch), scratch):
            files.sync(folder)
        os.replace(scratch, final)  # noqa: PTH105
        files.sync(final.parent)
        check(final)
    except (OSError, DamagedError):
        files.discard(scratch)
        raise


def _fill(
    scratch: Path,
    listed: Mapping[str, str],
    content: Mapping[str, bytes],
    present: Mapping[str, Path],
) -> None:
    os.mkdir(scratch, 0o700)  # noqa: PTH102
    for folder in sorted({str(PurePosixPath(path).parent) for path in listed} - {"."}):
        os.mkdir(scratch / folder, 0o700)  # noqa: PTH102
    for path, value in listed.items():
        if path in content:
            files.create(scratch / path, content[path])
        elif value in present:
            _link(present[value], scratch / path)
        else:
            message = f"{path} did not come"
            raise DamagedError(message)


def _link(source: Path, target: Path) -> None:
    """The file *source* once more at *target*; its content where a link cannot be."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EMLINK, errno.EPERM}:
            raise
        files.create(target, source.read_bytes())


def _folders(root: Path) -> Iterator[Path]:
    yield from (path for path in root.iterdir() if path.is_dir())


def copy(source: Store, target: Store, generation: str) -> None:
    """Gives *target* the generation of *source*; only what *target* has nowhere is written.

    Raises:
        DamagedError: If the source is damaged.
        OSError: If it cannot be written; *target* is what it was.
    """
    folder = source.folder(generation)
    check(folder)
    final = target.folder(generation)
    if final.is_dir():
        with contextlib.suppress(DamagedError):
            check(final)
            return
        files.discard(final)
    seal = (folder / SEAL).read_bytes()
    listed = unsealed(seal)
    newest = target.current()
    present = held([target.folder(newest)] if newest else [])
    content = {
        path: (folder / path).read_bytes() for path, value in listed.items() if value not in present
    }
    make(target, generation, seal, content, present)


def prune(store: Store, kept: str | None, *, older: int) -> None:
    """Keeps *kept* and as many *older* ones, without their keys; never raises."""
    others = [folder for folder in store.all() if folder.name != kept]
    for folder in others:
        files.discard(folder / SECRETS)
    for folder in others[: len(others) - older]:
        files.discard(folder)
    sweep(store)


def sweep(store: Store) -> None:
    """Removes what a run that was cut off left half made; never raises."""
    with contextlib.suppress(OSError):
        for folder in list((store.root / "generations").glob(".*.new")):
            files.discard(folder)
