"""The hub made what a generation says: at a failure, at the deadline, by hand and at boot.

The filter comes first, from whichever folder holds the generation whole; nothing is copied, logged
or asked before. Where it cannot be had, the hub is closed. Everything else is tried part by part.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import (
    accounts,
    fence,
    files,
    generations,
    pending,
    stores,
    tunnels,
)
from ksz_netops.platforms.linux.on_hub.agent.generations import TABLE, DamagedError
from ksz_netops.platforms.linux.on_hub.agent.hub import Tries

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

_NOTHING: Final[dict[str, Any]] = {}


class State(StrEnum):
    """What a hub holds after the agent ended."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    CLOSED = "closed"
    """Nothing is forwarded: nothing is confirmed, or what is confirmed cannot be brought back."""
    DIFFERS = "differs"
    """What runs is neither confirmed nor pending; only a look can tell what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a way back ended."""

    state: State
    generation: str | None
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A generation that was found whole."""

    id: str
    folder: Path
    manifest: dict[str, Any]


def restore(hub: Hub) -> Ended:
    """Brings back what is confirmed, or closes the hub; what was pending is forgotten last."""
    tries = Tries()
    tries(fence.put, hub.run)
    source = _confirmed(hub, tries)
    is_empty = source is None and not hub.confirmed.is_begun()
    if source and tries(_load_filter, hub, source):
        state = State.CONFIRMED
    else:
        is_closed = tries(fence.close, hub.run, hub.places)
        state = State.CLOSED if is_closed or not is_open(hub) else State.DIFFERS
        tries(files.remove, hub.running.link)
    if state is State.CONFIRMED or is_empty:
        _follow(hub, source, tries)
    if state is State.CONFIRMED:
        tries(fence.begin_forwarding, hub.run, hub.places)
        state = state if fence.is_forwarding(hub.places) else State.CLOSED
    if state is not State.DIFFERS:
        # As long as it is there, whoever looks after deadlines tries again.
        tries(files.remove, hub.places.pending)
    ended = Ended(
        state=state,
        generation=source.id if source and state is State.CONFIRMED else None,
        failures=tries.failures,
    )
    conclude(hub, "restore", ended)
    generations.prune(hub.running, ended.generation, older=0)
    return ended


def refresh(hub: Hub) -> Ended:
    """Brings what runs once more, with its counters, after a daemon or a port came back."""
    running = hub.running.current()
    waiting = pending.read(hub)
    if running is None or not _is_filter_there(hub) or not is_open(hub):
        return restore(hub)
    tries = Tries()
    source = _whole(hub, running, tries)
    if source is None and waiting is None:
        return restore(hub)
    tries(fence.put, hub.run)
    if source:
        _follow(hub, source, tries)
    tries(fence.begin_forwarding, hub.run, hub.places)
    ended = Ended(
        state=State.PENDING if waiting else State.CONFIRMED,
        generation=running,
        failures=tries.failures,
    )
    conclude(hub, "refresh", ended)
    return ended


def is_open(hub: Hub) -> bool:
    """Whether packets may pass: the kernel forwards, and the filter is not the closed one."""
    return fence.is_forwarding(hub.places) and not fence.is_closed(hub.run)


def conclude(hub: Hub, what: str, ended: Ended) -> None:
    """Writes down how it ended; never raises."""
    for failure in ended.failures:
        hub.say(f"{what}: {failure}")
    hub.say(f"{what}: {ended.state} {ended.generation or ''}".rstrip())
    document = {"what": what, "state": ended.state, "failures": ended.failures[:20]}
    with suppress(OSError):
        files.write(hub.places.outcome, json.dumps(document).encode())


def _confirmed(hub: Hub, tries: Tries) -> _Source | None:
    """The confirmed generation, from where it is whole."""
    name = hub.confirmed.current()
    if name is None:
        if hub.confirmed.is_begun():
            tries.failures.append(f"{hub.places.startup} leads to no generation")
        return None
    return _whole(hub, name, tries)


def _whole(hub: Hub, name: str, tries: Tries) -> _Source | None:
    reasons = []
    for store in (hub.running, hub.confirmed):
        folder = store.folder(name)
        try:
            manifest = generations.check(folder)
        except (DamagedError, OSError, ValueError) as error:
            if folder.is_dir():
                reasons.append(f"{store.root}: {files.reason(error)}")
        else:
            return _Source(id=name, folder=folder, manifest=manifest)
    tries.failures += reasons or [f"generation {name} is not there"]
    return None


def _load_filter(hub: Hub, source: _Source) -> None:
    hub.run("nft", "-f", str(source.folder / TABLE))


def _is_filter_there(hub: Hub) -> bool:
    tries = Tries()
    shown: list[str] = []
    tries(lambda: shown.append(hub.run("nft", "-t", "list", "table", "inet", "ksz")))
    return bool(shown) and "dormant" not in shown[0]


def _follow(hub: Hub, source: _Source | None, tries: Tries) -> None:
    """Makes everything but the filter what *source* says, part by part."""
    manifest = source.manifest if source else _NOTHING
    before = hub.running.current()
    tries(_run_from, hub, source)
    tries(stores.converge_links, hub, manifest.get("links", {}), tries)
    tries(stores.converge_neighbours, hub, manifest.get("neighbours", []), tries)
    tries(stores.converge_routes, hub, manifest.get("routes", []), tries)
    tries(stores.converge_shapers, hub, manifest.get("shapers", {}), tries)
    tries(accounts.converge, hub, manifest.get("accounts", {}), tries)
    # A daemon that does not run gets its connections when it is started.
    if hub.places.vici.exists():
        after = hub.running.folder(source.id) if source else None
        old = hub.running.folder(before) if before else None
        stale = tunnels.differing(old, after, tunnels.associated(hub))
        tries(tunnels.load, hub, stale)


def _run_from(hub: Hub, source: _Source | None) -> None:
    """Makes *source* the running generation, which is where the IKE daemon's files come from."""
    store = hub.running
    if source is None:
        files.remove(store.link)
        return
    if source.folder != store.folder(source.id):
        generations.copy(hub.confirmed, store, source.id)
    if store.current() != source.id:
        store.point(source.id)
