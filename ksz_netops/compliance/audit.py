"""The audit of many hubs: one session per hub, many hubs at once, one result."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from ksz_netops.compliance.checks.catalogue import BYPASS, CHECKS, ORPHANS, PROOF, check_hub
from ksz_netops.compliance.checks.conditions import (
    EFFORT,
    PARTNER_CHECKS,
    Circumstances,
    check_conditions,
)
from ksz_netops.compliance.checks.counters import DROPS, FRAGMENTS, Former, drops, lost_fragments
from ksz_netops.compliance.findings import SEVERITY, Finding, Verdict
from ksz_netops.compliance.reading import Reading, read_hub
from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.compliance.checks.check import Check
    from ksz_netops.compliance.evidence import Evidence
    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import Secret

CATALOGUE: Final[tuple[Check, ...]] = (
    *CHECKS,
    PROOF,
    ORPHANS,
    BYPASS,
    DROPS,
    FRAGMENTS,
    *PARTNER_CHECKS,
    EFFORT,
)
"""Every check there is, in the order of the reports."""

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")


class Executor(Protocol):
    """Does the same work on many things, and gives the results in their order."""

    def __call__(
        self, work: Callable[[_Work], _Result], things: Collection[_Work], /
    ) -> Iterable[_Result]:
        """The results of *work* on each of *things*."""


def serial(work: Callable[[_Work], _Result], things: Collection[_Work], /) -> Iterable[_Result]:
    """One after the other."""
    return [work(thing) for thing in things]


def threads(workers: int) -> Executor:
    """At most *workers* at once; reading a hub is waiting, for the most part."""

    def execute(
        work: Callable[[_Work], _Result], things: Collection[_Work], /
    ) -> Iterable[_Result]:
        with ThreadPoolExecutor(max_workers=max(1, min(workers, len(things)))) as pool:
            return list(pool.map(work, things))

    return execute


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
    """By hub what the next audit is to know; of the hubs that told."""

    @classmethod
    def of(
        cls,
        at: datetime,
        hubs: Iterable[str],
        findings: Iterable[Finding],
        evidence: Iterable[Evidence] = (),
    ) -> Audit:
        """An audit with its findings in order, each once."""
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
        return tuple(finding for finding in self.findings if not finding.verdict.good)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """What is not as intended, and allowed by a waiver."""
        return tuple(each for each in self.findings if each.verdict is Verdict.WAIVED)

    @property
    def exit_code(self) -> int:
        """0 where everything is compliant, 2 where anything is violated or unknown.

        An audit that looked at nothing has not passed.
        """
        return 2 if self.bad or not self.findings else 0


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
) -> Audit:
    """Reads the hubs and judges them; a hub that is not reached leaves its partners unknown.

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

    Raises:
        IntentError: If a hub, partner or check is unknown, or a secret is missing.
    """
    names = tuple(sorted(set(hubs or intent.hubs)))
    _refuse_unknown("partner", partners, {partner.id for partner in intent.partners})
    _refuse_unknown("check", checks, {check.id for check in CATALOGUE})
    # An authorisation ends with a day in Brussels.
    day = at.astimezone(BRUSSELS).date()
    desired = {name: desired_state(intent, name, secrets=secrets, on=day) for name in names}
    targets = {name: target_of(intent, name, inventory) for name in names}

    def read(name: str) -> Reading:
        return read_hub(platforms()[intent.hubs[name].platform], targets[name])

    before = former or {}
    readings = tuple((execute or threads(8))(read, names))
    findings = [
        replace(finding, evidence_sha256=reading.evidence.digest)
        for reading in readings
        for finding in (
            *check_hub(desired[reading.hub], reading),
            drops(reading, before.get(reading.hub)),
            *lost_fragments(desired[reading.hub], reading, before.get(reading.hub), at),
        )
        if not partners or finding.partner is None or finding.partner in partners
    ]
    concerned = frozenset(
        partner.id
        for partner in intent.partners
        if any(connection.hubs() & set(names) for connection in partner.connections)
        and (not partners or partner.id in partners)
    )
    circumstances = Circumstances(on=day, tunnels=_tunnels(findings))
    findings += check_conditions(intent, concerned, circumstances)
    result = Audit.of(
        at,
        names,
        (finding for finding in findings if not checks or finding.check in checks),
        (reading.evidence for reading in readings),
    )
    counted = {reading.hub: Former.of(reading, at) for reading in readings}
    return replace(result, counted={hub: each for hub, each in counted.items() if each})


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


def _tunnels(findings: Iterable[Finding]) -> dict[tuple[str, str], Verdict]:
    return {
        (finding.partner, finding.connection): finding.verdict
        for finding in findings
        if finding.check == "tunnel-up" and finding.partner and finding.connection
        if finding.verdict is not Verdict.NOT_APPLICABLE
    }
