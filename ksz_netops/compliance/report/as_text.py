"""The audit for a person at a terminal: three answers, the causes with what to do, a matrix."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ksz_netops.compliance.explanation import answers, question_of
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.report.matrix import SIGNS, columns_of, rows_of
from ksz_netops.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.explanation import Cause
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.compliance.report.matrix import Row

_STYLES: Final[Mapping[Verdict, str]] = {
    Verdict.VIOLATED: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.WAIVED: "magenta",
    Verdict.COMPLIANT: "green",
    Verdict.NOT_APPLICABLE: "dim",
}
_MOST_ROWS: Final = 40
"""Rows of the matrix that are drawn; with more, the matrix is left to the page."""
_MOST_CAUSES: Final = 12
_MOST_TOLD: Final = 3
"""Findings of one cause that are told, each in a line."""
_MOST_IN_FULL: Final = 8
"""Findings that are told with all details; with more, each has one line."""
_ASKED: Final[Mapping[Question, str]] = {
    Question.SAFE: "Is it safe?",
    Question.UP: "Is it up?",
    Question.IN_ORDER: "Papers in order?",
}
ANSWERS: Final[Mapping[Verdict, str]] = {
    Verdict.COMPLIANT: "yes",
    Verdict.VIOLATED: "no",
    Verdict.UNKNOWN: "not known",
}


def text_report(audit: Audit, *, details: bool = False) -> str:
    """*audit* as plain text."""
    out = io.StringIO()
    write(audit, Console(file=out, width=120, color_system=None), details=details)
    return out.getvalue()


def write(audit: Audit, console: Console, *, details: bool = False) -> None:
    """Draws *audit* on *console*; with *details* every finding in full and the whole matrix."""
    causes = audit.causes
    _write_answers(audit, causes, console)
    full = details or len(audit.bad) <= _MOST_IN_FULL
    shown = causes if details else causes[:_MOST_CAUSES]
    for number, cause in enumerate(shown, start=1):
        _write_cause(number, cause, console, full=full)
    if len(shown) < len(causes):
        _write_more(causes[len(shown) :], console)
    for finding in audit.waived[: None if details else _MOST_IN_FULL]:
        _write_finding(finding, console, full=full)
    _write_matrix(audit, console, details=details)
    counts = ", ".join(
        f"{count} {str(verdict).replace('_', ' ')}" for verdict, count in audit.counts.items()
    )
    hubs = ", ".join(audit.hubs) if len(audit.hubs) <= _MOST_ROWS else f"{len(audit.hubs)} hubs"
    at = audit.at.isoformat(timespec="seconds")
    console.print(f"{hubs} at {at}: {counts}", soft_wrap=True, highlight=False)


def _write_answers(audit: Audit, causes: Sequence[Cause], console: Console) -> None:
    for question, verdict in answers(audit.findings).items():
        of_it = [
            cause for cause in causes if any(question_of(f) is question for f in cause.findings)
        ]
        why = f" ({_counted(len(of_it), 'cause')})" if of_it else ""
        style = _STYLES[verdict]
        looked = any(question_of(f) is question for f in audit.findings)
        answer = ANSWERS[verdict] if looked else "nothing was looked at"
        console.print(
            f"{_ASKED[question]:17}[{style}]{SIGNS[verdict]} {answer}[/]{why}",
            highlight=False,
        )
    console.print()


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _write_cause(number: int, cause: Cause, console: Console, *, full: bool) -> None:
    style = _STYLES[cause.verdict]

    def line(text: str, *, style: str = "", indent: int = 3) -> None:
        words = Text(" " * indent + printable(text), style, overflow="fold")
        console.print(words, soft_wrap=True, highlight=False)

    console.print(
        Text.assemble(
            (f"{number}. {SIGNS[cause.verdict]} ", style), (printable(cause.title), "bold")
        ),
        soft_wrap=True,
        highlight=False,
    )
    line(cause.means)
    line(f"next: {cause.next_step}", style="bold")
    if full:
        for finding in cause.findings:
            _write_finding(finding, console, full=True)
        return
    few = len(cause.findings) <= _MOST_TOLD
    for finding in cause.findings if few else [cause.sample]:
        _write_finding(finding, console, full=False)
    if not few:
        line(f"{_counted(len(cause.findings), 'finding')} in all: {_by_check(cause)}")
    console.print()


def _by_check(cause: Cause) -> str:
    counts = Counter(finding.check for finding in cause.findings)
    return ", ".join(f"{check} {counts[check]}" for check in cause.checks)


def _write_more(causes: Sequence[Cause], console: Console) -> None:
    kinds = Counter(cause.kind.id for cause in causes)
    words = ", ".join(f"{kind} ({count})" for kind, count in kinds.items())
    console.print(
        f"and {_counted(len(causes), 'more cause')}: {words}; --details shows all",
        soft_wrap=True,
        highlight=False,
    )
    console.print()


def _write_matrix(audit: Audit, console: Console, *, details: bool) -> None:
    rows = rows_of(audit)
    bad = sum(not row.worst.good for row in rows)
    if bad > _MOST_ROWS // 4 and len(rows) > _MOST_ROWS // 4 and not details:
        console.print(
            f"{bad} of {len(rows)} rows of the matrix are not compliant; --details draws them, "
            "and so does --report audit.html",
            soft_wrap=True,
            highlight=False,
        )
        return
    for of_hub in (True, False):
        of_kind = [row for row in rows if (row.partner is None) is of_hub]
        good = {row for row in of_kind if row.worst.good}
        left_out = good if len(good) > _MOST_ROWS and not details else set()
        drawn = [row for row in of_kind if row not in left_out]
        if drawn:
            console.print(_matrix(drawn))
        if left_out:
            console.print(f"and {len(left_out)} more, all compliant", highlight=False)
        console.print()


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


def _write_finding(finding: Finding, console: Console, *, full: bool) -> None:
    sign, style = SIGNS[finding.verdict], _STYLES[finding.verdict]
    where = f"{finding.hub}: " if finding.hub and finding.partner else ""
    message = escape(printable(f"{where}{finding}"))
    line = f"   [{style}]{sign} {finding.verdict}[/] {message}"
    console.print(line, soft_wrap=True, highlight=False)
    if not full:
        return
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
            console.print(
                f"       {name}: {escape(printable(text))}", soft_wrap=True, highlight=False
            )
    console.print()
