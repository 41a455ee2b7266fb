"""How a change over many hubs ended, and how that is written down."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ksz_netops.change.approval.admission import Basis
from ksz_netops.change.hub.outcome import EXIT_CODES, Status, worst
from ksz_netops.errors import KszError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ksz_netops.change.approval.admission import Admitted
    from ksz_netops.change.fleet.groups import Group
    from ksz_netops.change.fleet.journal import Journal
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.change.record.chain import Record
    from ksz_netops.errors import Problem

_UNKNOWN_END = 5


class Holds(StrEnum):
    """What a hub was seen to hold, with nothing pending on it."""

    OLD = "old"
    NEW = "new"
    OTHER = "other"
    """Neither of the two."""
    UNKNOWN = "unknown"
    """Not reached, not understood, or something stays pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubEnd:
    """How one hub ended."""

    hub: str
    holds: Holds
    fingerprint: str = ""
    """Of what it holds, where that is known."""
    problems: tuple[Problem, ...] = ()
    unsaved: bool = False
    """Whether it runs the old or the new state, but would not start with it."""
    diff: str = ""
    """As the platform shows it, secrets as fingerprints."""
    changes: tuple[str, ...] = ()
    """The same by resource and field."""
    partners: tuple[str, ...] = ()
    """The ids of the partners whom the change touches."""
    is_begun: bool = True
    """Whether the hub took the commit of this run, as far as is known."""
    is_busy: bool = False
    """Whether another run held the hub."""

    @property
    def status(self) -> Status:
        """The end in the words that a single hub has."""
        if self.holds is Holds.NEW:
            return Status.CONFIRMED if self.is_begun else Status.UNCHANGED
        if self.is_busy:
            return Status.BUSY
        if not self.is_begun:
            return Status.FAILED
        return Status.REVERTED if self.holds is Holds.OLD else Status.UNCONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a change over many hubs ended."""

    plan: str
    """Digest of the plan."""
    ends: tuple[HubEnd, ...]
    problems: tuple[Problem, ...] = ()
    """Why it did not end as it was planned."""
    record: str = ""
    """Head of the record after it; keep it elsewhere."""
    basis: Basis = Basis.APPROVED
    is_recorded: bool = True
    """Whether the end stands in the record."""

    @property
    def done(self) -> bool:
        """Whether every hub holds what was planned."""
        return all(each.holds is Holds.NEW for each in self.ends)

    @property
    def undone(self) -> bool:
        """Whether every hub holds what it held before."""
        return not self.done and all(each.holds is Holds.OLD for each in self.ends)

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every hub that it holds the old or the new state."""
        alike = self.done or self.undone
        known = all(each.holds in {Holds.OLD, Holds.NEW} or not each.is_begun for each in self.ends)
        return alike or (known and self.basis is not Basis.APPROVED)

    @property
    def exit_code(self) -> int:
        """0 all new, 4 all old, 5 not alike or not known; by hub where hubs are independent."""
        if not self.is_settled or not self.is_recorded:
            return _UNKNOWN_END
        if self.basis is Basis.APPROVED:
            return 0 if self.done else 4
        return worst(EXIT_CODES[each.status] for each in self.ends)

    @property
    def end(self) -> str:
        """In one word."""
        if self.done:
            return "done"
        if self.undone:
            return "undone"
        return "in part" if self.is_settled else "unknown"

    def as_json(self) -> dict[str, Any]:
        """JSON types only."""
        problems = [*self.problems, *(each for hub in self.ends for each in hub.problems)]
        return {
            "plan": self.plan,
            "end": self.end,
            "hubs": {each.hub: str(each.holds) for each in self.ends},
            "fingerprints": {each.hub: each.fingerprint for each in self.ends},
            "problems": list(dict.fromkeys(str(problem) for problem in problems)),
            "record": self.record,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """Where a run writes down what it does, and in whose name."""

    record: Record
    journal: Journal
    who: Mapping[str, str]
    """`user`, `host` and `process`."""
    now: Callable[[], datetime]
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, allowed: Admitted, groups: Sequence[Group], *, revert_in_s: int) -> None:
        """Writes down what is about to be done, once in a run; from here on the plan is used.

        Raises:
            RefusedError: If it cannot be written down; the run must not change any hub.
        """
        with self._alone:
            if self.journal.is_open:
                return
            names = [group.names for group in groups]
            self.journal.begin(allowed.plan, names, revert_in_s=revert_in_s, who=self.who)
            try:
                self.record.append("begun", _beginning(allowed, self.who), self.now())
            except KszError:
                self.journal.end()
                raise


def _beginning(allowed: Admitted, who: Mapping[str, str]) -> dict[str, Any]:
    signed = [*allowed.approvals, *([allowed.authorship] if allowed.authorship else [])]
    return {
        "plan": allowed.plan.digest,
        "content": allowed.plan.model_dump(mode="json"),
        "basis": str(allowed.basis),
        "reason": allowed.reason,
        "signatures": [
            {
                "principal": each.principal,
                "for": each.namespace,
                "key": each.key,
                "signature": each.armored,
            }
            for each in signed
        ],
        "by": dict(who),
        "partners": list(allowed.plan.partners),
        "hubs": {part.hub: str(Holds.OLD) for part in allowed.plan.hubs},
    }


def write_down(event: str, result: Result, plan: Plan, log: RunLog) -> Result:
    """Adds *result* to the record and closes the journal, unless the end is not known.

    A result that cannot be written down says so and leaves the journal to `recover`.
    """
    body = {**result.as_json(), "partners": list(plan.partners), "by": dict(log.who)}
    del body["record"]
    try:
        log.record.append(event, body, log.now())
        if result.is_settled:
            log.journal.end()
        return replace(result, record=str(log.record.head()))
    except KszError as error:
        problems = (*result.problems, *error.problems)
        return replace(result, problems=problems, is_recorded=False)
