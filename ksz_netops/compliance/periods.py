"""Periods of time: laid together where they meet, and shared out to the months they fall in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From *start* to *end*, which is not in it; both in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def by_month(self, zone: ZoneInfo) -> Iterator[tuple[str, timedelta]]:
        """How much of it falls in each month, as `2026-11`, by the clocks of *zone*."""
        start = self.start
        while start < self.end:
            local = start.astimezone(zone)
            year, month = divmod(local.year * 12 + local.month, 12)
            following = datetime(year, month + 1, 1, tzinfo=zone).astimezone(UTC)
            end = min(following, self.end)
            yield f"{local:%Y-%m}", end - start
            start = end


def merged(things: Iterable[tuple[Period, T]]) -> Iterator[list[tuple[Period, T]]]:
    """*things* in groups whose periods overlap or touch, oldest first."""
    group: list[tuple[Period, T]] = []
    for period, thing in sorted(things, key=lambda each: each[0]):
        if group and period.start > max(each.end for each, _ in group):
            yield group
            group = []
        group.append((period, thing))
    if group:
        yield group
