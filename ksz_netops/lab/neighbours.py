"""The other labs on this machine, found by their processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import KszError, Problem
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARK: Final = "ksz-lab"
"""Precedes the inventory in the command line of a sandbox's holder."""
EMULATOR: Final = "ksz_netops.lab.emulator"
"""Precedes the inventory in the command line of emulated routers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLab:
    """A lab that runs on this machine."""

    inventory: Path
    pids: tuple[int, ...]
    """Of its sandbox's holder, and of its emulated routers."""


def running_labs() -> list[RunningLab]:
    """All labs that run on this machine, whoever started them, by their inventories."""
    pids: dict[Path, list[int]] = {}
    for pid, command in _commands():
        if (inventory := _inventory(command)) is not None:
            pids.setdefault(inventory, []).append(pid)
    return [
        RunningLab(inventory=inventory, pids=tuple(sorted(found)))
        for inventory, found in sorted(pids.items())
    ]


def taken(hub: str, address: str, port: int, said: str, inventory: Path) -> Problem:
    """The problem that *hub* of *inventory* cannot listen: *said* is what the kernel says."""
    place = f"{address}:{port}"
    what = f"hub {hub} cannot be reached at {place}: {said}"
    fix = "end what holds the port, or give the hub another one in its host_vars"
    for lab in running_labs():
        if lab.inventory == inventory.resolve():
            continue
        if not lab.inventory.is_dir():
            pids = " ".join(map(str, lab.pids))
            fix = f"a lab runs whose folder {lab.inventory} is gone; `kill {pids}` ends it"
        elif other := _hub_at(lab.inventory, address, port):
            what += f"; {other} of the lab of {lab.inventory} holds it"
            fix = f"`ksz-netops lab down --inventory '{lab.inventory}'` ends that lab"
            break
    return Problem(code="KSZ509", what=what, fix=fix)


def _commands() -> Iterator[tuple[int, Sequence[str]]]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue
        yield int(file.parent.name), words


def _inventory(command: Sequence[str]) -> Path | None:
    for mark in (MARK, EMULATOR):
        if mark in command[1:-1]:
            return Path(command[command.index(mark, 1) + 1])
    return None


def _hub_at(inventory: Path, address: str, port: int) -> str | None:
    try:
        hubs = load_intent(inventory).hubs
    except KszError:
        return None
    return next(
        (
            name
            for name, hub in hubs.items()
            if (hub.management.address, hub.management.port) == (address, port)
        ),
        None,
    )
