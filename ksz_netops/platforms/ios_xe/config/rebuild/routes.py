"""The ways to official addresses."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.config.rebuild.filters import filtered
from ksz_netops.platforms.ios_xe.config.rebuild.values import port_of
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.resources import Hop, Owner, Port, Resource, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPAddress

_ROUTE: Final = re.compile(
    r"ip(?:v6)? route (?P<to>\S+)(?: 255\.255\.255\.255)? (?P<way>[A-Za-z]\S+)"
    r"(?: (?P<via>[\d.]+\.\d+|[0-9a-f:]*:[0-9a-f:.]*))?(?: (?P<distance>\d+))?"
    r" name (?P<token>\S+)(?: track \d+)?"
)


def static_routes(own: Tree) -> Iterator[tuple[Owner, IPAddress, str, str | None, int]]:
    """Owner, destination, interface, next hop and preference of each of our routes."""
    for header in own:
        found = _ROUTE.fullmatch(header)
        owner = Owner.read(found["token"]) if found else None
        if found and owner:
            network = read_network(found["to"])
            distance = int(found["distance"] or 1)
            yield owner, network.network_address, found["way"], found["via"], distance


def routes(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    """The routes of connections that come over lines."""
    hops: dict[tuple[Owner, IPAddress], list[tuple[str, str, int]]] = {}
    tunnels = set()
    for owner, official, way, via, distance in static_routes(own):
        if way.startswith("Tunnel"):
            tunnels.add(owner)
        elif via:
            hops.setdefault((owner, official), []).append((way, via, distance))
    for owner, official in _without_hops(own):
        if owner not in tunnels:
            hops.setdefault((owner, official), [])
    for (owner, official), found in hops.items():
        yield partial(_route, owner, official, found, ports)


def _route(
    owner: Owner, official: IPAddress, found: list[tuple[str, str, int]], ports: dict[str, Port]
) -> Route:
    return Route(
        owner=owner,
        official=official,
        hops=tuple(
            Hop(port=port_of(way, ports), next_hop=read_address(via), preference=distance)
            for way, via, distance in found
        ),
    )


def _without_hops(own: Tree) -> Iterator[tuple[Owner, IPAddress]]:
    """Connections with a filter to whose official address nothing but the discard route leads."""
    for token, official in filtered(own):
        owner = Owner.read(token)
        if owner and any(
            header.endswith(f" Null0 250 name {names.discard(owner)}") for header in own
        ):
            yield owner, official
