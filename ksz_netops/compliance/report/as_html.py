"""The audit as one page for people: nothing is loaded from anywhere, and nothing runs but its own.

The page is whole without its script, which only narrows it down. Texts from devices and inventory
are escaped by the template, and the page's policy lets no script run but the one named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.explanation import answers, question_of
from ksz_netops.compliance.findings import SEVERITY, Question
from ksz_netops.compliance.report.as_text import ANSWERS
from ksz_netops.compliance.report.drawing import drawing, trend
from ksz_netops.compliance.report.matrix import SIGNS, columns_of, folded, rows_of
from ksz_netops.compliance.report.names import Names
from ksz_netops.intent.calendar import BRUSSELS, in_brussels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.explanation import Cause
    from ksz_netops.compliance.findings import Finding, Verdict
    from ksz_netops.compliance.history import Taken, Violation
    from ksz_netops.compliance.report.matrix import Row

_MOST_OF_A_CAUSE: Final = 12
"""Findings of one cause that are told in full; with more, the first three are."""
_MOST_GOOD: Final = 300
"""Findings with nothing wrong that are listed; more are counted by check."""
_ASKED: Final = {
    Question.SAFE: "Is it safe?",
    Question.UP: "Is it up?",
    Question.IN_ORDER: "Are the papers in order?",
}


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
    environment.filters |= {"words": _words, "brussels": in_brussels, "sum_of": _sum_of}
    rows = rows_of(audit)
    columns = columns_of(rows)
    told = _told(audit.causes)
    numbers = {finding: number for each in told for number, finding in each.findings}
    places = {f: f"finding-{n}" for f, n in numbers.items()}
    places |= {
        f: f"cause-{each.number}" for each in told for f in each.cause.findings if f not in numbers
    }
    folds = folded(rows)
    good = [finding for finding in audit.findings if finding.verdict.good]
    return environment.from_string(_file("audit.html.j2")).render(
        audit=audit,
        names=names or Names(),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        style_hash=_hash(style),
        script_hash=_hash(script),
        day=f"{audit.at.astimezone(BRUSSELS):%-d %B %Y, %H:%M}",
        signs=SIGNS,
        answers=_answers(audit, told),
        causes=told,
        folds=[(fold, _cells(fold.row, columns, places)) for fold in folds],
        columns=columns,
        checks={check.id: check for check in CATALOGUE},
        good=good if len(good) <= _MOST_GOOD else [],
        good_counts=_counted(good) if len(good) > _MOST_GOOD else {},
        drawing=drawing(audit.hubs, rows),
        drawn_rows={fold.row for fold in folds},
        trend=trend(audits),
        standing=[each for each in violations if each.open],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A cause as the page tells it."""

    number: int
    cause: Cause
    findings: tuple[tuple[int, Finding], ...]
    """Those that are told in full, each with its number on the page."""

    @property
    def more(self) -> int:
        """How many findings of it are counted only."""
        return len(self.cause.findings) - len(self.findings)


def _told(causes: Sequence[Cause]) -> list[Told]:
    told, number = [], count(1)
    for place, cause in enumerate(causes, start=1):
        shown = cause.findings if len(cause.findings) <= _MOST_OF_A_CAUSE else cause.findings[:3]
        findings = tuple((next(number), finding) for finding in shown)
        told.append(Told(number=place, cause=cause, findings=findings))
    return told


def _answers(audit: Audit, told: Sequence[Told]) -> list[tuple[str, Verdict, str, int]]:
    """For each question its words, the verdict, the answer in words, and how many causes speak."""
    found = []
    for question, verdict in answers(audit.findings).items():
        looked = any(question_of(finding) is question for finding in audit.findings)
        spoken = sum(
            any(question_of(finding) is question for finding in each.cause.findings)
            for each in told
        )
        words = ANSWERS[verdict] if looked else "not looked at"
        found.append((_ASKED[question], verdict, words, spoken))
    return found


def _cells(
    row: Row, columns: Sequence[str], places: Mapping[Finding, str]
) -> list[tuple[str, Verdict | None, str | None]]:
    """For each of *columns* the verdict, and the place on the page that says what is wrong."""
    found: dict[str, str] = {}
    for finding in row.findings:
        if finding in places:
            found.setdefault(finding.check, places[finding])
    return [(check, row.cells.get(check), found.get(check)) for check in columns]


def _counted(findings: Iterable[Finding]) -> dict[str, dict[Verdict, int]]:
    """By check, how many findings have each verdict."""
    counts = Counter((finding.check, finding.verdict) for finding in findings)
    verdicts = [verdict for verdict in SEVERITY if verdict.good]
    return {
        check.id: {verdict: counts[check.id, verdict] for verdict in verdicts}
        for check in CATALOGUE
        if any(counts[check.id, verdict] for verdict in verdicts)
    }


def _sum_of(counts: Mapping[Verdict, int]) -> int:
    return sum(counts.values())


def _words(verdict: Verdict) -> str:
    return str(verdict).replace("_", " ")


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy names a text that may stand in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
