"""How a change over many hubs ended, and where that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ksz_netops.change.fleet.converge import Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ksz_netops.change.fleet.converge import Settled
    from ksz_netops.change.fleet.journal import Journal
    from ksz_netops.change.record.chain import Record
    from ksz_netops.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a change over many hubs ended."""

    plan: str
    """Digest of the plan."""
    settled: tuple[Settled, ...]
    problems: tuple[Problem, ...] = ()
    """Why it did not end as it was planned."""
    record: str = ""
    """Head of the record after it; keep it elsewhere."""

    @property
    def done(self) -> bool:
        """Whether every hub holds what was planned."""
        return all(each.holds is Holds.NEW for each in self.settled)

    @property
    def undone(self) -> bool:
        """Whether every hub holds what it held before."""
        return not self.done and all(each.holds is Holds.OLD for each in self.settled)

    @property
    def exit_code(self) -> int:
        """0 all new, 4 all old, 5 not alike or not known."""
        return 0 if self.done else 4 if self.undone else 5

    @property
    def end(self) -> str:
        """In one word."""
        return "done" if self.done else "undone" if self.undone else "unknown"

    def as_json(self) -> dict[str, Any]:
        """JSON types only."""
        problems = [*self.problems, *(each for hub in self.settled for each in hub.problems)]
        return {
            "plan": self.plan,
            "end": self.end,
            "hubs": {each.hub: str(each.holds) for each in self.settled},
            "fingerprints": {each.hub: each.fingerprint for each in self.settled},
            "problems": [str(problem) for problem in problems],
            "record": self.record,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a run writes down what it does, and in whose name."""

    record: Record
    journal: Journal
    who: Mapping[str, str]
    """`user`, `host` and `process`."""
    now: Callable[[], datetime]


def written_down(
    event: str,
    plan: str,
    settled: tuple[Settled, ...],
    problems: Sequence[Problem],
    desk: Desk,
) -> Result:
    """The result of a run, once it stands in the record; an unknown end stays in the journal."""
    result = Result(plan=plan, settled=settled, problems=tuple(problems))
    story = desk.journal.story()
    body = {
        **result.as_json(),
        "partners": list(story.plan.partners) if story else [],
        "by": dict(desk.who),
    }
    del body["record"]
    desk.record.append(event, body, desk.now())
    if result.exit_code != 5:  # noqa: PLR2004 - the exit code of an unknown outcome
        desk.journal.end()
    return Result(
        plan=plan,
        settled=settled,
        problems=tuple(problems),
        record=str(desk.record.head()),
    )
