"""The days that somebody has to know, as a list and for calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

from ksz_netops.compliance.deadlines import Kind, as_icalendar, deadlines
from ksz_netops.errors import KszError
from ksz_netops.inventory.load import load_intent
from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
WAIVER = """\
partner: P00005
connection: S1
hub: hub-bru-1
check: shaper
reason: the operator delivers less until the new line is there
until: 2027-01-31
"""


def test_authorisations_waivers_and_windows_are_listed_by_their_day(tmp_path: Path) -> None:
    folder = good(tmp_path)
    (folder / "waivers").mkdir()
    (folder / "waivers/slow-line.yml").write_text(WAIVER)

    found = deadlines(load_intent(folder), folder)

    assert list(found) == sorted(found, key=lambda each: each.day)
    assert Kind.AUTHORISATION in {each.kind for each in found}
    (waiver,) = (each for each in found if each.kind is Kind.WAIVER)
    assert (waiver.begins, waiver.subject) == (date(2027, 1, 31), "P00005 S1 shaper")


def test_a_calendar_reads_back_with_its_days_and_a_reminder(tmp_path: Path) -> None:
    folder = good(tmp_path)
    found = deadlines(load_intent(folder), folder)

    content = as_icalendar(found, NOW)

    events = Calendar.from_ical(content).walk("VEVENT")
    days = [each.decoded("dtstart") for each in events]
    assert sorted(map(str, days)) == sorted(str(each.begins) for each in found)
    assert len({str(each["uid"]) for each in events}) == len(found)
    assert len(Calendar.from_ical(content).walk("VALARM")) == sum(
        each.kind is Kind.AUTHORISATION for each in found
    )
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert as_icalendar(found, NOW) == content


def test_a_file_that_is_no_waiver_is_named(tmp_path: Path) -> None:
    folder = good(tmp_path)
    (folder / "waivers").mkdir()
    (folder / "waivers/x.yml").write_text("hub: hub-bru-1\n")

    with pytest.raises(KszError, match=r"KSZ810 .*x\.yml"):
        deadlines(load_intent(folder), folder)


def good(tmp_path: Path) -> Path:
    return Inventory.copy(tmp_path / "inventory").folder
