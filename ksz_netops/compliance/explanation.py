"""The causes of an audit: each with its consequences, worst first.

A finding may be a consequence of another: the proof of a partner's filter cannot succeed where the
hub was not reached. `traced` gives such a finding the cause of the other; `causes_of` groups.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import EDITED, KINDS, NOT_UNDERSTOOD, CauseKind
from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.findings import SEVERITY, Finding, Question, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ksz_netops.compliance.checks.catalogue import AnyCheck

_CHECKS: Final[dict[str, AnyCheck]] = {check.id: check for check in CATALOGUE}
DEFAULT_INVENTORY: Final = "inventory"
"""What commands take where none is named."""
_MOST_ALIKE: Final = 3
"""How many partners of one hub with a cause of one kind are told apart; more become one cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that keeps an audit from passing, with all findings that come from it."""

    kind: CauseKind
    hub: str | None
    findings: tuple[Finding, ...]
    """Its consequences: those that the cause itself was found by first, worst first."""
    inventory: str = DEFAULT_INVENTORY
    """As the next command names it."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its findings."""
        return min((each.verdict for each in self.findings), key=SEVERITY.__getitem__)

    @property
    def partners(self) -> tuple[str, ...]:
        """Whom it concerns; nobody where it is of the hub alone."""
        return tuple(sorted({each.partner for each in self.findings if each.partner}))

    @property
    def whom(self) -> str:
        """The partners in words."""
        match self.partners:
            case []:
                return "the hub itself" if self.hub else "the inventory"
            case [partner]:
                return partner
            case [first, *others] if len(others) < _MOST_ALIKE:
                return ", ".join((first, *others[:-1])) + f" and {others[-1]}"
            case partners:
                return f"{len(partners)} partners"

    @property
    def title(self) -> str:
        """The cause in one line."""
        return self._filled(self.kind.title)

    @property
    def means(self) -> str:
        """What it means, and for whom."""
        text = self._filled(self.kind.means)
        return text[:1].upper() + text[1:]

    @property
    def next_step(self) -> str:
        """What to type or do."""
        return self._filled(self.kind.next_step)

    @property
    def sample(self) -> Finding:
        """The finding that tells most."""
        return self.findings[0]

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that found it, in the order of the catalogue."""
        found = {each.check for each in self.findings}
        return tuple(check for check in _CHECKS if check in found) or tuple(sorted(found))

    def _filled(self, text: str) -> str:
        sample = self.sample
        return text.format(
            hub=self.hub or "the inventory",
            whom=self.whom,
            partner=next(iter(self.partners), ""),
            file=sample.origin.file if sample.origin else "the partner's file",
            advice=sample.advice or "see the first finding",
            only=self._only(),
            there="" if self.inventory == DEFAULT_INVENTORY else f" --inventory {self._quoted()}",
        )

    def _only(self) -> str:
        """The options that leave it at a few partners."""
        few = self.partners if len(self.partners) <= _MOST_ALIKE else ()
        return "".join(f" --partner {partner}" for partner in few)

    def _quoted(self) -> str:
        return shlex.quote(self.inventory)


def kind_of(finding: Finding) -> CauseKind:
    """The kind of cause of a bad *finding*, also where it does not say one."""
    known = KINDS.get(finding.cause)
    if known is not None:
        return known
    if finding.verdict is Verdict.UNKNOWN:
        return NOT_UNDERSTOOD
    check = _CHECKS.get(finding.check)
    return check.cause if check else EDITED


def question_of(finding: Finding) -> Question:
    """Which of the reader's questions *finding* helps to answer."""
    check = _CHECKS.get(finding.check)
    return kind_of(finding).concerns or (check.concerns if check else Question.SAFE)


def traced(findings: Sequence[Finding]) -> Iterator[Finding]:
    """*findings*, each consequence with the cause of what explains it."""
    roots: dict[tuple[str, str | None, str | None], Finding] = {}
    for finding in findings:
        if finding.verdict is not Verdict.VIOLATED:
            continue
        check = _CHECKS.get(finding.check)
        if check is None:
            continue
        for explained in check.explains | check.blinds:
            roots.setdefault((explained, finding.hub, finding.partner), finding)
    hubs = _hubs_of(findings)
    for finding in findings:
        yield finding if finding.verdict.good else _traced(finding, roots, hubs)


def _hubs_of(findings: Iterable[Finding]) -> dict[tuple[str | None, str | None], str]:
    """By partner and connection a hub where something is wrong with it."""
    return {
        (each.partner, each.connection): each.hub
        for each in findings
        if each.hub and each.partner and not each.verdict.good
    }


def _traced(
    finding: Finding,
    roots: dict[tuple[str, str | None, str | None], Finding],
    hubs: dict[tuple[str | None, str | None], str],
) -> Finding:
    hub = finding.hub or hubs.get((finding.partner, finding.connection))
    for partner in dict.fromkeys((None, finding.partner)):
        root = roots.get((finding.check, hub, partner))
        if root is None or root is finding:
            continue
        check = _CHECKS[root.check]
        if finding.check in check.explains or finding.verdict is Verdict.UNKNOWN:
            return replace(finding, cause=root.cause or kind_of(root).id)
    return finding


def causes_of(findings: Iterable[Finding], inventory: str = DEFAULT_INVENTORY) -> tuple[Cause, ...]:
    """What keeps an audit with *findings* from passing, worst and widest first."""
    groups: defaultdict[tuple[str, str | None, str | None], list[Finding]] = defaultdict(list)
    bad = [finding for finding in findings if not finding.verdict.good]
    hubs = _hubs_of(bad)
    for finding in bad:
        kind = kind_of(finding)
        hub = finding.hub or hubs.get((finding.partner, finding.connection))
        groups[kind.id, hub, None if kind.of_hub else finding.partner].append(finding)
    alike: defaultdict[tuple[str, str | None], list[list[Finding]]] = defaultdict(list)
    for (kind_id, hub, _), group in groups.items():
        alike[kind_id, hub].append(group)
    causes = []
    for (kind_id, hub), some in alike.items():
        merged = [[each for group in some for each in group]] if len(some) > _MOST_ALIKE else some
        causes += [
            Cause(
                kind=_kind(kind_id, group),
                hub=hub,
                findings=tuple(sorted(group, key=_telling)),
                inventory=inventory,
            )
            for group in merged
        ]
    return tuple(sorted(causes, key=_rank))


def _kind(kind_id: str, group: Sequence[Finding]) -> CauseKind:
    return KINDS.get(kind_id) or kind_of(group[0])


def _telling(finding: Finding) -> tuple[int, bool, int, tuple[int, str, str, str, str, str]]:
    """Worst first, then the check that declares the cause, then those with a root's reason."""
    check = _CHECKS.get(finding.check)
    own = check is not None and check.cause.id == kind_of(finding).id
    place = list(_CHECKS).index(finding.check) if finding.check in _CHECKS else 0
    return SEVERITY[finding.verdict], not own, place, finding.order


def _rank(cause: Cause) -> tuple[bool, int, bool, int, str, tuple[str, ...]]:
    concerns = {question_of(finding) for finding in cause.findings}
    papers = concerns == {Question.IN_ORDER}
    safe = Question.SAFE in concerns
    return (
        papers,
        SEVERITY[cause.verdict],
        not safe,
        -len(cause.partners),
        cause.hub or "",
        cause.partners,
    )


def answers(findings: Iterable[Finding]) -> dict[Question, Verdict]:
    """For each of the reader's questions the worst verdict; unknown where nothing was looked at."""
    found: dict[Question, Verdict] = {}
    for finding in findings:
        question = question_of(finding)
        verdict = Verdict.COMPLIANT if finding.verdict.good else finding.verdict
        held = found.get(question, verdict)
        found[question] = min(held, verdict, key=SEVERITY.__getitem__)
    return {question: found.get(question, Verdict.UNKNOWN) for question in Question}
