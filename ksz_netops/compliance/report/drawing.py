"""Where things stand in the drawings of an audit: the extranet with its hubs, and the trend."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.findings import SEVERITY, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ksz_netops.compliance.history import Taken
    from ksz_netops.compliance.report.matrix import Row

WIDTH: Final = 740
_ROW: Final = 44
_GAP: Final = 22
_MOST: Final = {Verdict.VIOLATED: 24, Verdict.UNKNOWN: 12, Verdict.COMPLIANT: 12}
"""Connections of a hub with one verdict that are drawn; the others are counted."""

TREND_HEIGHT: Final = 120
_MOST_AUDITS: Final = 200
_LABEL: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One connection in the drawing."""

    row: Row
    y: int
    """Middle of its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """More connections with one verdict, which are counted instead of drawn."""

    verdict: Verdict
    count: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnHub:
    """A hub with its connections."""

    name: str
    verdict: Verdict
    """Of the hub itself."""
    y: int
    sites: tuple[Site, ...]
    rest: tuple[Rest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The extranet, its hubs and who comes in by them."""

    hubs: tuple[DrawnHub, ...]
    height: int
    width: int = WIDTH


def drawing(hubs: Sequence[str], rows: Sequence[Row]) -> Drawing:
    """*rows* by their hubs, from top to bottom, worst first."""
    of_hub: defaultdict[str, list[Row]] = defaultdict(list)
    own: dict[str, Verdict] = {}
    for row in rows:
        if row.partner is None:
            own[row.hub] = row.worst
        else:
            of_hub[row.hub].append(row)
    top = _GAP
    drawn = []
    for name in hubs:
        shown, left_out = _shared_out(sorted(of_hub[name], key=lambda row: row.order))
        lines = max(1, len(shown) + len(left_out))
        drawn.append(
            DrawnHub(
                name=name,
                verdict=own.get(name, Verdict.UNKNOWN),
                y=top + lines * _ROW // 2,
                sites=tuple(
                    Site(row=row, y=top + number * _ROW + _ROW // 2)
                    for number, row in enumerate(shown)
                ),
                rest=tuple(
                    Rest(
                        verdict=verdict,
                        count=count,
                        y=top + (len(shown) + number) * _ROW + _ROW // 2,
                    )
                    for number, (verdict, count) in enumerate(left_out.items())
                ),
            )
        )
        top += lines * _ROW + _GAP
    return Drawing(hubs=tuple(drawn), height=top)


def _shared_out(rows: Sequence[Row]) -> tuple[list[Row], dict[Verdict, int]]:
    """Those of *rows* that are drawn, and by verdict how many are counted."""
    shown, rest = [], Counter[Verdict]()
    drawn = Counter[Verdict]()
    for row in rows:
        verdict = Verdict.COMPLIANT if row.worst.good else row.worst
        if drawn[verdict] < _MOST[verdict]:
            drawn[verdict] += 1
            shown.append(row)
        else:
            rest[verdict] += 1
    return shown, dict(sorted(rest.items(), key=lambda item: SEVERITY[item[0]]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How many findings had one verdict, over time."""

    verdict: Verdict
    points: str
    """As SVG writes a polyline; a count stands until the next audit."""
    latest: int
    label_y: float
    """Where the latest count is written: beside its end, and clear of the other label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What is wrong, audit by audit."""

    lines: tuple[Line, ...]
    most: int
    """The count at the top."""
    audits: tuple[Taken, ...]
    width: int = WIDTH
    height: int = TREND_HEIGHT


def trend(audits: Sequence[Taken]) -> Trend | None:
    """The latest of *audits* as lines; None where there are fewer than two."""
    shown = tuple(audits[-_MOST_AUDITS:])
    bad = tuple(verdict for verdict in SEVERITY if not verdict.good)
    if len(shown) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    start = shown[0].at
    length = (shown[-1].at - start).total_seconds()
    most = max(1, *(taken.counts[verdict] for taken in shown for verdict in bad))

    def height(count: int) -> float:
        return round(TREND_HEIGHT * (1 - count / most), 1)

    lines: list[Line] = []
    for verdict in bad:
        points = []
        before: float | None = None
        for taken in shown:
            x = round(WIDTH * (taken.at - start).total_seconds() / length, 1)
            y = height(taken.counts[verdict])
            if before is not None:
                points.append(f"{x},{before}")
            points.append(f"{x},{y}")
            before = y
        latest = shown[-1].counts[verdict]
        label_y = height(latest) + 5
        if lines and abs(label_y - lines[-1].label_y) < _LABEL:
            label_y = lines[-1].label_y + (_LABEL if label_y >= lines[-1].label_y else -_LABEL)
        lines.append(Line(verdict=verdict, points=" ".join(points), latest=latest, label_y=label_y))
    return Trend(lines=tuple(lines), most=most, audits=shown)
