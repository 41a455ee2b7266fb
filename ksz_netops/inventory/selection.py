"""The connections of an inventory, one row each, and those that a person asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, timedelta

    from ksz_netops.intent.models import Connection, Intent, Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One connection of one partner."""

    partner: str
    name: str
    official_ip: str
    connection: str
    method: str
    hubs: tuple[str, ...]
    network: str | None
    profile: str | None
    services: tuple[str, ...]
    """To which the partner has a flow that is open."""
    next_end: date | None
    """The first day on which something ends that is open now; None where all go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What a row must be; an empty part admits everything."""

    hubs: Sequence[str] = ()
    methods: Sequence[str] = ()
    networks: Sequence[str] = ()
    profiles: Sequence[str] = ()
    expiring_within: timedelta | None = None
    partners: Sequence[str] = field(default=())

    def admits(self, row: Row, on: date) -> bool:
        """Whether *row* is wanted on the day *on*."""
        return (
            (not self.hubs or not set(self.hubs).isdisjoint(row.hubs))
            and (not self.methods or row.method in self.methods)
            and (not self.networks or row.network in self.networks)
            and (not self.profiles or row.profile in self.profiles)
            and (not self.partners or row.partner in self.partners)
            and (self.expiring_within is None or _ends_by(row, on + self.expiring_within))
        )


def _ends_by(row: Row, day: date) -> bool:
    return row.next_end is not None and row.next_end <= day


def rows(intent: Intent, criteria: Criteria, on: date) -> Iterator[Row]:
    """The connections that *criteria* admit, in the order of partners."""
    for partner in intent.partners:
        for connection in partner.connections:
            row = _row(partner, connection, on)
            if criteria.admits(row, on):
                yield row


def _row(partner: Partner[Connection], connection: Connection, on: date) -> Row:
    said = connection.model_dump(mode="json")
    flows = [flow for flow in partner.flows if flow.open_on(on)]
    ends = [flow.until for flow in flows] + [each.until for each in connection.authorisations()]
    return Row(
        partner=partner.id,
        name=partner.name,
        official_ip=str(partner.official_ip),
        connection=connection.id,
        method=said["method"],
        hubs=tuple(sorted(connection.hubs())),
        network=said.get("network"),
        profile=said.get("crypto"),
        services=tuple(flow.to for flow in flows),
        next_end=min((end for end in ends if end and end >= on), default=None),
    )
