"""The matrix of an audit: a row for each connection on each hub, a column for each check."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.findings import SEVERITY, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.findings import Finding

SIGNS: Final[Mapping[Verdict, str]] = {
    Verdict.VIOLATED: "✗",
    Verdict.UNKNOWN: "?",
    Verdict.WAIVED: "w",
    Verdict.COMPLIANT: "✓",
    Verdict.NOT_APPLICABLE: "·",
}
"""How a verdict shows where there is room for one character."""


class Row:
    """Everything said of one connection on one hub, or of the hub itself."""

    def __init__(self, finding: Finding) -> None:
        self.partner = finding.partner
        self.connection = finding.connection
        self.subject = finding.subject if finding.partner else "hub"
        self.hub = finding.hub or "(intent)"
        self.cells: dict[str, Verdict] = {}
        self.findings: list[Finding] = []
        """Those that are not good."""

    def add(self, finding: Finding) -> None:
        """The worst of several findings of one check is what shows."""
        if not finding.verdict.good:
            self.findings.append(finding)
        held = self.cells.get(finding.check, finding.verdict)
        self.cells[finding.check] = min(held, finding.verdict, key=SEVERITY.__getitem__)

    def concerns(self, finding: Finding) -> bool:
        """Whether a *finding* on the intent is about this row."""
        return self.partner == finding.partner and finding.connection in {None, self.connection}

    @property
    def worst(self) -> Verdict:
        """The worst of its cells."""
        return min(self.cells.values(), key=SEVERITY.__getitem__)

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Worst first, then those with the most that is wrong."""
        bad = sum(not verdict.good for verdict in self.cells.values())
        return (
            SEVERITY[self.worst] if bad else max(SEVERITY.values()),
            -bad,
            self.subject,
            self.hub,
        )


def rows_of(audit: Audit) -> list[Row]:
    """A row for each connection and hub; what the intent alone says joins its partner's rows."""
    rows: dict[tuple[str, str], Row] = {}
    of_partner: defaultdict[str | None, list[Row]] = defaultdict(list)

    def row_of(finding: Finding) -> Row:
        key = (finding.subject, finding.hub or "")
        if key not in rows:
            rows[key] = Row(finding)
            of_partner[finding.partner].append(rows[key])
        return rows[key]

    for finding in audit.findings:
        if finding.hub:
            row_of(finding).add(finding)
    for finding in audit.findings:
        if not finding.hub:
            about = [row for row in of_partner[finding.partner] if row.concerns(finding)]
            for row in about or [row_of(finding)]:
                row.add(finding)
    return sorted(rows.values(), key=lambda row: row.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Rows that look alike, drawn as one."""

    row: Row
    """The first of them."""
    subjects: tuple[str, ...]
    """All of them; one alone where nothing is folded."""


_MOST_ROWS: Final = 60
"""Rows that are drawn one by one; with more, those that look alike are folded."""


def folded(rows: Sequence[Row]) -> list[Fold]:
    """*rows* in their order; of many, those on one hub with the same verdicts are one."""
    if len(rows) <= _MOST_ROWS:
        return [Fold(row=row, subjects=(row.subject,)) for row in rows]
    alike: defaultdict[tuple[str, bool, tuple[tuple[str, Verdict], ...]], list[Row]]
    alike = defaultdict(list)
    for row in rows:
        alike[row.hub, row.partner is None, tuple(sorted(row.cells.items()))].append(row)
    return [
        Fold(row=some[0], subjects=tuple(row.subject for row in some)) for some in alike.values()
    ]


def columns_of(rows: Iterable[Row]) -> list[str]:
    """The checks that apply to any of *rows*, in the order of the catalogue."""
    said = {
        check
        for row in rows
        for check, verdict in row.cells.items()
        if verdict is not Verdict.NOT_APPLICABLE
    }
    return [check.id for check in CATALOGUE if check.id in said]
