"""Which files of an inventory's folders are read, and which are not and must be said.

A partner whose file has another ending, or lies one folder deeper, would be taken for one who left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import entries_of
from ksz_netops.errors import Origin, Problem

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS: Final = ("group_vars", "host_vars", "partners")
_CODE: Final = "KSZ126"
_ENDING: Final = ".yml"
_YAML: Final = frozenset({".yml", ".yaml", ".json", ""})
_OF_EDITORS: Final = re.compile(
    r"\.#.*|\._.*|#.*#|.*~|\..*\.sw[a-z]|P[0-9]{5}\.draft|\.DS_Store|\.git(?:keep|ignore|attributes)"
)
"""What editors, desktops, git and our own questions leave in a folder."""


def files_in(folder: Path, *, beside: tuple[str, ...] = ()) -> tuple[list[Path], list[Problem]]:
    """The files of *folder* that are read, and a problem for each one that is not.

    Nothing where there is no such folder; a file that ends in one of *beside* belongs to another.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    try:
        for entry in entries_of(folder):
            if _OF_EDITORS.fullmatch(entry.name) or entry.name.endswith(beside):
                continue
            path = folder / entry.name
            if _is_read(entry):
                files.append(path)
            else:
                problems.append(_unread(entry, path))
    except OSError as error:
        what = f"the folder cannot be read: {error.strerror}"
        problems.append(_problem(folder, what, "make it a folder with the files in it"))
    return files, problems


def unread_in(inventory: Path) -> Iterator[Problem]:
    """A problem for each file of the *inventory*'s folders that nobody reads."""
    for name in FOLDERS:
        yield from files_in(inventory / name)[1]


def _is_read(entry: os.DirEntry[str]) -> bool:
    """Whether the name is one that is read; what stands behind it is judged when it is read."""
    return (
        entry.name.endswith(_ENDING)
        and not entry.name.startswith(".")
        and not entry.is_dir(follow_symlinks=False)
    )


def _unread(entry: os.DirEntry[str], path: Path) -> Problem:
    if entry.is_dir(follow_symlinks=False):
        return _problem(
            path, "a folder within the folder is not read", f"move its files to {path.parent}"
        )
    stem, suffix = path.stem.lstrip("."), path.suffix.lower()
    if suffix in _YAML or path.name.startswith("."):
        fix = f"call it {path.with_name(stem + _ENDING)}"
    else:
        fix = f"call it {path.with_name(stem + _ENDING)}, or put it elsewhere"
    return _problem(path, "a file with this name is not read", fix)


def _problem(path: Path, what: str, fix: str) -> Problem:
    return Problem(code=_CODE, what=what, fix=fix, origin=Origin(str(path), 1))
