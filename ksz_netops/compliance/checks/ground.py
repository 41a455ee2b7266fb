"""The checks on what a hub must have before anything of ours can work on it.

The hub itself: its ports, its addresses, its default route, its kernel's parameters, its fence.
Each connection: what concerns its port or its address, and what the hub answers when it is asked
where it would send the partner's packets.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import GROUND, NO_WAY
from ksz_netops.compliance.checks.check import (
    OBSERVATIONS,
    Check,
    HubContext,
    each_connection,
    hub_itself,
)
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.state.addresses import is_within, network_of
from ksz_netops.state.resources import (
    EthernetPort,
    Handoff,
    Hop,
    PartnerFilter,
    Perimeter,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.compliance.view import View
    from ksz_netops.state.observations import Ground, Obstacle, Way
    from ksz_netops.state.resources import IPAddress, IPInterface

_EXPECTED: Final = "ports up, addresses as in the hub's file, kernel and fence as prepared"


def hub_has_its_ground(view: View) -> Judgement:
    """The hub's own ports, addresses and default route; nothing in its settings is in the way."""
    seen = view.reading.observations
    perimeters = tuple(view.wanted(Perimeter).values())
    if not perimeters:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    if seen is None:
        return view.observations_unread(_EXPECTED)
    if seen.ground is None:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    if seen.ground.unread:
        return _unread(seen.ground, _EXPECTED)
    doubts = Doubts()
    for perimeter in perimeters:
        _doubt_ports(doubts, view, perimeter)
        _doubt_addresses(doubts, seen.ground, perimeter)
    shared = {str(each.port) for each in view.wanted(Handoff).values()}
    shared |= {str(port) for each in perimeters for port in _ports(each)}
    _doubt_obstacles(
        doubts,
        (
            each
            for each in seen.ground.obstacles
            if each.network is None and (each.port is None or each.port in shared)
        ),
    )
    observed = "; ".join((*doubts.wrong, *doubts.unknown)) or _EXPECTED
    return doubts.judgement(expected=_EXPECTED, observed=observed)


def _unread(ground: Ground, expected: str) -> Judgement:
    why = f"the hub's ground was not read: {ground.unread}"
    return Judgement(verdict=Verdict.UNKNOWN, expected=expected, reason=why)


def _ports(perimeter: Perimeter) -> list[EthernetPort]:
    named = (perimeter.management, perimeter.extranet, perimeter.internet)
    return [port for port in named if port is not None]


def _doubt_ports(doubts: Doubts, view: View, perimeter: Perimeter) -> None:
    for port in _ports(perimeter):
        status = view.ports.get(str(port))
        if status is None or not status.exists:
            doubts.wrong.append(f"{port} does not exist")
        elif not status.up:
            doubts.wrong.append(f"{port} is down")


def _doubt_addresses(doubts: Doubts, ground: Ground, perimeter: Perimeter) -> None:
    if perimeter.base is None:
        return
    held: defaultdict[str, set[IPInterface]] = defaultdict(set)
    for name, address in ground.addresses:
        held[name].add(address)
    for port, addresses in perimeter.base.ports:
        doubts.wrong.extend(
            f"{port} lacks the address {each}" for each in addresses if each not in held[str(port)]
        )
        doubts.wrong.extend(
            f"{port} has the address {each}, which is not the hub's"
            for each in sorted(held[str(port)] - set(addresses), key=str)
        )
    gateway = perimeter.base.gateway
    if gateway is not None and perimeter.internet is not None:
        wanted = (str(perimeter.internet), gateway)
        same = [each for each in ground.gateways if each[1].version == gateway.version]
        if wanted not in same:
            doubts.wrong.append(f"no default route by {gateway} on {perimeter.internet}")
        doubts.wrong.extend(
            f"another default route, by {address} on {name}"
            for name, address in same
            if (name, address) != wanted
        )


def _doubt_obstacles(doubts: Doubts, obstacles: Iterable[Obstacle]) -> None:
    for each in obstacles:
        place = doubts.wrong if each.certain else doubts.unknown
        place.append(f"`{each.statement}` {each.effect}")


def connection_has_its_way(view: View) -> Judgement:
    """Nothing in the hub's settings is in the way, and the hub says that it would send packets."""
    filters = tuple(view.wanted(PartnerFilter).values())
    if not filters:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    seen = view.reading.observations
    expected = "the hub would send the partner's packets on, both ways, as intended"
    if seen is None:
        return view.observations_unread(expected)
    if seen.ground is None:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    if seen.ground.unread:
        return _unread(seen.ground, expected)
    doubts = Doubts()
    ports = {str(each.port) for each in view.wanted(Handoff).values()}
    officials = {each.official for each in filters}
    _doubt_obstacles(
        doubts,
        (
            each
            for each in seen.ground.obstacles
            if (each.port is not None and each.port in ports)
            or (each.network is not None and any(_concerns(each, one) for one in officials))
        ),
    )
    asked = [official for official in officials if _is_to_be_asked_for(official, view)]
    for official in sorted(asked, key=str):
        _doubt_ways(doubts, view, official)
    if not asked and not doubts.wrong and not doubts.unknown:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    observed = "; ".join((*doubts.wrong, *doubts.unknown)) or expected
    return doubts.judgement(expected=expected, observed=observed)


def _is_to_be_asked_for(official: IPAddress, view: View) -> bool:
    """Whether packets of *official* should pass now.

    They should not where nothing is open, or where its tunnel is down: the check on the tunnel
    tells that.
    """
    filters = view.wanted(PartnerFilter).values()
    if not any(each.official == official and each.permits for each in filters):
        return False
    if view.routes_to(official) or not view.has_tunnel_to(official):
        return True
    return any(child.installed for tunnel in view.tunnels for child in tunnel.children)


def _concerns(obstacle: Obstacle, official: IPAddress) -> bool:
    network = obstacle.network
    if network is None or network.version != official.version:
        return False
    return is_within(network_of(official), network)


def _doubt_ways(doubts: Doubts, view: View, official: IPAddress) -> None:
    ground = view.reading.observations.ground if view.reading.observations else None
    ways = [each for each in ground.ways if each.official == official] if ground else []
    for towards in (False, True):
        asked = [each for each in ways if each.is_towards_partner is towards]
        if not asked:
            whom = "to the partner" if towards else "to the extranet"
            doubts.unknown.append(f"the hub was not asked for the way {whom}")
        for way in asked:
            if (wrong := _wrong_with(way, view)) is not None:
                doubts.wrong.append(f"`{way.question}`: {wrong}")


def _wrong_with(way: Way, view: View) -> str | None:
    """What is wrong with the hub's answer; None where it is as intended."""
    if way.port is None:
        return f"would not be sent on ({way.refused})"
    whither = f"would leave by {way.port}"
    if way.next_hop is not None:
        whither += f" to {way.next_hop}"
    if not way.is_towards_partner:
        extranet = view.extranet_port
        return None if way.port == extranet else f"{whither}, not by {extranet}"
    hops = _hops(view, way.official)
    if any(str(hop.port) == way.port and hop.next_hop == way.next_hop for hop in hops):
        return None
    if view.has_tunnel_to(way.official):
        return None if way.is_tunnel else f"{whither}, not into the tunnel"
    return f"{whither}, not by {', '.join(map(str, hops)) or 'any way of the partner'}"


def _hops(view: View, official: IPAddress) -> list[Hop]:
    """All hops to *official* on the hub: several connections of a partner share its address."""
    return [hop for each in view.routes_to(official) for hop in each.hops]


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="ground",
        title="The hub itself: its ports, addresses, kernel and fence",
        reads=OBSERVATIONS,
        criterion=(
            "Management, extranet and internet port up, with the addresses and the default route "
            "of the hub's file; no parameter, rule or neighbour in the way; the fence whole"
        ),
        source="What stands on a hub works only on a hub that works",
        judge=hub_itself(hub_has_its_ground),
        concerns=Question.UP,
        cause=GROUND,
        explains=frozenset({"way", "tunnel-up"}),
    ),
    Check(
        id="way",
        title="The way of a partner's packets, as the hub says it when asked",
        reads=OBSERVATIONS,
        criterion="Sent on in both directions by the intended ports and next hops",
        source="A partner reaches what it is authorised for",
        judge=each_connection(connection_has_its_way),
        concerns=Question.UP,
        cause=NO_WAY,
    ),
)
