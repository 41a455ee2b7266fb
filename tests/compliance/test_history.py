"""What the history says of partners, from audits that are only moments."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.history import History, opened
from ksz_netops.compliance.periods import Period
from ksz_netops.errors import KszError
from ksz_netops.intent.calendar import BRUSSELS
from support.sample_audit import AUDIT, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 1, tzinfo=UTC)
GOOD, BAD, BLIND = Verdict.COMPLIANT, Verdict.VIOLATED, Verdict.UNKNOWN


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with opened(tmp_path / "deep" / "history.sqlite", create=True) as made:
        yield made


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def audit(number: float, *findings: Finding) -> Audit:
    return Audit.of(hour(number), ("hub-bru-1",), findings)


def told(history: History, *verdicts: Verdict | None, check: str = "shaper") -> None:
    """One whole audit an hour, with this verdict or no finding at all."""
    for number, verdict in enumerate(verdicts):
        findings = [finding("perimeter", GOOD, partner=None)]
        if verdict is not None:
            findings.append(finding(check, verdict))
        history.append(audit(number, *findings), whole=True)


def periods(history: History) -> list[tuple[float, float, bool]]:
    def hours(moment: datetime) -> float:
        return (moment - START) / timedelta(hours=1)

    return [
        (hours(each.period.start), hours(each.period.end), each.open)
        for each in history.violations("P00005")
    ]


def test_a_violation_lasts_from_the_audit_that_saw_it_to_the_one_that_saw_it_healed(
    history: History,
) -> None:
    told(history, GOOD, BAD, BAD, GOOD, GOOD, BAD, GOOD)

    assert periods(history) == [(1, 3, False), (5, 6, False)]


def test_an_open_violation_lasts_until_it_was_last_seen(history: History) -> None:
    told(history, GOOD, BAD, BAD)

    assert periods(history) == [(1, 2, True)]


def test_what_cannot_be_looked_at_is_not_healed(history: History) -> None:
    told(history, BAD, BLIND, BLIND, GOOD, BLIND, BAD)

    assert periods(history) == [(0, 3, False), (5, 5, True)]


def test_what_a_whole_audit_no_longer_says_is_gone_and_may_come_back(history: History) -> None:
    told(history, GOOD, BAD, None, None, BAD, BAD, None)

    assert periods(history) == [(1, 2, False), (4, 6, False)]


def test_an_audit_of_some_partners_says_nothing_of_the_others(history: History) -> None:
    told(history, BAD)
    history.append(audit(1, finding("shaper", GOOD, partner="P00003")), whole=False)

    assert periods(history) == [(0, 0, True)]


def test_violations_of_two_checks_that_overlap_are_one_and_name_both(history: History) -> None:
    rows = [(BAD, GOOD), (BAD, BAD), (GOOD, BAD), (GOOD, GOOD)]
    for number, (shaper, flows) in enumerate(rows):
        history.append(
            audit(number, finding("shaper", shaper), finding("flows", flows)), whole=True
        )

    (one,) = history.violations()

    assert periods(history) == [(0, 3, False)]
    assert one.checks == ("flows", "shaper")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([GOOD, BAD, BLIND, None]), st.sampled_from([GOOD, BAD, None])),
        min_size=1,
        max_size=12,
    )
)
def test_the_time_in_violation_is_what_hour_by_hour_counting_gives(
    rows: list[tuple[Verdict | None, Verdict | None]],
) -> None:
    bad_hours = 0
    standing = {"shaper": False, "flows": False}
    with opened(Path(":memory:"), create=True) as history:
        for number, row in enumerate(rows):
            findings = [finding("perimeter", GOOD, partner=None)]
            bad_hours += any(standing.values())
            for check, verdict in zip(standing, row, strict=True):
                if verdict is not None:
                    findings.append(finding(check, verdict))
                standing[check] = verdict is BAD or (verdict is BLIND and standing[check])
            history.append(audit(number, *findings), whole=True)
        total = sum((each.period.length for each in history.violations()), timedelta())

    assert total == timedelta(hours=bad_hours)


def test_the_trend_is_the_counts_of_each_audit(history: History) -> None:
    history.append(AUDIT, whole=True)

    (taken,) = history.audits()

    assert taken.at == AUDIT.at
    assert taken.counts == AUDIT.counts


def test_an_audit_is_added_once_and_in_order(history: History) -> None:
    told(history, GOOD, GOOD)

    for number in (1, 0.5):
        with pytest.raises(KszError, match="KSZ801"):
            history.append(audit(number), whole=True)
    assert len(history.audits()) == 2


def test_a_missing_history_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(KszError, match="KSZ802"), opened(tmp_path / "none.sqlite"):
        pass


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.sqlite"
    text.write_text("this is not a database, but it is long enough to be looked at" * 20)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE audits (x)")
    connection.close()

    for file in (text, other):
        with pytest.raises(KszError, match="KSZ803"), opened(file) as history:
            history.audits()


def test_the_history_survives_being_closed(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    with opened(file, create=True) as history:
        told(history, GOOD, BAD)
    with opened(file) as history:
        history.append(audit(5, finding("shaper", GOOD)), whole=False)

        assert periods(history) == [(1, 5, False)]


def test_a_period_is_shared_out_to_the_months_of_brussels() -> None:
    start = datetime(2026, 9, 30, 21, tzinfo=UTC)  # 23:00 in Brussels, summer time
    end = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # 00:30 on 1 November, winter time

    shares = dict(Period(start, end).by_month(BRUSSELS))

    assert shares == {
        "2026-09": timedelta(hours=1),
        "2026-10": timedelta(hours=31 * 24 + 1),
        "2026-11": timedelta(minutes=30),
    }


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made UTC below
    st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_the_months_of_a_period_add_up_to_it(start: datetime, length: timedelta) -> None:
    period = Period(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)

    shares = list(period.by_month(BRUSSELS))

    assert sum((share for _, share in shares), timedelta()) == length
    assert [month for month, _ in shares] == sorted({month for month, _ in shares})
