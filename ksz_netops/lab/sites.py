"""Partners' sites, read from the resources that the hubs must hold for them."""

from __future__ import annotations

from ipaddress import ip_interface
from itertools import groupby
from typing import TYPE_CHECKING

from ksz_netops.lab.topology import (
    INTERNET,
    Host,
    Line,
    Link,
    Role,
    Site,
    StaticRoute,
    Uplink,
    everything,
    handoff_segment,
    mac_of,
)
from ksz_netops.state.resources import (
    EthernetPort,
    Handoff,
    PartnerFilter,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.intent.models import Hub
    from ksz_netops.state.resources import DeviceState, Hop, IPAddress, IPNetwork


def sites_of(states: Mapping[str, DeviceState]) -> tuple[Site, ...]:
    """Every partner that meets one of the hubs in *states*."""
    found: dict[str, list[tuple[str, Tunnel | Route | SftpAccount | PartnerFilter]]] = {}
    for hub, state in states.items():
        for resource in state:
            partner = resource.owner.partner
            match resource:
                case Tunnel() | Route() | SftpAccount() | PartnerFilter() if partner:
                    found.setdefault(partner, []).append((hub, resource))
                case _:
                    pass
    sites = []
    for partner, pieces in sorted(found.items()):
        uplinks: list[Uplink] = []
        for hub, piece in pieces:
            match piece:
                case Tunnel():
                    rates = _rates(states[hub], piece.owner.token, None)
                    uplinks.append(_tunnel(hub, piece, rates, len(uplinks)))
                case Route():
                    for hop in piece.hops:
                        if isinstance(hop.port, EthernetPort):
                            uplinks.append(_line(hub, states[hub], piece, hop, len(uplinks)))
                case _:
                    pass
        filters = [piece for _, piece in pieces if isinstance(piece, PartnerFilter)]
        sites.append(
            Site(
                partner=partner,
                official=pieces[0][1].official,
                uplinks=tuple(sorted(uplinks, key=lambda each: each.preference)),
                permits=tuple(sorted({each for item in filters for each in item.permits})),
                accounts=tuple(
                    (hub, piece) for hub, piece in pieces if isinstance(piece, SftpAccount)
                ),
            )
        )
    return tuple(sites)


def _rates(
    state: DeviceState, token: str, port: EthernetPort | None
) -> tuple[int | None, int | None]:
    """The contracted rate towards the partner over *port* (or the tunnel), and from it."""
    for resource in state:
        if isinstance(resource, Shaper) and resource.owner.token == token:
            down = [
                rate
                for way, rate in resource.rates_kbps
                if (way == port if port is not None else not isinstance(way, EthernetPort))
            ]
            return (down[0] if down else None, sum(rate for _, rate in resource.rates_kbps))
    return (None, None)


def _tunnel(hub: str, tunnel: Tunnel, rates: tuple[int | None, int | None], number: int) -> Uplink:
    return Uplink(
        token=tunnel.owner.token,
        hub=hub,
        preference=tunnel.preference,
        device=f"ipsec{number}",
        rate_kbps=rates[0],
        rate_up_kbps=rates[1],
        end=tunnel,
    )


def _line(hub: str, state: DeviceState, route: Route, hop: Hop, number: int) -> Uplink:
    port = hop.port
    if not isinstance(port, EthernetPort):
        raise TypeError(port)
    ours = next(
        address
        for resource in state
        if isinstance(resource, Handoff) and resource.port == port
        for address in resource.addresses
        if hop.next_hop in address.network
    )
    layer2 = next(
        (
            entry.layer2
            for resource in state
            if isinstance(resource, PartnerFilter) and resource.owner == route.owner
            for entry in resource.entries
            if entry.way == port
        ),
        None,
    )
    rates = _rates(state, route.owner.token, port)
    interface = f"line{number}"
    return Uplink(
        token=route.owner.token,
        hub=hub,
        preference=hop.preference,
        device=interface if port.vlan is None else f"{interface}.{port.vlan}",
        rate_kbps=rates[0],
        rate_up_kbps=rates[1],
        end=Line(
            port=port,
            gateway=ours.ip,
            address=ip_interface((hop.next_hop, ours.network.prefixlen)),
            layer2=layer2,
        ),
    )


def outer_addresses(site: Site) -> tuple[IPAddress, ...]:
    """The addresses by which the internet knows *site*; the first stands on its interface."""
    peers = [each.end.peer for each in site.uplinks if isinstance(each.end, Tunnel)]
    own = [site.official] if site.accounts else []
    return tuple(dict.fromkeys((*peers, *own)))


def site_host(site: Site, hubs: Mapping[str, Hub], prefixes: tuple[IPNetwork, ...]) -> Host:
    """The host that plays *site*."""
    links: list[Link] = []
    routes: list[StaticRoute] = []
    outer = outer_addresses(site)
    if outer:
        link, defaults = _internet_link(site.partner, outer[0], hubs)
        links.append(link)
        routes += defaults
    for uplink in site.uplinks:
        match uplink.end:
            case Line() as line:
                interface = uplink.device.partition(".")[0]
                links.append(
                    Link(
                        interface=interface,
                        segment=handoff_segment(uplink.hub, line.port.interface),
                        mac=line.layer2 or mac_of(site.partner, interface),
                        vlan=line.port.vlan,
                        addresses=(line.address,),
                    )
                )
            case Tunnel():
                pass
    routes += _extranet_routes(site, prefixes)
    on_links = {address.ip for link in links for address in link.addresses}
    loopback = () if site.official in on_links else (site.official,)
    return Host(
        name=site.partner,
        role=Role.SITE,
        links=tuple(links),
        loopback=loopback,
        routes=tuple(routes),
    )


def _extranet_routes(site: Site, prefixes: tuple[IPNetwork, ...]) -> Iterator[StaticRoute]:
    """The ways to the extranet in the order of their preference, equal ones together."""
    for preference, group in groupby(site.uplinks, key=lambda each: each.preference):
        gateways = tuple(
            (each.end.gateway if isinstance(each.end, Line) else None, each.device)
            for each in group
        )
        for prefix in prefixes:
            if prefix.version == site.official.version:
                yield StaticRoute(
                    prefix=prefix, gateways=gateways, source=site.official, metric=preference
                )


def _internet_link(
    partner: str, outer: IPAddress, hubs: Mapping[str, Hub]
) -> tuple[Link, tuple[StaticRoute, ...]]:
    """The site's interface on the internet, and its way to everything there."""
    length: int = outer.max_prefixlen
    gateway: IPAddress | None = None
    for hub in hubs.values():
        if hub.internet is None:
            continue
        for address in hub.internet.addresses:
            if outer in address.network:
                length = address.network.prefixlen
        if hub.internet.gateway is not None and hub.internet.gateway.version == outer.version:
            gateway = gateway or hub.internet.gateway
    link = Link(
        interface="wan0",
        segment=INTERNET,
        mac=mac_of(partner, "wan0"),
        addresses=(ip_interface((outer, length)),),
    )
    if gateway is None:
        return link, ()
    return link, (StaticRoute(prefix=everything(outer), gateways=((gateway, "wan0"),)),)
