"""`ksz-netops history`: since when partners are in violation, how often, and for how long."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from ksz_netops.compliance.history import opened
from ksz_netops.intent.calendar import BRUSSELS, in_brussels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ksz_netops.compliance.history import Taken, Violation

_FILE: Final = Path("reports/history.sqlite")
_MONTHS: Final = 3
"""How many months the table has; JSON has all."""


class Format(StrEnum):
    """How the history is shown."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(history)


def history(
    file: Annotated[Path, typer.Option(help="What `audit --history` wrote.")] = _FILE,
    partner: Annotated[str | None, typer.Option(help="Each violation of this partner.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is shown.")] = Format.TEXT,
) -> None:
    """Shows since when partners are in violation, how often they were, and how long each month.

    Exit code 0: nobody is in violation; 2: somebody is; 1: there is no such history.
    """
    with opened(file) as kept:
        violations = kept.violations(partner)
        audits = kept.audits()
    if form is Format.JSON:
        typer.echo(json.dumps(as_data(audits, violations), indent=2))
    else:
        _show(Console(), audits, violations, one=partner)
    raise typer.Exit(2 if any(each.open for each in violations) else 0)


def as_data(audits: Sequence[Taken], violations: Sequence[Violation]) -> dict[str, Any]:
    """The history as JSON types; times in seconds, months by the clocks of Brussels."""
    return {
        "audits": [
            {
                "at": each.at.isoformat(),
                "counts": {str(verdict): count for verdict, count in each.counts.items()},
            }
            for each in audits
        ],
        "partners": {
            name: {
                "in_violation": any(each.open for each in some),
                "violated_s_by_month": {
                    month: int(length.total_seconds())
                    for month, length in time_by_month(some).items()
                },
                "violations": [
                    {
                        "start": each.period.start.isoformat(),
                        "end": each.period.end.isoformat(),
                        "open": each.open,
                        "checks": list(each.checks),
                    }
                    for each in some
                ],
            }
            for name, some in _by_partner(violations)
        },
    }


def time_by_month(violations: Iterable[Violation]) -> dict[str, timedelta]:
    """How long *violations* lasted in each month, as `2026-11`."""
    found: defaultdict[str, timedelta] = defaultdict(timedelta)
    for each in violations:
        for month, length in each.period.by_month(BRUSSELS):
            found[month] += length
    return dict(sorted(found.items()))


def _by_partner(violations: Sequence[Violation]) -> list[tuple[str, list[Violation]]]:
    return [(name, list(some)) for name, some in groupby(violations, key=lambda v: v.partner)]


def _show(
    console: Console, audits: Sequence[Taken], violations: Sequence[Violation], *, one: str | None
) -> None:
    if one is None:
        _show_all(console, audits, violations)
    else:
        table = Table("from", "to", "lasted", "checks", box=None, header_style="bold")
        for each in violations:
            end = "still open" if each.open else in_brussels(each.period.end)
            checks = ", ".join(each.checks)
            table.add_row(in_brussels(each.period.start), end, _length(each.period.length), checks)
        if violations:
            console.print(table)
    if not violations:
        console.print(f"{one or 'no partner'}: never seen in violation")
    if audits:
        first, last = in_brussels(audits[0].at), in_brussels(audits[-1].at)
        console.print(f"{len(audits)} audits from {first} to {last}", soft_wrap=True)


def _show_all(console: Console, audits: Sequence[Taken], violations: Sequence[Violation]) -> None:
    months = sorted({f"{each.at.astimezone(BRUSSELS):%Y-%m}" for each in audits})[-_MONTHS:]
    table = Table(
        "partner",
        "in violation since",
        "times",
        *months,
        "in all",
        "checks",
        box=None,
        header_style="bold",
    )
    rows = []
    for name, some in _by_partner(violations):
        still = next((each for each in reversed(some) if each.open), None)
        lengths = time_by_month(some)
        total = sum(lengths.values(), timedelta())
        row = (
            name,
            in_brussels(still.period.start) if still else "-",
            str(len(some)),
            *(_length(lengths.get(month, timedelta())) for month in months),
            _length(total),
            ", ".join(sorted({check for each in some for check in each.checks})),
        )
        rows.append(((still is None, -total, name), row))
    for _, row in sorted(rows):
        table.add_row(*row)
    if rows:
        console.print(table)


def _length(length: timedelta) -> str:
    """Days, hours and minutes, the two largest that there are."""
    minutes = int(length.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes % 60} min"
