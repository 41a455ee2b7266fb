"""All that the inventory says of one hub: its sides, what is attached where, what is sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.errors import Origin
    from ksz_netops.intent.models import Hub, Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """One place where a line or an interconnect attaches."""

    name: str
    where: str
    network: str | None
    partners: tuple[str, ...]
    """Who uses it; a line's place that nobody uses is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOverview:
    """A hub on one screen."""

    name: str
    origin: Origin | None
    platform: str
    reached_at: str
    sides: tuple[str, ...]
    file_service: bool
    attachments: tuple[AttachmentView, ...]
    connections: tuple[str, ...]
    """`P00007 S1 ipsec_vpn`, in the order of partners."""
    uplink_kbps: int | None
    sold_kbps: int
    """Of the uplink, by tunnels."""


def hub_overview(intent: Intent, name: str) -> HubOverview:
    """What is known of the hub called *name*.

    Raises:
        IntentError: If there is no such hub.
    """
    if name not in intent.hubs:
        what, fix = f"there is no hub '{name}'", suggestion(name, intent.hubs)
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    hub = intent.hubs[name]
    here = list(intent.connections_on(name))
    management = hub.management
    return HubOverview(
        name=name,
        origin=intent.origins.get(("hub", name)),
        platform=hub.platform,
        reached_at=f"{management.user}@{management.address} port {management.port}",
        sides=tuple(_sides(hub)),
        file_service=hub.file_service,
        attachments=tuple(_attachments(intent, name, hub)),
        connections=tuple(
            f"{partner.id} {connection.id} {connection.title}" for partner, connection in here
        ),
        uplink_kbps=hub.internet.uplink_kbps if hub.internet else None,
        sold_kbps=sum(connection.uplink_kbps(name) for _, connection in here),
    )


def _sides(hub: Hub) -> Iterator[str]:
    yield f"management {hub.management.interface}"
    for word, side in (("extranet", hub.extranet), ("internet", hub.internet)):
        if side is not None:
            yield f"{word} {side.interface} {', '.join(map(str, side.addresses))}"


def _attachments(intent: Intent, name: str, hub: Hub) -> Iterator[AttachmentView]:
    used: dict[str, list[str]] = {}
    for partner, connection in intent.connections_on(name):
        for attachment in _named(connection.model_dump(mode="json"), name):
            used.setdefault(attachment, []).append(partner.id)
    for word, place in hub.attachments.items():
        yield AttachmentView(
            name=word,
            where=place.interface or place.controller or "",
            network=place.network,
            partners=tuple(dict.fromkeys(used.get(word, ()))),
        )


def _named(node: object, hub: str) -> Iterator[str]:
    """Every attachment that stands together with *hub* in a connection."""
    match node:
        case {"hub": str(name), "attachment": str(attachment)} if name == hub:
            yield attachment
        case dict():
            for value in node.values():
                yield from _named(value, hub)
        case list():
            for value in node:
                yield from _named(value, hub)
        case _:
            return
