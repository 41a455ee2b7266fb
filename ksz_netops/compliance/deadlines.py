"""The days on which something ends or may begin: authorisations, waivers, change windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from icalendar import Alarm, Calendar, Event

from ksz_netops.compliance.waivers import FOLDER, read_waiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ksz_netops.intent.models import Intent

RENEWAL: Final = timedelta(days=60)
"""How long before its end an authorisation has to be renewed."""
_PRODUCT: Final = "-//ksz-netops//deadlines//EN"


class Kind(StrEnum):
    """What a day is about."""

    AUTHORISATION = "authorisation ends"
    WAIVER = "waiver ends"
    WINDOW = "change window"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Deadline:
    """One day, or one window, that somebody has to know."""

    begins: date | datetime
    """The last day of what ends; the start of a window."""
    kind: Kind
    subject: str
    """The partner, and what of it."""
    what: str
    ends: datetime | None = None
    """The end of a window."""

    @property
    def day(self) -> date:
        """The day by which deadlines are sorted."""
        return self.begins.date() if isinstance(self.begins, datetime) else self.begins


def deadlines(intent: Intent, inventory: Path) -> tuple[Deadline, ...]:
    """Everything in the inventory that has a day, the first one first.

    Raises:
        KszError: If a waiver cannot be read.
    """
    found = [*_of_partners(intent), *_of_waivers(inventory)]
    return tuple(sorted(found, key=lambda each: (each.day, each.kind, each.subject, each.what)))


def _of_partners(intent: Intent) -> Iterator[Deadline]:
    for partner in intent.partners:
        held = [(flow.to, flow.authorisation, flow.until) for flow in partner.flows]
        held += [each for connection in partner.connections for each in connection.authorisations()]
        for opens, reference, until in held:
            if until is not None:
                yield Deadline(
                    begins=until,
                    kind=Kind.AUTHORISATION,
                    subject=f"{partner.id} {opens}",
                    what=f"{reference}: {partner.name}",
                )
        if partner.change_window is not None:
            yield Deadline(
                begins=partner.change_window.start,
                ends=partner.change_window.end,
                kind=Kind.WINDOW,
                subject=partner.id,
                what=partner.name,
            )


def _of_waivers(inventory: Path) -> Iterator[Deadline]:
    for file in sorted((inventory / FOLDER).glob("*.yml")):
        waiver = read_waiver(file, file.read_bytes())
        whose = " ".join(part for part in (waiver.partner, waiver.connection) if part)
        yield Deadline(
            begins=waiver.until,
            kind=Kind.WAIVER,
            subject=f"{whose or waiver.hub} {waiver.check}",
            what=f"{file.stem}: {waiver.reason}",
        )


def as_icalendar(found: tuple[Deadline, ...], at: datetime) -> bytes:
    """*found* as an iCalendar file (RFC 5545), made *at*; equal input gives equal bytes."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for deadline in found:
        event = Event()
        event.add("uid", f"{deadline.kind}/{deadline.subject}/{deadline.begins}@ksz-netops")
        event.add("dtstamp", at)
        event.add("dtstart", deadline.begins)
        event.add("dtend", deadline.ends or deadline.day + timedelta(days=1))
        event.add("summary", f"{deadline.kind}: {deadline.subject}")
        event.add("description", deadline.what)
        if deadline.kind is Kind.AUTHORISATION:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", -RENEWAL)
            alarm.add("description", f"renew {deadline.what}")
            event.add_component(alarm)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
