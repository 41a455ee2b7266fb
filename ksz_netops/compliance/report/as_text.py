"""The audit for a person at a terminal: a matrix, worst first, then each finding in full."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.report.matrix import SIGNS, columns_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.compliance.report.matrix import Row

_STYLES: Final[Mapping[Verdict, str]] = {
    Verdict.VIOLATED: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.WAIVED: "magenta",
    Verdict.COMPLIANT: "green",
    Verdict.NOT_APPLICABLE: "dim",
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
    rows = rows_of(audit)
    for of_hub in (True, False):
        of_kind = [row for row in rows if (row.partner is None) is of_hub]
        good = [row for row in of_kind if row.worst.good]
        left_out = good if len(good) > _MOST_GOOD_ROWS else []
        console.print(_matrix([row for row in of_kind if row not in left_out]))
        if left_out:
            console.print(f"and {len(left_out)} more, all compliant")
        console.print()
    for finding in (*audit.bad, *audit.waived):
        _write_finding(finding, console)
    counts = ", ".join(
        f"{count} {str(verdict).replace('_', ' ')}" for verdict, count in audit.counts.items()
    )
    hubs = ", ".join(audit.hubs)
    console.print(f"{hubs} at {audit.at.isoformat(timespec='seconds')}: {counts}", soft_wrap=True)


def _matrix(rows: list[Row]) -> Table:
    columns = columns_of(rows)
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
    return Text(SIGNS[verdict], _STYLES[verdict])


def _write_finding(finding: Finding, console: Console) -> None:
    sign, style = SIGNS[finding.verdict], _STYLES[finding.verdict]
    where = f"{finding.hub}: " if finding.hub and finding.partner else ""
    message = escape(f"{where}{finding}")
    console.print(f"[{style}]{sign} {finding.verdict}[/] {message}", soft_wrap=True)
    details = {
        "expected": finding.expected,
        "observed": finding.observed,
        "waived by": finding.waiver,
        "asked for in": str(finding.origin or ""),
        "look with": finding.evidence,
        "evidence": finding.evidence_sha256,
    }
    for name, text in details.items():
        if text:
            console.print(f"    {name}: {escape(text)}", soft_wrap=True, highlight=False)
    console.print()
