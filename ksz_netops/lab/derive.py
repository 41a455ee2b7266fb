"""From the intent to the lab's topology.

Sites are built from the resources that the hubs must hold, seen from the other side: nothing here
knows a connection method, and a new one needs no change of the lab.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface, ip_interface, ip_network
from typing import TYPE_CHECKING

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.sites import outer_addresses, site_host, sites_of
from ksz_netops.lab.topology import (
    EXTRANET,
    INTERNET,
    MANAGEMENT,
    STATION,
    Door,
    Host,
    Link,
    Role,
    Site,
    StaticRoute,
    Topology,
    everything,
    handoff_segment,
    mac_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ksz_netops.intent.models import Hub, Intent
    from ksz_netops.state.resources import DeviceState, IPAddress, IPInterface, IPNetwork, Permit


def topology_of(intent: Intent, states: Mapping[str, DeviceState]) -> Topology:
    """The lab for the hubs in *states*, which gives what each of them must hold.

    Raises:
        LabError: If a hub's management does not lie on a loopback address of the machine.
    """
    hubs = {name: intent.hubs[name] for name in sorted(states)}
    ours = frozenset(each.ip for hub in hubs.values() for each in _addresses(hub))
    services = _services(intent, ours)
    sites = sites_of(states)
    doors = _doors(hubs)
    hosts = [
        *(_hub(door, hubs[door.hub]) for door in doors),
        _extranet(hubs, sites, services),
        _internet(hubs, sites),
        *(site_host(site, hubs, intent.extranet.prefixes) for site in sites),
    ]
    return Topology(
        hosts=tuple(hosts),
        sites=sites,
        doors=doors,
        services=services,
        prefixes=intent.extranet.prefixes,
    )


def _addresses(hub: Hub) -> Iterator[IPInterface]:
    for side in (hub.extranet, hub.internet):
        if side is not None:
            yield from side.addresses


def _doors(hubs: Mapping[str, Hub]) -> tuple[Door, ...]:
    problems = []
    doors: dict[tuple[str, int], Door] = {}
    for name, hub in hubs.items():
        way = hub.management
        if not way.address.startswith("127."):
            problems.append(
                Problem(
                    code="KSZ506",
                    what=f"hub {name} is managed at {way.address}, which is not this machine's",
                    fix="give each hub of a lab a port on 127.0.0.1 in its host_vars",
                )
            )
        elif way.sources and not any(STATION.ip in prefix for prefix in way.sources):
            problems.append(
                Problem(
                    code="KSZ506",
                    what=f"hub {name} may not be managed from {STATION.ip}, the lab's own station",
                    fix=f"add {STATION.ip}/32 to the sources in its host_vars",
                )
            )
        elif (way.address, way.port) in doors:
            other = doors[way.address, way.port].hub
            problems.append(
                Problem(
                    code="KSZ506",
                    what=f"hubs {other} and {name} are both managed at {way.address}:{way.port}",
                    fix="give each hub of a lab a port of its own in its host_vars",
                )
            )
        # The port makes the address: it differs between hubs, and no other hub's coming or going
        # changes it.
        inside = STATION.network[way.port + 256 * 256 * (int(way.address.split(".")[-1]) % 2)]
        doors[way.address, way.port] = Door(
            hub=name, address=way.address, port=way.port, inside=inside
        )
    if problems:
        raise LabError(problems)
    return tuple(doors.values())


def _hub(door: Door, hub: Hub) -> Host:
    management = Link(
        interface=hub.management.interface,
        segment=MANAGEMENT,
        mac=mac_of(door.hub, hub.management.interface),
        addresses=(IPv4Interface((door.inside, STATION.network.prefixlen)),),
    )
    links = [management]
    routes = []
    if hub.extranet is not None:
        links.append(_base(door.hub, hub.extranet.interface, EXTRANET, hub.extranet.addresses))
    if hub.internet is not None:
        device = hub.internet.interface
        links.append(_base(door.hub, device, INTERNET, hub.internet.addresses))
        if hub.internet.gateway is not None:
            gateway = hub.internet.gateway
            routes.append(StaticRoute(prefix=everything(gateway), gateways=((gateway, device),)))
    attached = {each.interface for each in hub.attachments.values() if each.interface is not None}
    links += [
        Link(
            interface=interface,
            segment=handoff_segment(door.hub, interface),
            mac=mac_of(door.hub, interface),
            up=False,
        )
        for interface in sorted(attached - {link.interface for link in links})
    ]
    return Host(name=door.hub, role=Role.HUB, links=tuple(links), routes=tuple(routes))


def _base(host: str, interface: str, segment: str, addresses: tuple[IPInterface, ...]) -> Link:
    return Link(
        interface=interface, segment=segment, mac=mac_of(host, interface), addresses=addresses
    )


def _single(address: IPAddress) -> IPNetwork:
    return ip_network(str(address))


def _services(intent: Intent, ours: frozenset[IPAddress]) -> tuple[Permit, ...]:
    found: dict[Permit, None] = {}
    for service in intent.extranet.services.values():
        for family in (4, 6):
            for permit in service.permits(family):
                for address in representatives(permit.destination, ours):
                    found[replace(permit, destination=_single(address))] = None
    return tuple(sorted(found, key=str))


def representatives(prefix: IPNetwork, taken: frozenset[IPAddress]) -> tuple[IPAddress, ...]:
    """The addresses that stand for *prefix*: its first and its last host that is not *taken*."""
    if prefix.num_addresses == 1:
        return (prefix.network_address,)
    last = int(prefix.broadcast_address)
    first = int(prefix.network_address)
    address = type(prefix.network_address)
    lower = next(
        address(number) for number in range(first + 1, last) if address(number) not in taken
    )
    upper = next(
        address(number) for number in range(last - 1, first, -1) if address(number) not in taken
    )
    return (lower,) if lower == upper else (lower, upper)


def _extranet(hubs: Mapping[str, Hub], sites: Iterable[Site], services: Iterable[Permit]) -> Host:
    side = [
        interface
        for hub in hubs.values()
        if hub.extranet is not None
        for interface in hub.extranet.addresses
    ]
    addresses = []
    for address in dict.fromkeys(permit.destination.network_address for permit in services):
        lengths = [each.network.prefixlen for each in side if address in each.network]
        addresses.append(ip_interface((address, max(lengths, default=address.max_prefixlen))))
    routes = []
    for site in sites:
        for uplink in site.uplinks:
            hub = hubs[uplink.hub]
            gateways = [
                each.ip
                for each in (hub.extranet.addresses if hub.extranet else ())
                if each.version == site.official.version
            ]
            if gateways:
                way = ((gateways[0], "ext0"),)
                routes.append(StaticRoute(prefix=_single(site.official), gateways=way))
                break
    link = Link(
        interface="ext0",
        segment=EXTRANET,
        mac=mac_of(EXTRANET, "ext0"),
        addresses=tuple(addresses),
    )
    return Host(name=EXTRANET, role=Role.EXTRANET, links=(link,), routes=tuple(routes))


def _internet(hubs: Mapping[str, Hub], sites: Iterable[Site]) -> Host:
    addresses: dict[IPInterface, None] = {}
    for hub in hubs.values():
        if hub.internet is not None and hub.internet.gateway is not None:
            gateway = hub.internet.gateway
            length = next(
                (
                    each.network.prefixlen
                    for each in hub.internet.addresses
                    if gateway in each.network
                ),
                gateway.max_prefixlen,
            )
            addresses[ip_interface((gateway, length))] = None
    networks = [each.network for each in addresses]
    routes = []
    for site in sites:
        outer = outer_addresses(site)
        for number, address in enumerate(outer):
            if any(address in network for network in networks):
                continue
            # The site is a neighbour on the segment; what its address says of the distance is
            # between the router and the hubs.
            via = None if number == 0 or address.version != outer[0].version else outer[0]
            routes.append(StaticRoute(prefix=_single(address), gateways=((via, "net0"),)))
    link = Link(
        interface="net0",
        segment=INTERNET,
        mac=mac_of(INTERNET, "net0"),
        addresses=tuple(addresses),
    )
    return Host(name=INTERNET, role=Role.INTERNET, links=(link,), routes=tuple(routes))
