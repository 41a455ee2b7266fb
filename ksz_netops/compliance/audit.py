"""The audit of many hubs: one session per hub, many hubs at once, one result."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from ksz_netops.compliance.causes import INTERRUPTED
from ksz_netops.compliance.checks.catalogue import CATALOGUE, check_hub, check_intent
from ksz_netops.compliance.checks.check import IntentContext
from ksz_netops.compliance.execution import threads
from ksz_netops.compliance.explanation import DEFAULT_INVENTORY, causes_of, traced
from ksz_netops.compliance.findings import SEVERITY, Finding, Verdict
from ksz_netops.compliance.former import Former
from ksz_netops.compliance.reading import Reading, read_hub
from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.compliance.evidence import Evidence
    from ksz_netops.compliance.execution import Executor
    from ksz_netops.compliance.explanation import Cause
    from ksz_netops.intent.models import Intent
    from ksz_netops.platforms import Target
    from ksz_netops.state.resources import DeviceState, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The result of one audit; every report is drawn from it."""

    at: datetime
    hubs: tuple[str, ...]
    findings: tuple[Finding, ...]
    """Worst first."""
    evidence: tuple[Evidence, ...] = field(default=(), compare=False, repr=False)
    """The raw answers of the hubs; none where the audit was read from a report."""
    counted: Mapping[str, Former] = field(default_factory=dict, compare=False, repr=False)
    """By hub the counters with which the next audit compares."""
    inventory: str = field(default=DEFAULT_INVENTORY, compare=False)
    """As the next commands name it."""

    @classmethod
    def of(
        cls,
        at: datetime,
        hubs: Iterable[str],
        findings: Iterable[Finding],
        evidence: Iterable[Evidence] = (),
    ) -> Audit:
        """The audit taken *at* a moment, with its findings in order, each once."""
        ordered = sorted(dict.fromkeys(findings), key=lambda each: each.order)
        return cls(
            at=at,
            hubs=tuple(sorted(set(hubs))),
            findings=tuple(ordered),
            evidence=tuple(evidence),
        )

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many findings have each verdict, worst first."""
        found = Counter(finding.verdict for finding in self.findings)
        return {verdict: found[verdict] for verdict in sorted(Verdict, key=SEVERITY.__getitem__)}

    @property
    def bad(self) -> tuple[Finding, ...]:
        """What keeps the audit from passing."""
        return tuple(each for each in self.findings if not each.verdict.good)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """What is not as intended, and allowed by a waiver."""
        return tuple(each for each in self.findings if each.verdict is Verdict.WAIVED)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why it does not pass, worst first."""
        return causes_of(self.findings, self.inventory)

    @property
    def interrupted(self) -> bool:
        """Whether it ended before every hub was judged."""
        return any(each.cause == INTERRUPTED.id for each in self.findings)

    @property
    def exit_code(self) -> int:
        """0 where everything is compliant, 2 where anything is violated or unknown.

        An audit that looked at nothing has not passed.
        """
        return 2 if self.bad or not self.findings else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTask:
    """What a worker needs to judge one hub."""

    hub: str
    platform: str
    target: Target
    desired: DeviceState
    former: Former | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HubResult:
    """What is kept of one hub: its findings, and no state."""

    hub: str
    findings: tuple[Finding, ...]
    evidence: Evidence | None = None
    counted: Former | None = None


Progress: TypeAlias = "Callable[[HubResult, int, int], None]"
"""Called after each hub with its result, how many hubs are judged, and how many there are."""


def audit(  # noqa: PLR0913 - what is wanted and what is asked for, by keyword
    intent: Intent,
    inventory: Path,
    *,
    secrets: Mapping[str, Secret],
    at: datetime,
    hubs: Collection[str] = (),
    partners: Collection[str] = (),
    checks: Collection[str] = (),
    former: Mapping[str, Former] | None = None,
    execute: Executor | None = None,
    progress: Progress = lambda *_: None,
) -> Audit:
    """Reads the hubs and judges them; a hub that is not reached leaves its partners unknown.

    After Ctrl-C the hubs that were not judged yet are unknown, and the audit ends.

    Args:
        intent: What is wanted.
        inventory: The folder that *intent* came from; the files of SSH keys are relative to it.
        secrets: The pre-shared keys by name, fingerprints only.
        at: The moment of the audit; its date decides which flows are open.
        hubs: Only these; none given takes all.
        partners: Only findings on these, and on the hubs themselves; none given takes all.
        checks: Only the findings of these; none given takes all.
        former: What the hubs had counted at their last audit.
        execute: How many hubs are read at once; eight unless said otherwise.
        progress: Called after each hub.

    Raises:
        IntentError: If a hub, partner or check is unknown, or a secret is missing.
    """
    names = tuple(sorted(set(hubs or intent.hubs)))
    _refuse_unknown("partner", partners, {partner.id for partner in intent.partners})
    _refuse_unknown("check", checks, {check.id for check in CATALOGUE})
    # An authorisation ends with a day in Brussels.
    day = at.astimezone(BRUSSELS).date()
    desired = {name: desired_state(intent, name, secrets=secrets, on=day) for name in names}
    tasks = tuple(
        HubTask(
            hub=name,
            platform=intent.hubs[name].platform,
            target=target_of(intent, name, inventory),
            desired=desired[name],
            former=(former or {}).get(name),
            at=at,
        )
        for name in names
    )
    results = list(_judged(tasks, execute or threads(8), progress))
    findings = [
        finding
        for result in results
        for finding in result.findings
        if not partners or finding.partner is None or finding.partner in partners
    ]
    concerned = (
        partner
        for partner in intent.partners
        if any(connection.hubs() & set(names) for connection in partner.connections)
        and (not partners or partner.id in partners)
    )
    findings += check_intent(IntentContext.of(intent, concerned, day, findings))
    result = Audit.of(
        at,
        names,
        (each for each in traced(findings) if not checks or each.check in checks),
        (each.evidence for each in results if each.evidence),
    )
    return replace(
        result,
        counted={each.hub: each.counted for each in results if each.counted},
        inventory=str(inventory),
    )


def judge_hub(task: HubTask) -> HubResult:
    """Reads one hub and judges it, in a worker; what was read is not kept."""
    reading = read_hub(platforms()[task.platform], task.target)
    return HubResult(
        hub=task.hub,
        findings=check_hub(task.desired, reading, former=task.former, at=task.at),
        evidence=reading.evidence,
        counted=Former.of(reading, task.at),
    )


def _judged(
    tasks: Collection[HubTask], execute: Executor, progress: Progress
) -> Iterator[HubResult]:
    left = {task.hub: task for task in tasks}
    try:
        for result in execute(judge_hub, tasks):
            del left[result.hub]
            progress(result, len(tasks) - len(left), len(tasks))
            yield result
    except KeyboardInterrupt:
        for task in left.values():
            yield _interrupted(task)


def _interrupted(task: HubTask) -> HubResult:
    problem = Problem(
        code="KSZ312",
        what=f"{task.hub}: the audit was interrupted before this hub was judged",
        fix=f"run `ksz-netops audit --hub {task.hub}`",
    )
    reading = Reading(hub=task.hub, problems=(problem,))
    return HubResult(hub=task.hub, findings=check_hub(task.desired, reading, at=task.at))


def _refuse_unknown(what: str, asked: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise IntentError(
            Problem(
                code="KSZ310",
                what=f"there is no {what} '{name}'",
                fix=f"use one of: {', '.join(sorted(known))}",
            )
            for name in unknown
        )
