"""The form that every check has, and what it judges by.

A check is one value of `Check`, listed in `catalogue.py`. Its `judge` takes a context and
yields a `Judgement` for each subject; hub, check and evidence are added here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ksz_netops.compliance.causes import (
    EDITED,
    NOT_UNDERSTOOD,
    OUR_FAULT,
    CauseKind,
    of_problem,
)
from ksz_netops.compliance.findings import Finding, Question, Verdict
from ksz_netops.compliance.reading import fault_of
from ksz_netops.compliance.statements import Comparison
from ksz_netops.compliance.view import Judgement, views
from ksz_netops.proof import Doubt, Openings, prove_hub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime

    from ksz_netops import proof
    from ksz_netops.compliance.former import Former
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.compliance.view import View
    from ksz_netops.errors import Origin, Problem
    from ksz_netops.intent.models import Connection, Intent, Partner
    from ksz_netops.state.resources import DeviceState, Owner

OBSERVATIONS: Final = "observations"
FOREIGN: Final = "foreign"
INTENT: Final = "intent"
NOTE: Final = "KSZ, Methods of connection to the extranet (2016)"

_PORT: Final = "PORT"
"""In a command of evidence, where the name of a port belongs."""

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubContext:
    """One hub: what it must hold, and what was read of it."""

    desired: DeviceState
    reading: Reading
    comparison: Comparison
    views: tuple[View, ...]
    """The hub itself first, then each connection on it."""
    openings: Openings | None
    """What the strays do to the filters; None where the state or that was not read."""
    proven: Mapping[Owner, proof.Judgement]
    """What the proof says of each connection; nothing where the state was not read."""
    former: Former | None = None
    at: datetime | None = None
    """When it was read; None where no time passed since, as after a change."""

    @classmethod
    def of(
        cls,
        desired: DeviceState,
        reading: Reading,
        *,
        former: Former | None = None,
        at: datetime | None = None,
    ) -> HubContext:
        """The context of one *reading* of a hub that must hold *desired*."""
        comparison = Comparison(desired, reading)
        state = reading.state
        openings = _openings(reading)
        return cls(
            desired=desired,
            reading=reading,
            comparison=comparison,
            views=tuple(views(desired, reading, comparison)),
            openings=openings,
            proven=prove_hub(state, desired, openings) if state is not None else {},
            former=former,
            at=at,
        )

    def findings(self, check: Check[HubContext]) -> Iterator[Finding]:
        """What *check* says about this hub."""
        origins = {(view.partner, view.connection): view for view in self.views}
        for judgement in self._judged(check):
            view = origins.get((judgement.partner, judgement.connection))
            yield _finding(
                check,
                judgement,
                hub=self.reading.hub,
                origin=view.origin(check.reads) if view else None,
                evidence=_command(self.reading.commands.get(check.reads, ""), view),
                evidence_sha256=self.reading.evidence.digest,
                problem=judgement.problem or next(iter(self.reading.problems), None),
            )

    def _judged(self, check: Check[HubContext]) -> Iterator[Judgement]:
        """What *check* judges; a fault of ours in it leaves the hub unknown, not the others."""
        try:
            yield from check.judge(self)
        except Exception as error:  # noqa: BLE001 - reason above
            yield Judgement(
                verdict=Verdict.UNKNOWN,
                reason=str(fault_of(self.reading.hub, error)),
                cause=OUR_FAULT,
            )


def _command(text: str, view: View | None) -> str:
    """The commands in *text*, each that asks for a port given for every port of the subject."""
    if _PORT not in text or view is None:
        return text
    ports = sorted(set(view.port_names()))
    commands = text.split("; ")
    return "; ".join(
        command.replace(_PORT, port)
        for command in commands
        for port in (ports if _PORT in command and ports else [_PORT])
    )


def _openings(reading: Reading) -> Openings | None:
    if reading.state is None or reading.openings is None:
        return None
    try:
        return reading.openings(reading.state)
    except Exception as error:  # noqa: BLE001 - a fault of ours leaves the filters unproven
        problem = fault_of(reading.hub, error)
        return Openings(doubts=(Doubt(statement="the filters", reason=str(problem)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentContext:
    """The inventory, and what was found on the hubs before."""

    intent: Intent
    partners: tuple[Partner[Connection], ...]
    """Those that are judged."""
    on: date
    by_check: Mapping[tuple[str, str | None, str | None], Finding] = field(default_factory=dict)
    """The worst finding on the hubs by check, partner and connection."""

    @classmethod
    def of(
        cls,
        intent: Intent,
        partners: Iterable[Partner[Connection]],
        on: date,
        findings: Iterable[Finding] = (),
    ) -> IntentContext:
        """The context of *partners* on a day, after the *findings* on their hubs."""
        grouped: defaultdict[tuple[str, str | None, str | None], list[Finding]] = defaultdict(list)
        for finding in findings:
            grouped[finding.check, finding.partner, finding.connection].append(finding)
        return cls(
            intent=intent,
            partners=tuple(partners),
            on=on,
            by_check={key: min(some, key=lambda each: each.order) for key, some in grouped.items()},
        )

    def findings(self, check: Check[IntentContext]) -> Iterator[Finding]:
        """What *check* says about the partners."""
        for judgement in check.judge(self):
            place = tuple(part for part in (judgement.partner, judgement.connection) if part)
            yield _finding(check, judgement, origin=self.intent.origins.get(place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[C]):
    """One thing that must be so."""

    id: str
    title: str
    reads: str
    """Kind of resource, `observations`, `foreign` or `intent`: finds origin and evidence."""
    criterion: str
    source: str
    """Why it must be so."""
    judge: Callable[[C], Iterable[Judgement]]
    concerns: Question = Question.SAFE
    """Which of the reader's questions it answers."""
    cause: CauseKind = EDITED
    """What a bad finding comes from, unless its judgement names another cause."""
    explains: frozenset[str] = frozenset()
    """Checks whose bad findings are consequences of a violation of this one.

    A violation on the hub itself explains findings on all its partners; one on a partner explains
    findings on that partner on the same hub.
    """
    blinds: frozenset[str] = frozenset()
    """Checks whose unknown findings alone are consequences of a violation of this one."""
    needs_far_end: bool = False
    """Whether it also depends on the far end of a line or tunnel."""


def each_connection(
    judge: Callable[[View], Judgement],
) -> Callable[[HubContext], Iterator[Judgement]]:
    """Judges every connection on a hub by its view."""

    def judge_all(context: HubContext) -> Iterator[Judgement]:
        for view in context.views:
            if view.partner is not None:
                yield judge(view).about(view.partner, view.connection)

    return judge_all


def hub_itself(judge: Callable[[View], Judgement]) -> Callable[[HubContext], Iterator[Judgement]]:
    """Judges what the hub has for all of its partners."""

    def judge_hub(context: HubContext) -> Iterator[Judgement]:
        for view in context.views:
            if view.partner is None:
                yield judge(view).about(None, view.connection)

    return judge_hub


def _finding(  # noqa: PLR0913 - a finding has as many parts
    check: Check[C],
    judgement: Judgement,
    *,
    hub: str | None = None,
    origin: Origin | None = None,
    evidence: str = "",
    evidence_sha256: str = "",
    problem: Problem | None = None,
) -> Finding:
    cause = judgement.cause or check.cause
    unknown = judgement.verdict is Verdict.UNKNOWN and judgement.cause is None
    if unknown:
        cause = of_problem(problem) if problem else NOT_UNDERSTOOD
    return Finding(
        check=check.id,
        verdict=judgement.verdict,
        hub=hub,
        partner=judgement.partner,
        connection=judgement.connection,
        expected=judgement.expected,
        observed=judgement.observed,
        reason=judgement.reason,
        origin=judgement.origin or origin,
        evidence=evidence,
        evidence_sha256=evidence_sha256,
        cause="" if judgement.verdict.good else cause.id,
        advice=problem.fix if unknown and problem else "",
    )
