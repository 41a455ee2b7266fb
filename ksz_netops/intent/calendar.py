"""Moments as people in Brussels write them; kept in UTC.

Twice a year the clocks make an hour that never is and an hour that is twice; a moment in one of
them is refused unless its offset is given.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ksz_netops.intent.words import refusal, shown

BRUSSELS: Final = ZoneInfo("Europe/Brussels")


def instant(value: object) -> datetime:
    """The moment that *value* names, in UTC."""
    try:
        given = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        given = None
    if given is None or "T" not in f"{value}".replace(" ", "T"):
        what = f"{shown(value)} is not a day and a time"
        raise refusal(
            code="KSZ180", what=what, fix="write it as 2026-12-03 20:00, in Brussels time"
        )
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    earlier, later = (given.replace(tzinfo=BRUSSELS, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    if earlier.astimezone(UTC).astimezone(BRUSSELS).replace(tzinfo=None) != given:
        after = given + timedelta(hours=1)
        what = f"{value} never is: the clocks of Brussels go forward then"
        raise refusal(code="KSZ180", what=what, fix=f"did you mean {after:%Y-%m-%d %H:%M}?")
    forms = " or ".join(f"{given:%Y-%m-%d %H:%M}{_offset(each)}" for each in (earlier, later))
    what = f"{value} is twice: the clocks of Brussels go back then"
    raise refusal(code="KSZ180", what=what, fix=f"give the offset: {forms}")


def in_brussels(moment: datetime) -> str:
    """*moment* as people in Brussels write it, with its offset."""
    local = moment.astimezone(BRUSSELS)
    return f"{local:%Y-%m-%d %H:%M}{_offset(local)}"


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"
