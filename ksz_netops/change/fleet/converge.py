"""Many hubs brought to one end: all new or all old, and the truth where that cannot be done.

A run that goes well, a run that gives up and a recovery after a crash all end here, so that the one
way out of trouble is the way that every run takes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.transaction import SYSTEM_PACE, Pace, provision
from ksz_netops.change.hub.undisturbed import undisturbed
from ksz_netops.errors import KszError, Problem
from ksz_netops.platforms import UNSAVED
from ksz_netops.state.encoding import fingerprint
from ksz_netops.state.resources import DeviceState, Stray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ksz_netops.change.hub.outcome import Verify
    from ksz_netops.change.plan.plan import HubPlan
    from ksz_netops.platforms import Platform, Reveal, Target

    Work = TypeVar("Work")
    Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One hub of a run."""

    part: HubPlan
    platform: Platform
    target: Target

    @property
    def name(self) -> str:
        """The hub's."""
        return self.part.hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with, the same for all its hubs."""

    reveal: Reveal
    verify: Verify = undisturbed
    pace: Pace = SYSTEM_PACE
    revert_in_s: int = 120
    at_once: int = 16
    """How many hubs are worked on at the same time; 1 keeps all in one thread."""
    tell: Callable[[str], None] = lambda _: None
    """Hears of each step, in a line for a person."""

    def for_each(self, work: Callable[[Work], Result], items: Sequence[Work]) -> list[Result]:
        """The result of *work* for each of *items*, in their order."""
        if self.at_once == 1 or len(items) == 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(max_workers=self.at_once) as threads:
            return list(threads.map(work, items))


class Holds(StrEnum):
    """What a hub was seen to hold, with nothing pending on it."""

    OLD = "old"
    NEW = "new"
    OTHER = "other"
    """Neither of the two."""
    UNKNOWN = "unknown"
    """Not reached, not understood, or something stays pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How one hub ended."""

    hub: str
    holds: Holds
    fingerprint: str = ""
    """Of what it holds, where that is known."""
    problems: tuple[Problem, ...] = ()
    unsaved: bool = False
    """Whether it runs the old or the new state, but would not start with it."""


def settle(
    parties: Sequence[Party], *, forward: bool, means: Means, turn: Callable[[], None]
) -> tuple[Settled, ...]:
    """Brings all *parties* to one end, and says what each holds.

    Args:
        parties: The hubs.
        forward: Whether all are to become new; otherwise all are to be old again.
        means: What the run works with.
        turn: Called before the goal becomes to be old again, to write that down.
    """

    def end(party: Party) -> Settled:
        return _ended(party, forward=forward, means=means)

    found = means.for_each(end, parties)
    if forward and _all(found, Holds.OLD):
        # Nobody was confirmed in time: all are alike, so there is nothing to make anew.
        return tuple(found)
    if forward:
        found = _moved(parties, found, Holds.NEW, means)
        if _all(found, Holds.NEW):
            return tuple(found)
        means.tell("not every hub can become new: all go back")
        turn()
    return tuple(_moved(parties, found, Holds.OLD, means))


def _all(found: Iterable[Settled], holds: Holds) -> bool:
    return all(each.holds is holds for each in found)


def _ended(party: Party, *, forward: bool, means: Means) -> Settled:
    """Ends what is pending on the hub, or waits until the hub has, and says what it holds."""
    pace = means.pace
    last = pace.now() + means.revert_in_s + pace.grace_s
    while True:
        problems: tuple[Problem, ...] = ()
        held: DeviceState | None = None
        try:
            with party.platform.connect(party.target) as session:
                if session.pending():
                    if forward and fingerprint(session.state()) == party.part.after:
                        session.confirm()
                    else:
                        session.rollback()
                if not session.pending():
                    held = session.state()
        except KszError as error:
            problems = error.problems
        if held is not None:
            found = _settled(party, held)
            unsaved = f"{_holds(party, _runs(held))}, not saved"
            means.tell(f"{party.name}: holds {unsaved if found.unsaved else found.holds}")
            return found
        if pace.now() >= last:
            return Settled(hub=party.name, holds=Holds.UNKNOWN, problems=problems)
        pace.sleep(pace.between_s)


def _holds(party: Party, held: DeviceState) -> Holds:
    if fingerprint(held) == party.part.after:
        return Holds.NEW
    # What was made old again has lost its strays for good, and is old nevertheless.
    gone = {each for each in party.part.goes if isinstance(each, Stray)}
    whole = DeviceState.of(held.resources, {*held.strays, *gone})
    return (
        Holds.OLD if party.part.before in {fingerprint(held), fingerprint(whole)} else Holds.OTHER
    )


def _runs(held: DeviceState) -> DeviceState:
    """What a hub that holds *held* runs, whatever it would start with."""
    return DeviceState.of(held.resources, (each for each in held.strays if each != UNSAVED))


def _settled(party: Party, held: DeviceState, problems: tuple[Problem, ...] = ()) -> Settled:
    holds = _holds(party, held)
    return Settled(
        hub=party.name,
        holds=holds,
        fingerprint=fingerprint(held),
        problems=problems,
        unsaved=holds is Holds.OTHER and _holds(party, _runs(held)) is not Holds.OTHER,
    )


def _moved(
    parties: Sequence[Party], found: Sequence[Settled], goal: Holds, means: Means
) -> list[Settled]:
    """What each holds after those that do not were made to hold *goal*."""

    def move(pair: tuple[Party, Settled]) -> Settled:
        party, was = pair
        other = Holds.OLD if goal is Holds.NEW else Holds.NEW
        return _made(party, goal, means) if was.holds is other or was.unsaved else was

    return means.for_each(move, list(zip(parties, found, strict=True)))


def _made(party: Party, goal: Holds, means: Means) -> Settled:
    """Pushes what the hub must hold for *goal*, as a change of its own."""
    means.tell(f"{party.name}: is made {goal}")
    try:
        with party.platform.connect(party.target) as session:
            held = session.state()
        turned = _turned(party, goal, _runs(held))
        # What no resource explains was taken away for good; nobody can push it.
        intended = DeviceState.of(turned.resources)
        outcome = provision(
            party.platform,
            party.target,
            intended,
            reveal=means.reveal,
            verify=means.verify,
            revert_in_s=means.revert_in_s,
            pace=means.pace,
        )
    except KszError as error:
        return Settled(hub=party.name, holds=Holds.UNKNOWN, problems=error.problems)
    if outcome.status in {Status.CONFIRMED, Status.UNCHANGED}:
        without_strays = turned.strays and goal is Holds.OLD
        return Settled(
            hub=party.name,
            holds=goal,
            fingerprint=fingerprint(intended),
            problems=(_strays_stay_away(party),) if without_strays else (),
        )
    if outcome.status is Status.UNCONFIRMED:
        return Settled(hub=party.name, holds=Holds.UNKNOWN, problems=outcome.problems)
    return _settled(party, held, outcome.problems)


def _turned(party: Party, goal: Holds, runs: DeviceState) -> DeviceState:
    """What the hub must hold for *goal*, from what it *runs*."""
    if _holds(party, runs) is goal:
        return runs
    return party.part.applied_to(runs) if goal is Holds.NEW else party.part.undone_on(runs)


def _strays_stay_away(party: Party) -> Problem:
    return Problem(
        code="KSZ963",
        what=f"{party.name}: it is as it was, but for strays that no resource explains",
        fix="see them in the plan, and bring back by hand what was needed",
    )
