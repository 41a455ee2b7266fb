"""The audit as one page for people: nothing is loaded from anywhere, and nothing runs but its own.

The page is whole without its script, which only narrows it down. Texts from devices and inventory
are escaped by the template, and the page's policy lets no script run but the one named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.report.drawing import drawing, trend
from ksz_netops.compliance.report.matrix import SIGNS, columns_of, rows_of
from ksz_netops.compliance.report.names import Names
from ksz_netops.intent.calendar import BRUSSELS, in_brussels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.findings import Finding, Verdict
    from ksz_netops.compliance.history import Taken, Violation
    from ksz_netops.compliance.report.matrix import Row


def html_report(
    audit: Audit,
    *,
    names: Names | None = None,
    audits: Sequence[Taken] = (),
    violations: Sequence[Violation] = (),
) -> str:
    """*audit* as a page.

    Args:
        audit: What was found.
        names: What partners and methods are called.
        audits: Former audits, oldest first, for the trend.
        violations: What the history says of partners.
    """
    style, script = _file("audit.css"), _file("audit.js")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"words": _words, "brussels": in_brussels}
    rows, bad = rows_of(audit), tuple(enumerate(audit.bad, start=1))
    columns = columns_of(rows)
    of_partner: defaultdict[str | None, list[tuple[int, Finding]]] = defaultdict(list)
    for number, finding in bad:
        of_partner[finding.partner].append((number, finding))
    return environment.from_string(_file("audit.html.j2")).render(
        audit=audit,
        names=names or Names(),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        style_hash=_hash(style),
        script_hash=_hash(script),
        day=f"{audit.at.astimezone(BRUSSELS):%-d %B %Y, %H:%M}",
        signs=SIGNS,
        rows=[(row, _cells(row, columns, of_partner[row.partner])) for row in rows],
        columns=columns,
        checks={check.id: check for check in CATALOGUE},
        bad=bad,
        good=[finding for finding in audit.findings if finding.verdict.good],
        drawing=drawing(audit.hubs, rows),
        trend=trend(audits),
        standing=[each for each in violations if each.open],
    )


def _cells(
    row: Row, columns: Sequence[str], findings: Sequence[tuple[int, Finding]]
) -> list[tuple[str, Verdict | None, int | None]]:
    """For each of *columns* the verdict, and the number of the finding that says what is wrong."""
    numbers: dict[str, int] = {}
    for number, finding in findings:
        if finding.hub in {row.hub, None} and finding.connection in {row.connection, None}:
            numbers.setdefault(finding.check, number)
    return [(check, row.cells.get(check), numbers.get(check)) for check in columns]


def _words(verdict: Verdict) -> str:
    return str(verdict).replace("_", " ")


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy names a text that may stand in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
