"""The audit for a person at a terminal: a matrix, worst first, then each finding in full."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ksz_netops.compliance.audit import CATALOGUE
from ksz_netops.compliance.findings import SEVERITY, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.findings import Finding

_CELLS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.VIOLATED: ("✗", "bold red"),
    Verdict.UNKNOWN: ("?", "bold yellow"),
    Verdict.COMPLIANT: ("✓", "green"),
    Verdict.NOT_APPLICABLE: ("·", "dim"),
}
_MOST_GOOD_ROWS: Final = 40
"""Rows without anything wrong that are drawn one by one; beyond, they are counted."""


def text_report(audit: Audit) -> str:
    """*audit* as plain text."""
    out = io.StringIO()
    write(audit, Console(file=out, width=120, color_system=None))
    return out.getvalue()


def write(audit: Audit, console: Console) -> None:
    """Draws *audit* on *console*."""
    rows = _rows(audit)
    for of_hub in (True, False):
        of_kind = [row for row in rows if (row.partner is None) is of_hub]
        good = [row for row in of_kind if row.worst.good]
        left_out = good if len(good) > _MOST_GOOD_ROWS else []
        console.print(_matrix([row for row in of_kind if row not in left_out]))
        if left_out:
            console.print(f"and {len(left_out)} more, all compliant")
        console.print()
    for finding in audit.bad:
        _write_finding(finding, console)
    counts = ", ".join(
        f"{count} {str(verdict).replace('_', ' ')}" for verdict, count in audit.counts.items()
    )
    hubs = ", ".join(audit.hubs)
    console.print(f"{hubs} at {audit.at.isoformat(timespec='seconds')}: {counts}", soft_wrap=True)


class _Row:
    """Everything said of one connection on one hub, or of the hub itself."""

    def __init__(self, finding: Finding) -> None:
        self.partner = finding.partner
        self.connection = finding.connection
        self.subject = finding.subject if finding.partner else "hub"
        self.hub = finding.hub or "(intent)"
        self.cells: dict[str, Verdict] = {}

    def add(self, finding: Finding) -> None:
        """The worst of several findings of one check is what shows."""
        held = self.cells.get(finding.check, finding.verdict)
        self.cells[finding.check] = min(held, finding.verdict, key=SEVERITY.__getitem__)

    def concerns(self, finding: Finding) -> bool:
        """Whether a *finding* on the intent is about this row."""
        return self.partner == finding.partner and finding.connection in {None, self.connection}

    @property
    def worst(self) -> Verdict:
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


def _rows(audit: Audit) -> list[_Row]:
    """A row for each connection and hub; what the intent alone says joins its partner's rows."""
    rows: dict[tuple[str, str], _Row] = {}
    of_partner: defaultdict[str | None, list[_Row]] = defaultdict(list)

    def row_of(finding: Finding) -> _Row:
        key = (finding.subject, finding.hub or "")
        if key not in rows:
            rows[key] = _Row(finding)
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


def _matrix(rows: list[_Row]) -> Table:
    said = {
        check
        for row in rows
        for check, verdict in row.cells.items()
        if verdict is not Verdict.NOT_APPLICABLE
    }
    columns = [check.id for check in CATALOGUE if check.id in said]
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("hub", no_wrap=True)
    for column in columns:
        table.add_column(
            column.replace("-", "\n"), justify="center", vertical="bottom", overflow="fold"
        )
    for row in rows:
        cells = [_cell(row.cells.get(column)) for column in columns]
        table.add_row(row.subject, row.hub, *cells)
    return table


def _cell(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("")
    return Text(*_CELLS[verdict])


def _write_finding(finding: Finding, console: Console) -> None:
    sign, style = _CELLS[finding.verdict]
    where = f"{finding.hub}: " if finding.hub and finding.partner else ""
    message = escape(f"{where}{finding}")
    console.print(f"[{style}]{sign} {finding.verdict}[/] {message}", soft_wrap=True)
    details = {
        "expected": finding.expected,
        "observed": finding.observed,
        "asked for in": str(finding.origin or ""),
        "look with": finding.evidence,
    }
    for name, text in details.items():
        if text:
            console.print(f"    {name}: {escape(text)}", soft_wrap=True, highlight=False)
    console.print()
