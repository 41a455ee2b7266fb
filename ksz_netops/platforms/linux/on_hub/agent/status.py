"""What the hub holds, and whether it is kept, for whoever asks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ksz_netops.platforms.linux.on_hub.agent import converge, files, generations, pending, watchdog
from ksz_netops.platforms.linux.on_hub.agent.converge import State
from ksz_netops.platforms.linux.on_hub.agent.files import BusyError
from ksz_netops.platforms.linux.on_hub.agent.generations import DamagedError

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub


def status(hub: Hub) -> dict[str, Any]:
    """What runs, what is confirmed, what is pending; what is overdue is undone first."""
    with suppress(BusyError):
        watchdog.undo_overdue(hub)
    running, startup = hub.running.current(), hub.confirmed.current()
    waiting = pending.read(hub)
    problems = _problems(hub, startup)
    return {
        "state": _state(hub, running, startup, problems, is_waiting=waiting is not None),
        "running": running,
        "startup": startup,
        "problems": problems,
        "last": files.read_json(hub.places.outcome) or {},
        "pending": asdict(waiting) if waiting else None,
    }


def _problems(hub: Hub, startup: str | None) -> list[str]:
    """Why the hub would not come back as it is."""
    if startup is None:
        return [f"{hub.places.startup} leads nowhere"] if hub.confirmed.is_begun() else []
    try:
        generations.check(hub.confirmed.folder(startup))
    except (DamagedError, OSError, ValueError) as error:
        return [files.reason(error)]
    return []


def _state(
    hub: Hub, running: str | None, startup: str | None, problems: list[str], *, is_waiting: bool
) -> State:
    if is_waiting:
        return State.PENDING
    if not converge.is_open(hub):
        return State.CLOSED
    is_kept = running is not None and running == startup and not problems
    return State.CONFIRMED if is_kept else State.DIFFERS
