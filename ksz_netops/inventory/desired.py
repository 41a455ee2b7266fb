"""What a hub must hold on a day: the intent, expanded into resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.models import Site
from ksz_netops.inventory.permits import disjoint
from ksz_netops.platforms import Target
from ksz_netops.state.resources import (
    BaseAddresses,
    DeviceState,
    EthernetPort,
    Owner,
    Perimeter,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from ksz_netops.intent.models import Connection, Hub, Intent, Partner
    from ksz_netops.state.resources import Permit, Resource, ResourceKey, Secret


def desired_state(
    intent: Intent, hub_name: str, *, secrets: Mapping[str, Secret], on: date
) -> DeviceState:
    """What the hub must hold on the day *on*, when what is past its last day is closed.

    Raises:
        IntentError: If there is no such hub, or the vault lacks a secret; with all of them.
        UnsupportedError: If an attachment of the hub cannot carry what is asked of it.
    """
    hub = _hub(intent, hub_name)
    found: dict[ResourceKey, Resource] = {}
    problems: list[Problem] = []
    for resource in _perimeter(intent, hub_name, hub):
        found[key_of(resource)] = resource
    for partner, connection in intent.connections_on(hub_name):
        if not connection.open_on(on):
            continue
        site = Site(
            partner=partner,
            hub_name=hub_name,
            hub=hub,
            extranet=intent.extranet,
            permits=permits_of(intent, partner, on),
            secrets=secrets,
            origin=intent.origins.get((partner.id, connection.id)),
        )
        try:
            problems += _add(found, connection, site)
        except IntentError as error:
            problems += error.problems
    if problems:
        raise IntentError(problems)
    return DeviceState.of(found.values())


def _add(
    found: dict[ResourceKey, Resource], connection: Connection, site: Site
) -> Iterator[Problem]:
    """Adds what *connection* needs; what several share, such as an interconnect, counts once."""
    for resource in connection.resources(site):
        key = key_of(resource)
        if found.setdefault(key, resource) != resource:
            what = f"{key} is asked for twice, each time otherwise"
            fix = "make both the same"
            yield Problem(code="KSZ116", what=what, fix=fix, origin=site.origin)


def _hub(intent: Intent, name: str) -> Hub:
    if name not in intent.hubs:
        known = ", ".join(sorted(intent.hubs)) or "none"
        what = f"there is no hub '{name}'"
        raise IntentError(Problem(code="KSZ115", what=what, fix=f"use one of: {known}"))
    return intent.hubs[name]


def _perimeter(intent: Intent, name: str, hub: Hub) -> Iterator[Perimeter]:
    yield Perimeter(
        owner=Owner.shared("HUB"),
        management=EthernetPort(hub.management.interface),
        management_sources=hub.management.sources,
        extranet=EthernetPort(hub.extranet.interface) if hub.extranet else None,
        extranet_prefixes=intent.extranet.prefixes,
        internet=EthernetPort(hub.internet.interface) if hub.internet else None,
        file_service=hub.file_service,
        base=_base(hub),
        origin=intent.origins.get(("hub", name)),
    )


def _base(hub: Hub) -> BaseAddresses:
    sides = (side for side in (hub.extranet, hub.internet) if side is not None)
    return BaseAddresses(
        ports=tuple((EthernetPort(side.interface), side.addresses) for side in sides),
        gateway=hub.internet.gateway if hub.internet else None,
    )


def permits_of(intent: Intent, partner: Partner[Connection], on: date) -> tuple[Permit, ...]:
    """What the flows of *partner* open on the day *on*, without overlap."""
    services = intent.extranet.services
    family = partner.official_ip.version
    open_flows = (flow for flow in partner.flows if flow.open_on(on))
    return disjoint(permit for flow in open_flows for permit in services[flow.to].permits(family))


def target_of(intent: Intent, hub_name: str, inventory: Path) -> Target:
    """How the hub is reached; files are looked for in the *inventory*.

    Raises:
        IntentError: If there is no such hub.
    """
    management = _hub(intent, hub_name).management
    return Target(
        name=hub_name,
        address=management.address,
        port=management.port,
        user=management.user,
        private_key=inventory / management.private_key,
        known_hosts=inventory / management.known_hosts,
    )
