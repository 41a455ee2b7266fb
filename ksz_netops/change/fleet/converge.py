"""Brings each group of hubs to one end: all new or all old, and says what each hub holds.

A run that goes well, a run that gives up and a recovery after a crash all end here, so that the way
out of trouble is the way that every run takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ksz_netops.change.fleet.result import Holds, HubEnd
from ksz_netops.change.hub.commit import is_ours
from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.transaction import provision
from ksz_netops.errors import KszError, Problem
from ksz_netops.platforms import UNSAVED
from ksz_netops.state.encoding import fingerprint
from ksz_netops.state.resources import DeviceState, Stray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ksz_netops.change.fleet.groups import Group
    from ksz_netops.change.fleet.settings import HubTask, RunSettings


def converge(
    group: Group,
    *,
    forward: bool,
    settings: RunSettings,
    journal_rollback: Callable[[], None],
    busy: frozenset[str] = frozenset(),
) -> tuple[HubEnd, ...]:
    """Rolls all hubs of *group* forward or back, and says what each holds.

    Args:
        group: The hubs.
        forward: Whether all are to become new; otherwise all are to be old again.
        settings: What the run works with.
        journal_rollback: Called before switching to rollback, to journal the decision.
        busy: Hubs on which another run's commit waits; it is not ours to end.
    """
    # On the way back the hub to which a partner moved closes before the one that it left opens.
    waves = group.waves if forward else group.waves[::-1]

    found: dict[str, HubEnd] = {}
    for wave in waves:
        # A hub to which a partner moves stays new only if the hub that it left is new.
        keep = forward and _all(found.values(), Holds.NEW)

        def end(task: HubTask, *, keep: bool = keep) -> HubEnd:
            if task.name in busy:
                return HubEnd(hub=task.name, holds=Holds.OLD, is_begun=False, is_busy=True)
            return _end_pending(task, forward=keep, settings=settings)

        found |= {each.hub: each for each in settings.for_each(end, wave)}
    if forward and _all(found.values(), Holds.OLD):
        # Nobody was confirmed in time: all are alike, so there is nothing to push again.
        return _in_order(group, found)
    if forward:
        _push_all(group.waves, found, Holds.NEW, settings)
        if _all(found.values(), Holds.NEW):
            return _in_order(group, found)
        settings.tell("not every hub can become new: all go back")
        journal_rollback()
    _push_all(group.waves[::-1], found, Holds.OLD, settings)
    return _in_order(group, found)


def _all(ends: Iterable[HubEnd], holds: Holds) -> bool:
    return all(each.holds is holds for each in ends)


def _in_order(group: Group, found: dict[str, HubEnd]) -> tuple[HubEnd, ...]:
    return tuple(found[name] for name in group.names)


def _end_pending(task: HubTask, *, forward: bool, settings: RunSettings) -> HubEnd:
    """Ends what is pending on the hub, or waits until the hub has, and says what it holds."""
    timing = settings.timing
    last = timing.now() + settings.revert_in_s + timing.grace_s
    while True:
        problems: tuple[Problem, ...] = ()
        held: DeviceState | None = None
        try:
            with task.platform.connect(task.target) as session:
                if is_ours(session.pending_id(), task.commit_id):
                    if forward and fingerprint(session.state()) == task.part.after:
                        session.confirm()
                    else:
                        session.rollback()
                if not session.pending():
                    held = session.state()
        except KszError as error:
            problems = error.problems
        if held is not None:
            found = _end_of(task, held)
            unsaved = f"{_holds(task, _runs(held))}, not saved"
            settings.tell(f"{task.name}: holds {unsaved if found.unsaved else found.holds}")
            return found
        if timing.now() >= last:
            return HubEnd(hub=task.name, holds=Holds.UNKNOWN, problems=problems)
        timing.sleep(timing.between_s)


def _holds(task: HubTask, held: DeviceState) -> Holds:
    if fingerprint(held) == task.part.after:
        return Holds.NEW
    # A rollback does not restore strays; such a hub still counts as OLD.
    gone = {each for each in task.part.goes if isinstance(each, Stray)}
    whole = DeviceState.of(held.resources, {*held.strays, *gone})
    is_old = task.part.before in {fingerprint(held), fingerprint(whole)}
    return Holds.OLD if is_old else Holds.OTHER


def _runs(held: DeviceState) -> DeviceState:
    """What a hub that holds *held* runs, whatever it would start with."""
    return DeviceState.of(held.resources, (each for each in held.strays if each != UNSAVED))


def _end_of(task: HubTask, held: DeviceState, problems: tuple[Problem, ...] = ()) -> HubEnd:
    holds = _holds(task, held)
    return HubEnd(
        hub=task.name,
        holds=holds,
        fingerprint=fingerprint(held),
        problems=problems,
        unsaved=holds is Holds.OTHER and _holds(task, _runs(held)) is not Holds.OTHER,
    )


def _push_all(
    waves: Sequence[Sequence[HubTask]],
    found: dict[str, HubEnd],
    goal: Holds,
    settings: RunSettings,
) -> None:
    """Makes every hub that holds the other state, or did not save, hold *goal*; updates *found*.

    A wave waits for the one before it: where that does not hold *goal*, nothing more is opened.
    """
    other = Holds.OLD if goal is Holds.NEW else Holds.NEW
    for wave in waves:
        left = [
            task for task in wave if found[task.name].holds is other or found[task.name].unsaved
        ]
        for end in settings.for_each(lambda task: _push(task, goal, settings), left):
            found[end.hub] = end
        if not _all((found[task.name] for task in wave), goal):
            return


def _push(task: HubTask, goal: Holds, settings: RunSettings) -> HubEnd:
    """Pushes what the hub must hold for *goal*, as a change of its own."""
    settings.tell(f"{task.name}: is made {goal}")
    try:
        with task.platform.connect(task.target) as session:
            held = session.state()
        target = _goal_state(task, goal, _runs(held))
        # What no resource explains was taken away for good; nobody can push it.
        intended = DeviceState.of(target.resources)
        outcome = provision(
            task.platform,
            task.target,
            intended,
            reveal=settings.reveal,
            verify=settings.verify,
            revert_in_s=settings.revert_in_s,
            timing=settings.timing,
        )
    except KszError as error:
        return HubEnd(hub=task.name, holds=Holds.UNKNOWN, problems=error.problems)
    if outcome.status in {Status.CONFIRMED, Status.UNCHANGED}:
        without_strays = target.strays and goal is Holds.OLD
        return HubEnd(
            hub=task.name,
            holds=goal,
            fingerprint=fingerprint(intended),
            problems=(_strays_stay_away(task),) if without_strays else (),
        )
    if outcome.status is Status.UNCONFIRMED:
        return HubEnd(hub=task.name, holds=Holds.UNKNOWN, problems=outcome.problems)
    return replace(_end_of(task, held), problems=outcome.problems)


def _goal_state(task: HubTask, goal: Holds, runs: DeviceState) -> DeviceState:
    """What the hub must hold for *goal*, from what it *runs*."""
    if _holds(task, runs) is goal:
        return runs
    return task.part.applied_to(runs) if goal is Holds.NEW else task.part.undone_on(runs)


def _strays_stay_away(task: HubTask) -> Problem:
    return Problem(
        code="KSZ963",
        what=f"{task.name}: it is as it was, but for strays that no resource explains",
        fix="see them in the plan, and bring back by hand what was needed",
    )
