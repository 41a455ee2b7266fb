"""Everything about one partner, with its dates and what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.intent.models import Authorisation
from ksz_netops.intent.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from ksz_netops.errors import Origin
    from ksz_netops.intent.models import Connection, Flow, Intent, Partner

SOON: Final = timedelta(days=60)
"""How long before its end a flow is an open point: time to renew an authorisation."""

_SHOWN_APART: Final = frozenset({"id", "method"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """One connection, for a person."""

    id: str
    title: str
    hubs: tuple[str, ...]
    number: int
    details: dict[str, Any]
    """What its file says beyond that, in JSON types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """One flow, for a person."""

    to: str
    reaches: tuple[str, ...]
    authorisation: str
    until: date | None
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A partner on one screen."""

    partner: Partner[Connection]
    origin: Origin | None
    connections: tuple[ConnectionView, ...]
    flows: tuple[FlowView, ...]
    open_points: tuple[str, ...]


def overview(
    intent: Intent, partner_id: str, on: date, secrets: Collection[str] | None = None
) -> Overview:
    """What is known of the partner on the day *on*.

    Args:
        intent: The inventory.
        partner_id: `P00012`.
        on: The day by which flows are open or closed.
        secrets: Names in the vault; None where it is not looked into.

    Raises:
        IntentError: If there is no such partner.
    """
    partners = {partner.id: partner for partner in intent.partners}
    if partner_id not in partners:
        what, fix = f"there is no partner '{partner_id}'", suggestion(partner_id, partners)
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    partner = partners[partner_id]
    return Overview(
        partner=partner,
        origin=intent.origins.get((partner.id,)),
        connections=tuple(_connection(partner, each) for each in partner.connections),
        flows=tuple(_flow(intent, partner, each, on) for each in partner.flows),
        open_points=tuple(_open_points(partner, on, secrets)),
    )


def _connection(partner: Partner[Connection], connection: Connection) -> ConnectionView:
    said = connection.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return ConnectionView(
        id=connection.id,
        title=connection.title,
        hubs=tuple(sorted(connection.hubs())),
        number=connection.number or partner.number,
        details={key: value for key, value in said.items() if key not in _SHOWN_APART},
    )


def _flow(intent: Intent, partner: Partner[Connection], flow: Flow, on: date) -> FlowView:
    permits = intent.extranet.services[flow.to].permits(partner.official_ip.version)
    return FlowView(
        to=flow.to,
        reaches=tuple(str(permit) for permit in permits),
        authorisation=flow.authorisation,
        until=flow.until,
        is_open=flow.open_on(on),
    )


def _open_points(
    partner: Partner[Connection], on: date, secrets: Collection[str] | None
) -> Iterator[str]:
    opened = [
        *(Authorisation(f"flow to {f.to}", f.authorisation, f.until) for f in partner.flows),
        *(each for connection in partner.connections for each in connection.authorisations()),
    ]
    if not any(_holds(each, on) for each in opened):
        yield "no flow is open: the partner is connected and reaches nothing"
    for each in opened:
        yield from _ending(each, on)
    for connection in partner.connections:
        for point in connection.open_points():
            yield f"{connection.id}: {point}"
        for name in connection.secret_names():
            if secrets is not None and name not in secrets:
                yield f"{connection.id}: the vault holds no key '{name}'"
    window = partner.change_window
    if window is not None and window.end.astimezone(BRUSSELS).date() < on:
        yield "the change window is past; agree on another or delete it"


def _holds(authorisation: Authorisation, on: date) -> bool:
    return authorisation.until is None or on <= authorisation.until


def _ending(authorisation: Authorisation, on: date) -> Iterator[str]:
    """That it has ended, or ends soon."""
    opens, _, until = authorisation
    if not _holds(authorisation, on):
        yield f"{opens} ended on {until}; renew its authorisation or delete it"
    elif until is not None and until - on <= SOON:
        yield f"{opens} ends on {until}; renew its authorisation in time"
