"""Moments in Brussels: an hour that is twice and one that never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from ksz_netops.intent.calendar import in_brussels, instant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-03 20:00", datetime(2026, 12, 3, 19, 0, tzinfo=UTC)),
        ("2026-07-03 20:00", datetime(2026, 7, 3, 18, 0, tzinfo=UTC)),
        ("2026-10-25 02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25 02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-10-25 01:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25 03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("2026-03-29 03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_of_brussels_is_kept_in_utc(written: str, meant: datetime) -> None:
    assert instant(written) == meant


@pytest.mark.parametrize("written", ["2026-10-25 02:00", "2026-10-25 02:59"])
def test_an_hour_that_is_twice_asks_for_the_offset(written: str) -> None:
    with pytest.raises(PydanticCustomError, match="twice"):
        instant(written)


@pytest.mark.parametrize("written", ["2026-03-29 02:00", "2026-03-29 02:59"])
def test_an_hour_that_never_is_names_the_one_after(written: str) -> None:
    with pytest.raises(PydanticCustomError, match=r"never is.*2026-03-29 03:"):
        instant(written)


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(  # noqa: DTZ001 - given UTC
        lambda each: each.replace(second=0, microsecond=0, tzinfo=UTC)
    )
)
def test_what_is_shown_in_brussels_is_read_as_the_same_moment(moment: datetime) -> None:
    assert instant(in_brussels(moment)) == moment


@given(minutes=st.integers(0, 525_599))
def test_a_moment_without_offset_is_read_or_refused_and_never_shifted(minutes: int) -> None:
    written = f"{datetime(2026, 1, 1) + timedelta(minutes=minutes):%Y-%m-%d %H:%M}"  # noqa: DTZ001 - local
    try:
        meant = instant(written)
    except PydanticCustomError:
        assert written[:13] in {"2026-10-25 02", "2026-03-29 02"}
    else:
        assert in_brussels(meant).startswith(written)
