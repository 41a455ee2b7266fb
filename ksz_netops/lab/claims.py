"""What the lab claims and `prove` puts to the test, derived from the topology alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.packets import Packet
from ksz_netops.lab.topology import INTERNET, Line
from ksz_netops.state.resources import Permit, Protocol, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.lab.topology import Site, Topology, Uplink
    from ksz_netops.state.resources import IPAddress

_FIRST_MARK: Final = 20000


class Kind(StrEnum):
    """What a claim is about."""

    AUTHORISED = "authorised flow"
    SECOND_WAY = "authorised flow, second way"
    UNAUTHORISED = "unauthorised service"
    OTHER_SOURCE = "other source on the handoff"
    OTHER_PARTNER = "another partner's address"
    UNTUNNELLED = "from the internet in clear"
    RATE_UP = "rate from the partner"
    RATE_DOWN = "rate towards the partner"
    SFTP_TRANSFER = "SFTP put and get"
    SFTP_OTHER_KEY = "SFTP with another key"
    SFTP_OTHER_ADDRESS = "SFTP from another address"
    SFTP_SHELL = "SFTP account asks for a shell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A flow that must pass, asked for by the service's own protocol."""

    partner: str
    service: Permit
    source: IPAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """A packet put on a wire, where neither routes nor filters of its sender are asked."""

    kind: Kind
    partner: str
    hub: str
    sender: str
    """The host that sends it."""
    device: str
    mac: str | None
    """Of the hub's port; None on a tunnel's device."""
    packet: Packet
    sealed_by: str | None = None
    """Name of the site's tunnel whose keys encrypt it, where the site's daemon would refuse to."""

    @property
    def passes(self) -> bool:
        """Whether it must arrive; else it must be dropped and counted."""
        return self.kind is Kind.SECOND_WAY

    @property
    def subject(self) -> str:
        """What is sent, for a person."""
        port = f" port {self.packet.port}" if self.packet.port else ""
        way = f" inside {self.device}" if self.mac is None else f" on {self.device}"
        return (
            f"{self.packet.source} to {self.packet.protocol} {self.packet.destination}{port}{way}"
        )


def authorised(site: Site, services: Iterable[Permit]) -> Iterator[Permit]:
    """The *services* that the partner may reach, each at one address."""
    return (each for each in services if any(_covers(permit, each) for permit in site.permits))


def _covers(permit: Permit, wanted: Permit) -> bool:
    if permit.protocol is not wanted.protocol:
        return False
    if permit.destination.version != wanted.destination.version:
        return False
    if wanted.destination.network_address not in permit.destination:
        return False
    if permit.ports is None or wanted.ports is None:
        return permit.ports == wanted.ports
    return permit.ports[0] <= wanted.ports[0] and wanted.ports[1] <= permit.ports[1]


def passages(topology: Topology, partners: frozenset[str]) -> tuple[Passage, ...]:
    """Every authorised flow of *partners*, from the official address."""
    return tuple(
        Passage(partner=site.partner, service=service, source=site.official)
        for site in topology.sites
        if site.partner in partners and site.uplinks
        for service in authorised(site, topology.services)
    )


def injections(
    topology: Topology, partners: frozenset[str], *, seal: bool
) -> tuple[Injection, ...]:
    """Every packet that a hub must refuse, and those that prove a second way.

    With *seal* the packets inside a tunnel are encrypted by the lab itself.
    """
    marks = itertools.count(_FIRST_MARK)
    found: list[Injection] = []
    for site in topology.sites:
        if site.partner not in partners:
            continue
        allowed = list(authorised(site, topology.services))
        if not allowed:
            continue
        # The mark tells packets apart that are alike in all else.
        found += [
            replace(claim, packet=replace(claim.packet, mark=next(marks)))
            for claim in _of(topology, site, allowed, seal=seal)
        ]
    return tuple(found)


def _of(
    topology: Topology, site: Site, allowed: list[Permit], *, seal: bool
) -> Iterator[Injection]:
    target = allowed[0]
    for number, uplink in enumerate(site.uplinks):
        wire = _wire(topology, site, uplink)
        if number and isinstance(uplink.end, Line):
            yield replace(wire, kind=Kind.SECOND_WAY, packet=_packet(site.official, target))
        for service in _unauthorised(topology, site, allowed):
            yield replace(wire, kind=Kind.UNAUTHORISED, packet=_packet(site.official, service))
        sealed = uplink.token if seal and isinstance(uplink.end, Tunnel) else None
        forged = replace(wire, sealed_by=sealed)
        for source in _other_sources(topology, site, uplink):
            yield replace(forged, kind=Kind.OTHER_SOURCE, packet=_packet(source, target))
        for source in _other_partners(topology, site, uplink):
            yield replace(forged, kind=Kind.OTHER_PARTNER, packet=_packet(source, target))
        yield from _in_clear(topology, site, uplink, target)


def _packet(source: IPAddress, service: Permit) -> Packet:
    return Packet(
        source=source,
        destination=service.destination.network_address,
        protocol=service.protocol,
        mark=0,
        port=service.ports[0] if service.ports else 0,
    )


def _wire(topology: Topology, site: Site, uplink: Uplink) -> Injection:
    """The site's own side of *uplink*, with a packet to be replaced."""
    mac = (
        topology.link(uplink.hub, uplink.end.port.interface).mac
        if isinstance(uplink.end, Line)
        else None
    )
    placeholder = Packet(
        source=site.official, destination=site.official, protocol=Protocol.ICMP, mark=0
    )
    return Injection(
        kind=Kind.UNAUTHORISED,
        partner=site.partner,
        hub=uplink.hub,
        sender=site.partner,
        device=uplink.device,
        mac=mac,
        packet=placeholder,
    )


def _unauthorised(topology: Topology, site: Site, allowed: list[Permit]) -> Iterator[Permit]:
    """A service of somebody else, and a closed port of a service of the partner's own."""
    family = site.official.version
    for service in topology.services:
        if service.destination.version != family or service in allowed:
            continue
        if not any(_touches(permit, service) for permit in site.permits):
            yield service
            break
    for service in allowed:
        if service.ports is None:
            continue
        port = service.ports[1] + 1
        closed = replace(service, ports=(port, port))
        if not any(_covers(permit, closed) for permit in site.permits):
            yield closed
            break


def _touches(permit: Permit, service: Permit) -> bool:
    """Whether *permit* opens any end of *service*."""
    ends = [replace(service, ports=(port, port)) for port in service.ports or ()] or [service]
    return any(_covers(permit, end) for end in ends)


def _other_sources(topology: Topology, site: Site, uplink: Uplink) -> Iterator[IPAddress]:
    """The site's own address on the link, and a neighbour of the official address."""
    taken = {other.official for other in topology.sites}
    taken |= {each.ip for host in topology.hosts for link in host.links for each in link.addresses}
    if isinstance(uplink.end, Line) and uplink.end.address.ip != site.official:
        yield uplink.end.address.ip
    yield next(
        address for step in (1, -1, 2, -2, 3, -3) if (address := site.official + step) not in taken
    )


def _other_partners(topology: Topology, site: Site, uplink: Uplink) -> Iterator[IPAddress]:
    """Another partner of the hub: one from another handoff, and one that shares this one.

    Where the hub is not told the layer-2 address, the carrier has to keep the sharers apart; that
    is nothing for the hub to be proven by.
    """
    apart: list[IPAddress] = []
    sharing: list[IPAddress] = []
    for other in topology.sites:
        if other.partner == site.partner or other.official.version != site.official.version:
            continue
        for way in other.uplinks:
            if way.hub != uplink.hub:
                continue
            shared = (
                isinstance(uplink.end, Line)
                and isinstance(way.end, Line)
                and way.end.port == uplink.end.port
            )
            (sharing if shared else apart).append(other.official)
    both = set(sharing)
    yield from [each for each in apart if each not in both][:1]
    if isinstance(uplink.end, Line) and uplink.end.layer2:
        yield from sharing[:1]


def _in_clear(
    topology: Topology, site: Site, uplink: Uplink, target: Permit
) -> Iterator[Injection]:
    """The official address as the source of what comes in from the internet without a tunnel."""
    port = next(
        (link for link in topology.host(uplink.hub).links if link.segment == INTERNET), None
    )
    if port is None:
        return
    own = next(
        (link for link in topology.host(site.partner).links if link.segment == INTERNET), None
    )
    wire = _wire(topology, site, uplink)
    yield replace(
        wire,
        kind=Kind.UNTUNNELLED,
        sender=site.partner if own else INTERNET,
        device=own.device if own else "net0",
        mac=port.mac,
        packet=_packet(site.official, target),
    )
