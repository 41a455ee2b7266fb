"""How a change to one hub ended, and what was seen while it was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ksz_netops.errors import (
    BusyError,
    DeviceError,
    KszError,
    Problem,
    RevertedError,
    UnconfirmedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ksz_netops.state.diff import StateDifference
    from ksz_netops.state.observations import Observations
    from ksz_netops.state.resources import DeviceState


class Status(StrEnum):
    """The end of a change; of all but the last it is known what the hub holds."""

    UNCHANGED = "unchanged"
    """The hub held already what it must; nothing was pushed."""
    WOULD_CHANGE = "would_change"
    """Check mode: the diff is what a run would do; nothing was pushed."""
    CONFIRMED = "confirmed"
    """The hub holds the intended state, also over a restart."""
    BUSY = "busy"
    """Another run holds the hub; this one changed nothing."""
    FAILED = "failed"
    """Not reached, not understood or refused before anything changed."""
    REVERTED = "reverted"
    """Pushed, found wanting, and the hub holds again what it held before."""
    UNCONFIRMED = "unconfirmed"
    """Whether the hub holds the old or the new state is not known; a human must look."""


EXIT_CODES: Final[dict[Status, int]] = {
    Status.UNCHANGED: 0,
    Status.WOULD_CHANGE: 2,
    Status.CONFIRMED: 0,
    Status.BUSY: 3,
    Status.FAILED: 1,
    Status.REVERTED: 4,
    Status.UNCONFIRMED: 5,
}

_ERRORS: Final[dict[Status, type[DeviceError]]] = {
    Status.BUSY: BusyError,
    Status.FAILED: DeviceError,
    Status.REVERTED: RevertedError,
    Status.UNCONFIRMED: UnconfirmedError,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the change to one hub ended."""

    hub: str
    status: Status
    diff: str = ""
    """As the platform shows it, secrets as fingerprints; empty where nothing was to do."""
    changes: tuple[str, ...] = ()
    """The same by resource and field, one line each."""
    partners: tuple[str, ...] = ()
    """The ids of the partners whom the change touches."""
    problems: tuple[Problem, ...] = ()
    """Why it ended so; empty where it ended well."""

    @property
    def changed(self) -> bool:
        """Whether the hub holds something else than before, or would, or may."""
        return self.status in {Status.WOULD_CHANGE, Status.CONFIRMED, Status.UNCONFIRMED}

    @property
    def failed(self) -> bool:
        """Whether what was asked is not so now."""
        return self.status in _ERRORS

    @property
    def exit_code(self) -> int:
        """What the command line returns for it."""
        return EXIT_CODES[self.status]

    def error(self) -> KszError | None:
        """The exception of the tree that says the same; None where nothing failed."""
        kind = _ERRORS.get(self.status)
        return kind(self.problems) if kind else None

    def as_json(self) -> dict[str, Any]:
        """JSON types only, as Ansible and pipelines want them."""
        return {
            "hub": self.hub,
            "status": str(self.status),
            "changed": self.changed,
            "failed": self.failed,
            "diff": self.diff,
            "changes": list(self.changes),
            "partners": list(self.partners),
            "problems": [str(problem) for problem in self.problems],
        }


def worst(exit_codes: Iterable[int]) -> int:
    """One exit code for many hubs: the least known end counts, then the worst."""
    codes = frozenset(exit_codes)
    return next((code for code in (5, 4, 1, 3, 2, 0) if code in codes), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a hub held and did at one moment."""

    state: DeviceState
    observations: Observations


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvidence:
    """What a verification judges: the hub before the commit, and after it over a new connection."""

    hub: str
    before: Snapshot
    after: Snapshot
    intended: DeviceState
    change: StateDifference
    """From `before.state` to `intended`."""


Verify: TypeAlias = "Callable[[ChangeEvidence], Iterable[Problem]]"
"""Says what forbids to confirm; nothing where the change may stay. It does not speak to the hub."""
