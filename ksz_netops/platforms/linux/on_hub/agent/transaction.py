"""A change of the hub: offered, committed, confirmed or undone, each under its own id."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import (
    accounts,
    converge,
    fence,
    files,
    generations,
    pending,
    spare,
    steps,
    watchdog,
)
from ksz_netops.platforms.linux.on_hub.agent.command import StepError
from ksz_netops.platforms.linux.on_hub.agent.converge import Ended, State
from ksz_netops.platforms.linux.on_hub.agent.files import BusyError
from ksz_netops.platforms.linux.on_hub.agent.generations import KEPT, DamagedError
from ksz_netops.platforms.linux.on_hub.agent.hub import Tries
from ksz_netops.platforms.linux.on_hub.agent.pending import Pending
from ksz_netops.platforms.linux.on_hub.agent.tunnels import DaemonError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

    Arm = Callable[[Hub, str], None]

NOTHING: Final = "-"
"""Stands for the generation of a hub that runs none."""
_WORK_S_PER_STEP: Final = 1.0


class RefusedError(Exception):
    """The change was not made; the hub holds what it held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A change as it comes over the connection."""

    id: str
    base: str
    revert_in_s: float
    seal: bytes
    files: dict[str, bytes]
    steps: Sequence[tuple[list[str], str]]

    @classmethod
    def read(cls, generation: str, base: str, revert_in_s: float, document: bytes) -> Offer:
        """The offer in *document*.

        Raises:
            RefusedError: If it was cut off or is none.
        """
        try:
            said = json.loads(document)
            return cls(
                id=generation,
                base=base,
                revert_in_s=revert_in_s,
                seal=said["seal"].encode(),
                files={path: text.encode() for path, text in said["files"].items()},
                steps=[(list(each["argv"]), str(each["stdin"])) for each in said["steps"]],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"the change did not come whole ({files.reason(error)})"
            raise RefusedError(message) from error


def lacking(hub: Hub, seal: bytes) -> list[str]:
    """Which files of a generation with this *seal* the hub does not have yet."""
    present = _present(hub)
    listed = generations.unsealed(seal)
    return sorted(path for path, value in listed.items() if value not in present)


def _present(hub: Hub) -> dict[str, Any]:
    newest = [
        store.folder(name)
        for store in (hub.confirmed, hub.running)
        if (name := store.current()) is not None
    ]
    return generations.held(newest)


def commit(hub: Hub, offer: Offer, arm: Arm = watchdog.arm) -> tuple[Ended, list[str]]:
    """Makes the change, with its undoing armed first; returns how it ended, and notes.

    Raises:
        BusyError: If another change is being made or waits; nothing was touched.
        RefusedError: If the change cannot be made; nothing was touched.
    """
    with files.locked(hub.places.run):
        _refuse(hub, offer)
        _begin(hub, offer, arm)
        try:
            hub.running.point(offer.id)
            notes = _go(hub, offer)
            # The time that the steps took is not taken from whoever confirms.
            _write_pending(hub, offer, work_s=0)
            fence.begin_forwarding(hub.run, hub.places)
        except (StepError, OSError, KeyError, ValueError) as error:
            ended = converge.restore(hub)
            reason = files.reason(error)
            hub.say(f"commit {offer.id} failed: {reason}")
            return (
                Ended(
                    state=ended.state,
                    generation=ended.generation,
                    failures=[reason, *(f"while restoring: {each}" for each in ended.failures)],
                ),
                [],
            )
        return Ended(state=State.PENDING, generation=offer.id), notes


def _refuse(hub: Hub, offer: Offer) -> None:
    watchdog.expire(hub)
    waiting = pending.read(hub)
    if waiting:
        message = f"commit {waiting.id} waits for its confirmation"
        raise BusyError(message)
    running = hub.running.current() or NOTHING
    if running != offer.base:
        message = f"the hub runs {running} by now, not {offer.base}"
        raise BusyError(message)


def _begin(hub: Hub, offer: Offer, arm: Arm) -> None:
    """Puts the generation in its place and arms the way back.

    Raises:
        RefusedError: If that cannot be done; nothing of it is left.
    """
    try:
        generations.sweep(hub.running)
        generations.make(hub.running, offer.id, offer.seal, offer.files, _present(hub))
        table = hub.running.folder(offer.id) / generations.TABLE
        hub.run("nft", "-c", "-f", str(table))
        fence.put(hub.run)
        with contextlib.suppress(OSError):
            # So that whoever ends this process at the deadline ends its commands as well.
            os.setpgid(0, 0)
        _write_pending(hub, offer, work_s=10 + _WORK_S_PER_STEP * len(offer.steps))
        arm(hub, offer.id)
    except (StepError, OSError, DamagedError, ValueError) as error:
        tries = Tries()
        tries(files.remove, hub.places.pending)
        generations.prune(hub.running, hub.running.current(), older=0)
        raise RefusedError(files.reason(error)) from error
    hub.say(f"commit {offer.id}, undone in {offer.revert_in_s:g} s unless confirmed")


def _write_pending(hub: Hub, offer: Offer, work_s: float) -> None:
    pid = os.getpid()
    pending.write(
        hub,
        Pending(
            id=offer.id,
            deadline=hub.now() + offer.revert_in_s + work_s,
            pid=pid,
            started=pending.started(pid),
        ),
    )


def _go(hub: Hub, offer: Offer) -> list[str]:
    """Does the steps; returns what could wait.

    Raises:
        StepError: If one of them cannot be done.
    """
    notes = []
    for number, (argv, stdin) in enumerate(offer.steps, start=1):
        hub.say(f"step {number} of {len(offer.steps)}: {' '.join(argv[:6])}")
        try:
            steps.perform(hub, argv, stdin)
        except DaemonError as error:
            # Whoever verifies sees what is not loaded; to close a partner needs no daemon.
            notes.append(str(error))
            hub.say(str(error))
    return notes


def confirm(hub: Hub, generation: str) -> Ended:
    """Keeps the commit *generation*, also over a restart.

    Raises:
        BusyError: If another change is being made.
        RefusedError: If it is not pending, or cannot be kept; it stays pending until its deadline.
    """
    with files.locked(hub.places.run, wait_s=5):
        undone = watchdog.expire(hub)
        waiting = pending.read(hub)
        if waiting is None and hub.confirmed.current() == generation:
            return Ended(state=State.CONFIRMED, generation=generation)
        if waiting is None or waiting.id != generation:
            late = "; it was not confirmed in time and is undone" if undone else ""
            raise RefusedError(_not_pending(generation, waiting) + late)
        try:
            spare.with_room(hub, lambda: _keep(hub, generation))
        except (OSError, DamagedError) as error:
            generations.sweep(hub.confirmed)
            message = f"{generation} cannot be kept: {files.reason(error)}"
            raise RefusedError(message) from error
        tries = Tries()
        tries(files.remove, hub.places.pending)
        tries(_tidy, hub, generation, tries)
        ended = Ended(state=State.CONFIRMED, generation=generation, failures=tries.failures)
        converge.conclude(hub, "confirm", ended)
        # It is kept; what could not be tidied up is in the log and takes nothing back.
        return replace(ended, failures=[])


def _not_pending(generation: str, waiting: Pending | None) -> str:
    other = f"; {waiting.id} is" if waiting else ""
    return f"no commit {generation} is pending{other}"


def _keep(hub: Hub, generation: str) -> None:
    os.makedirs(hub.confirmed.root / "generations", 0o700, exist_ok=True)  # noqa: PTH103
    generations.copy(hub.running, hub.confirmed, generation)
    hub.confirmed.point(generation)


def _tidy(hub: Hub, generation: str, tries: Tries) -> None:
    generations.prune(hub.confirmed, generation, older=KEPT)
    generations.prune(hub.running, generation, older=0)
    manifest = files.read_json(hub.running.folder(generation) / generations.MANIFEST) or {}
    accounts.shelve_departed(hub, manifest.get("accounts", {}), tries)
    spare.keep(hub, generation)


def rollback(hub: Hub, generation: str) -> Ended:
    """Undoes the commit *generation* now.

    Raises:
        BusyError: If another change is being made.
        RefusedError: If that commit is not pending; nothing was touched.
    """
    with files.locked(hub.places.run, wait_s=5):
        waiting = pending.read(hub)
        if waiting is None or waiting.id not in {generation, pending.UNREADABLE}:
            raise RefusedError(_not_pending(generation, waiting))
        hub.say(f"{generation} is undone by hand")
        return converge.restore(hub)
