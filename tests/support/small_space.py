"""A space of packets small enough to look at every one: the oracle that the proof must agree with.

One packet stands for all that no rule drawn here can tell from it. A set of packets is one integer
with a bit for each, and a rule's set is found by asking every packet whether the rule matches it,
so nothing here shares a thought with the interval arithmetic of `ksz_netops.proof`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from ksz_netops.proof import Action, Packet, Rule
from ksz_netops.state.resources import Permit, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from ksz_netops.state.resources import IPAddress, IPNetwork

WITH_PORTS = {6, 17}
ICMPS = {1, 58}
PORTS = (0, 1, 2, 3, 9999)
TYPES = (0, 1, 2, 3, 5, 8, 100, 128, 200, 255)
SOURCE_PORTS = (0, 1, 9999)
ALL_PORTS = (0, 65535)


def _addresses(base: str, elsewhere: str) -> tuple[IPAddress, ...]:
    return (*ip_network(base), ip_address(elsewhere))


SOURCES = {
    4: _addresses("10.0.0.0/30", "172.16.9.9"),
    6: _addresses("2001:db8::/126", "2001:db8:9::9"),
}
DESTINATIONS = {
    4: _addresses("192.0.2.0/30", "172.16.8.8"),
    6: _addresses("2001:db8:1::/126", "2001:db8:9::8"),
}


def _networks(addresses: tuple[IPAddress, ...]) -> list[IPNetwork]:
    """Every prefix of the four addresses, and all addresses that there are."""
    length = addresses[0].max_prefixlen
    found = {
        ip_network((int(address) >> width << width, length - width))
        if address.version == 6
        else ip_network(f"{ip_address(int(address) >> width << width)}/{length - width}")
        for address in addresses[:4]
        for width in (0, 1, 2)
    }
    return [*sorted(found), ip_network("0.0.0.0/0" if length == 32 else "::/0")]


NETWORKS = {id(side): _networks(side) for both in (SOURCES, DESTINATIONS) for side in both.values()}


def _packets() -> list[Packet]:
    found = []
    for version in (4, 6):
        for source in SOURCES[version]:
            for destination in DESTINATIONS[version]:
                ends = {"source": source, "destination": destination}
                found += [
                    Packet(**ends, protocol=protocol, port=port, source_port=source_port)
                    for protocol in sorted(WITH_PORTS)
                    for port in PORTS
                    for source_port in SOURCE_PORTS
                ]
                found += [
                    Packet(**ends, protocol=protocol, port=kind)
                    for protocol in sorted(ICMPS)
                    for kind in TYPES
                ]
                found.append(Packet(**ends, protocol=99))
    return found


PACKETS = _packets()


def set_of(accepts: Callable[[Packet], bool]) -> int:
    """The packets that *accepts*, as bits."""
    return sum(1 << bit for bit, packet in enumerate(PACKETS) if accepts(packet))


@cache
def _from(network: IPNetwork) -> int:
    return set_of(lambda packet: packet.source in network)


@cache
def _to(network: IPNetwork) -> int:
    return set_of(lambda packet: packet.destination in network)


@cache
def _speaking(protocol: int | None, ports: tuple[int, int], source_ports: tuple[int, int]) -> int:
    return set_of(lambda packet: speaks(packet, protocol, (ports,), (source_ports,)))


def speaks(
    packet: Packet,
    protocol: int | None,
    ports: tuple[tuple[int, int], ...],
    source_ports: tuple[tuple[int, int], ...],
) -> bool:
    """Whether protocol and ports of a rule match *packet*."""
    if protocol is None:
        return True
    if packet.protocol != protocol:
        return False
    if protocol in WITH_PORTS and not any(
        first <= packet.source_port <= last for first, last in source_ports
    ):
        return False
    return protocol not in WITH_PORTS | ICMPS or any(
        first <= packet.port <= last for first, last in ports
    )


def matches(rule: Rule, packet: Packet) -> bool:
    """Whether *rule* matches *packet*, which need not be of the small space."""
    return (
        any(packet.source in network for network in rule.sources)
        and any(packet.destination in network for network in rule.destinations)
        and speaks(packet, rule.protocol, rule.ports, rule.source_ports)
    )


def passes(rules: Sequence[Rule], packet: Packet) -> bool:
    """Whether *rules* let *packet* through."""
    for rule in rules:
        if matches(rule, packet):
            return rule.action is Action.PERMIT
    return False


def meaning(permit: Permit, version: int) -> tuple[int, tuple[int, int]]:
    """The protocol's number and the ports or types of *permit*."""
    if permit.protocol is Protocol.ICMP:
        return (1, (8, 8)) if version == 4 else (58, (128, 128))
    return {Protocol.TCP: 6, Protocol.UDP: 17}[permit.protocol], permit.ports


def allows(official: IPAddress, permits: Sequence[Permit], packet: Packet) -> bool:
    """Whether a partner with *official* and *permits* may send *packet*."""
    for permit in permits:
        protocol, (first, last) = meaning(permit, official.version)
        if (
            packet.source == official
            and packet.destination in permit.destination
            and packet.protocol == protocol
            and first <= packet.port <= last
        ):
            return True
    return False


def permitted(rules: Sequence[Rule]) -> int:
    """What *rules* let through of the small space."""
    seen = found = 0
    for rule in rules:
        sources = destinations = speaking = 0
        for network in rule.sources:
            sources |= _from(network)
        for network in rule.destinations:
            destinations |= _to(network)
        for ports in rule.ports:
            for source_ports in rule.source_ports:
                speaking |= _speaking(rule.protocol, ports, source_ports)
        taken = sources & destinations & speaking
        if rule.action is Action.PERMIT:
            found |= taken & ~seen
        seen |= taken
    return found


def allowed(official: IPAddress, permits: Sequence[Permit]) -> int:
    """What a partner may send of the small space."""
    found = 0
    for permit in permits:
        protocol, ports = meaning(permit, official.version)
        speaking = _speaking(protocol, ports, ALL_PORTS)
        found |= _from(ip_network(official)) & _to(permit.destination) & speaking
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A filter with what it should be within."""

    official: IPAddress
    permits: tuple[Permit, ...]
    rules: tuple[Rule, ...]


def _some(random: Random, choices: Sequence[IPNetwork]) -> tuple[IPNetwork, ...]:
    return tuple(random.sample(choices, random.choice((1, 1, 1, 2))))


def _interval(random: Random, top: int) -> tuple[int, int]:
    first = random.randrange(4)
    return (first, random.choice((first, first, random.randrange(first, 4), top)))


def random_permit(random: Random, version: int) -> Permit:
    """Something a partner may reach in the small space."""
    destination = random.choice(NETWORKS[id(DESTINATIONS[version])])
    protocol = random.choice((Protocol.TCP, Protocol.TCP, Protocol.UDP, Protocol.ICMP))
    ports = None if protocol is Protocol.ICMP else _interval(random, 65535)
    return Permit(destination, protocol, ports)


def random_rule(random: Random, version: int) -> Rule:
    """Any rule that the small space can tell from others."""
    protocol = random.choice((None, 6, 6, 17, 1, 58, 99))
    ports = source_ports = (ALL_PORTS,)
    if protocol in ICMPS and random.random() < 0.7:
        ports = (random.choice((_interval(random, 255), (8, 8), (128, 128))),)
    if protocol in WITH_PORTS:
        if random.random() < 0.8:
            ports = tuple(_interval(random, 65535) for _ in range(random.choice((1, 1, 2))))
        if random.random() < 0.2:
            source_ports = (random.choice(((0, 0), (1, 1), (1, 65535))),)
    if random.random() < 0.1:
        version = 10 - version
    return Rule(
        action=random.choice(tuple(Action)),
        sources=_some(random, NETWORKS[id(SOURCES[version])]),
        destinations=_some(random, NETWORKS[id(DESTINATIONS[version])]),
        protocol=protocol,
        ports=ports,
        source_ports=source_ports,
    )


def _narrow(random: Random, official: IPAddress, permit: Permit) -> Rule:
    """A permit of what *permit* allows, or of a part of it."""
    protocol, ports = meaning(permit, official.version)
    inside = [
        network
        for network in NETWORKS[id(DESTINATIONS[official.version])]
        if network.subnet_of(permit.destination)
    ]
    return Rule(
        action=Action.PERMIT,
        sources=(ip_network(official),),
        destinations=_some(random, inside) if len(inside) > 1 else tuple(inside),
        protocol=protocol,
        ports=(ports,),
    )


def random_case(random: Random) -> Case:
    """A filter that is about as often within its allowance as not."""
    version = random.choice((4, 6))
    official = random.choice(SOURCES[version][:4])
    permits = tuple(random_permit(random, version) for _ in range(random.randrange(1, 5)))
    rules = []
    for _ in range(random.randrange(1, 9)):
        rule = random_rule(random, version)
        if rule.action is Action.PERMIT and random.random() < 0.85:
            rule = _narrow(random, official, random.choice(permits))
        rules.append(rule)
    return Case(official=official, permits=permits, rules=tuple(rules))
