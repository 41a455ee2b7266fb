"""The ways to official addresses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.config.rebuild.values import port_of
from ksz_netops.state.addresses import read_address
from ksz_netops.state.resources import Hop, Owner, Port, Resource, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.rebuild.sections import Sections, StaticRoute
    from ksz_netops.state.resources import IPAddress

_DISCARD: Final = " Null0 250 name "


def routes(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """The routes of connections that come over lines."""
    hops: dict[tuple[Owner, IPAddress], list[StaticRoute]] = {}
    tunnels = set()
    for route in sections.routes:
        if route.way.startswith("Tunnel"):
            tunnels.add(route.owner)
        elif route.via:
            hops.setdefault((route.owner, route.official), []).append(route)
    for owner, official in _without_hops(sections):
        if owner not in tunnels:
            hops.setdefault((owner, official), [])
    for (owner, official), found in hops.items():
        yield partial(_route, owner, official, found, sections.ports)


def _route(
    owner: Owner, official: IPAddress, found: list[StaticRoute], ports: dict[str, Port]
) -> Route:
    return Route(
        owner=owner,
        official=official,
        hops=tuple(
            Hop(
                port=port_of(route.way, ports),
                next_hop=read_address(route.via or ""),
                preference=route.distance,
            )
            for route in found
        ),
    )


def _without_hops(sections: Sections) -> Iterator[tuple[Owner, IPAddress]]:
    """Connections with a filter to whose official address nothing but the discard route leads."""
    discarded = {header.rpartition(_DISCARD)[2] for header in sections.own if _DISCARD in header}
    for token, official in sections.filtered:
        owner = Owner.read(token)
        if owner and names.discard(owner) in discarded:
            yield owner, official
