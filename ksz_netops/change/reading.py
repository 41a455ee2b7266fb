"""What hubs hold and what they must hold, for the scope of one change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ksz_netops.change.fleet.group import commit_pending
from ksz_netops.change.fleet.result import Holds, HubEnd
from ksz_netops.change.fleet.settings import for_each
from ksz_netops.change.plan.guards import former_partners, removal_doubts
from ksz_netops.change.plan.scope import only_partners, refuse_other_partners, refuse_unknown
from ksz_netops.errors import BusyError, KszError, RefusedError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.platforms import platforms
from ksz_netops.state.resources import DeviceState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """To what a change is limited, and which partners it may take off."""

    hubs: tuple[str, ...] = ()
    """Only these hubs; empty takes all."""
    partners: tuple[str, ...] = ()
    """Only what is these partners'; empty takes all."""
    expected_removals: tuple[str, ...] = ()
    """Partners that the change may take off although nobody off-boarded them."""
    without: str = ""
    """A partner that is off-boarded: its file still exists, and its connections go."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the hubs of a scope hold, or why that could not be read, and what they must hold."""

    order: tuple[str, ...]
    running: Mapping[str, DeviceState]
    errors: Mapping[str, KszError]
    intended: Mapping[str, DeviceState] = field(default_factory=dict)
    """Of the hubs that were read."""

    @classmethod
    def of(cls, answers: Iterable[tuple[str, DeviceState | KszError]]) -> Reading:
        """The reading of the hubs that gave these *answers*."""
        given = dict(answers)
        return cls(
            order=tuple(given),
            running={name: each for name, each in given.items() if isinstance(each, DeviceState)},
            errors={name: each for name, each in given.items() if isinstance(each, KszError)},
        )

    def refuse_errors(self) -> None:
        """Accepts a reading of all hubs.

        Raises:
            KszError: With the problems of every hub that could not be read.
        """
        errors = list(self.errors.values())
        if errors:
            raise type(errors[0])(problem for error in errors for problem in error.problems)


def read_hubs(names: Sequence[str], intent: Intent, inventory: Path) -> Reading:
    """What the hubs called *names* hold; a hub on which another run is at work is an error."""

    def read(name: str) -> tuple[str, DeviceState | KszError]:
        try:
            platform = platforms()[intent.hubs[name].platform]
            with platform.connect(target_of(intent, name, inventory)) as session:
                if session.pending():
                    return name, BusyError(commit_pending(name))
                return name, session.state()
        except KszError as error:
            return name, error

    return Reading.of(for_each(read, names))


def read_scope(
    scope: Scope,
    intent: Intent,
    inventory: Path,
    *,
    secrets: Mapping[str, Secret],
    now: datetime,
) -> Reading:
    """Reads the hubs of *scope* and works out what they must hold.

    Raises:
        IntentError: If a hub is not known.
        RefusedError: If a partner is not known, or the change would take partners off.
    """
    names = list(scope.hubs) or sorted(intent.hubs)
    day = now.astimezone(BRUSSELS).date()
    staying = tuple(each for each in intent.partners if each.id != scope.without)
    asked = replace(intent, partners=staying)
    desired = {name: desired_state(asked, name, secrets=secrets, on=day) for name in names}
    reading = read_hubs(names, intent, inventory)
    intended = {name: desired[name] for name in reading.running}
    partners = frozenset(scope.partners)
    if partners:
        if not scope.without:
            refuse_unknown(partners, intent, reading.running.values())
        intended = {
            name: only_partners(running, intended[name], partners)
            for name, running in reading.running.items()
        }
        refuse_other_partners(reading.running, intended, partners)
    removals = removal_doubts(
        reading.running,
        intended,
        on_file={each.id for each in staying} | former_partners(inventory),
        expected={scope.without, *scope.expected_removals},
    )
    problems = list(removals)
    if problems:
        raise RefusedError(problems)
    return replace(reading, intended=intended)


def not_read(name: str, error: KszError) -> HubEnd:
    """The end of a hub that could not be read and so was not changed."""
    return HubEnd(
        hub=name,
        holds=Holds.UNKNOWN,
        problems=error.problems,
        is_begun=False,
        is_busy=isinstance(error, BusyError),
    )
