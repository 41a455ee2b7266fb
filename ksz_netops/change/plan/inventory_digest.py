"""The files of an inventory on which a plan rests, each by its digest.

A plan for one partner does not rest on the files of the others, so that a busy repository does not
make every plan stale.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from ksz_netops.state.encoding import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_FOLDERS: Final = ("group_vars", "host_vars", "partners")
_FILES: Final = ("extranet.yml", "hubs.yml")


def inventory_files(inventory: Path) -> dict[str, str]:
    """SHA-256 of each file of *inventory* that says what hubs must hold, or how to reach them."""
    paths = [inventory / name for name in _FILES if (inventory / name).is_file()]
    for folder in _FOLDERS:
        paths += (path for path in (inventory / folder).rglob("*.yml") if path.is_file())
    return {
        path.relative_to(inventory).as_posix(): digest(path.read_bytes()) for path in sorted(paths)
    }


def rests_on(
    files: Mapping[str, str], *, hubs: Collection[str], partners: Collection[str]
) -> dict[str, str]:
    """Those of *files* that concern one of *hubs* or *partners*, or everybody."""
    return {name: each for name, each in files.items() if _concerns(name, hubs, partners)}


def _concerns(name: str, hubs: Collection[str], partners: Collection[str]) -> bool:
    path = PurePosixPath(name)
    match path.parts[0]:
        case "host_vars":
            return path.with_suffix("").parts[1] in hubs
        case "partners":
            return path.stem in partners
        case _:
            return True
