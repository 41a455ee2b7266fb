"""What a resource must know of the others to be written: whose way it is, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.state.grammar import Words
from ksz_netops.state.resources import (
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Route,
    Shaper,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.state.resources import DeviceState, IPAddress, Port, Resource, Way

MOST_TRACKS = 1000
"""The highest number that a tracked object can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPlan:
    """One way into the hub."""

    owner: Owner
    interface: Words
    base: Words
    """What its access lists and policies are called, before the direction."""
    families: tuple[int, ...]
    """The IP versions that it carries."""
    probed: tuple[IPAddress, ...]
    """Addresses on the link whose answers to our probes must get in."""
    reverse_path: Words
    """`rx` where every partner's best way is this one, else `any`: a backup's packets must pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All ways of a hub, and the numbers that its resources share."""

    ways: Mapping[Way, WayPlan]
    tracks: Mapping[tuple[Owner, Hop], int]
    """The number of the probe that watches a hop, where one does."""
    peers: tuple[IPAddress, ...]


def layout_of(state: DeviceState) -> Layout:
    """The layout of *state*."""
    handoffs = [each for each in state if isinstance(each, Handoff)]
    tunnels = [each for each in state if isinstance(each, Tunnel)]
    filters = [each for each in state if isinstance(each, PartnerFilter)]
    routes = [each for each in state if isinstance(each, Route)]
    numbers = {each.owner: each.number for each in state if isinstance(each, Shaper)}
    tracks = {
        (route.owner, hop): numbers.get(route.owner, _own_number(route.owner))
        for route in routes
        for hop in watched(route)
    }
    seconds = _second_best(routes, tunnels)
    families: dict[Way, set[int]] = {}
    for handoff in handoffs:
        families.setdefault(handoff.port, set()).update(each.version for each in handoff.addresses)
    for tunnel in tunnels:
        families.setdefault(TunnelEnd(tunnel.number), set()).add(tunnel.official.version)
    for each in filters:
        for entry in each.entries:
            families.setdefault(entry.way, set()).add(each.official.version)

    def plan(owner: Owner, way: Way, probed: Iterable[IPAddress] = ()) -> WayPlan:
        return WayPlan(
            owner=owner,
            interface=Words(names.interface(way)),
            base=Words(names.base(owner, way)),
            families=tuple(sorted(families[way])),
            probed=tuple(sorted(probed, key=lambda each: (each.version, int(each)))),
            reverse_path=Words("any" if way in seconds else "rx"),
        )

    ways: dict[Way, WayPlan] = {}
    for handoff in handoffs:
        probed = [hop.next_hop for _, hop in tracks if hop.port == handoff.port]
        ways.setdefault(handoff.port, plan(handoff.owner, handoff.port, probed))
    for tunnel in tunnels:
        way = TunnelEnd(tunnel.number)
        ways.setdefault(way, plan(tunnel.owner, way))
    peers = sorted({each.peer for each in tunnels}, key=lambda each: (each.version, int(each)))
    return Layout(ways=ways, tracks=tracks, peers=tuple(peers))


def watched(route: Route) -> tuple[Hop, ...]:
    """The hop of *route* that a probe watches: the best one, where another stands behind it."""
    best = min((hop.preference for hop in route.hops), default=0)
    if all(hop.preference == best for hop in route.hops):
        return ()
    return tuple(hop for hop in route.hops if hop.preference == best)


def _own_number(owner: Owner) -> int:
    return int(owner.partner[1:]) if owner.partner else 0


def _second_best(routes: list[Route], tunnels: list[Tunnel]) -> set[Port]:
    """The ports over which somebody may come in whose best way is another."""
    ways: dict[IPAddress, list[tuple[int, Port | None]]] = {}
    for route in routes:
        for hop in route.hops:
            ways.setdefault(route.official, []).append((hop.preference, hop.port))
    for tunnel in tunnels:
        ways.setdefault(tunnel.official, []).append((tunnel.preference, None))
    return {
        port
        for each in ways.values()
        for preference, port in each
        if port is not None and preference > min(other for other, _ in each)
    }


def ways_of(resource: Resource, layout: Layout) -> list[WayPlan]:
    """The ways that *resource* speaks of, as far as they are there."""
    if isinstance(resource, PartnerFilter):
        asked: list[Way] = [entry.way for entry in resource.entries]
    elif isinstance(resource, Shaper):
        asked = [way for way, _ in resource.rates_kbps]
    elif isinstance(resource, Handoff):
        asked = [resource.port]
    elif isinstance(resource, Tunnel):
        asked = [TunnelEnd(resource.number)]
    else:
        asked = []
    return [layout.ways[way] for way in asked if way in layout.ways]
