"""Filters as ordered rules of no vendor, and the packets that they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, assert_never

from ksz_netops.proof.boxes import (
    PORTS,
    PROTOCOLS,
    TYPES,
    Box,
    Interval,
    address_at,
    interval_of,
    point_of,
)
from ksz_netops.state.addresses import network_of, read_network
from ksz_netops.state.resources import Permit, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.state.resources import IPAddress, IPNetwork

TCP: Final = 6
UDP: Final = 17
ICMP: Final = 1
ICMPV6: Final = 58
ECHO_REQUEST: Final = {ICMP: 8, ICMPV6: 128}
_WITH_PORTS: Final = {TCP, UDP, 33, 132, 136}
"""TCP, UDP, DCCP, SCTP, UDP-Lite: what has ports."""
_ICMPS: Final = {ICMP, ICMPV6}
_NAMES: Final = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmpv6", 50: "esp", 47: "gre"}

EVERYWHERE: Final = (read_network("0.0.0.0/0"), read_network("::/0"))
"""Every address of both families."""


class Action(Enum):
    """What a rule does with the packets that no rule before it took."""

    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of an ordered filter: the first that matches a packet decides; none denies it.

    A list means any of its members, as object-groups and sets do. A source of one family and a
    destination of the other match nothing.
    """

    action: Action
    sources: tuple[IPNetwork, ...]
    destinations: tuple[IPNetwork, ...]
    protocol: int | None = None
    """As IP numbers it; None is every protocol."""
    ports: tuple[Interval, ...] = (PORTS,)
    """Destination ports, or the types of ICMP, as first and last."""
    source_ports: tuple[Interval, ...] = (PORTS,)
    statement: str = ""
    """The line as the device writes it, for a person to find it."""

    def __post_init__(self) -> None:
        if self.ports == self.source_ports == (PORTS,):
            return
        if self.protocol in _ICMPS:
            sound = self.source_ports == (PORTS,) and all(
                0 <= first <= last <= TYPES for first, last in self.ports
            )
        else:
            sound = self.protocol in _WITH_PORTS and all(
                0 <= first <= last <= PORTS[1] for first, last in (*self.ports, *self.source_ports)
            )
        if not sound:
            message = f"ports that protocol {self.protocol} cannot have: {self.ports}"
            raise ValueError(message)

    def __str__(self) -> str:
        return (
            self.statement
            or " ".join(
                (
                    self.action.value,
                    "ip" if self.protocol is None else protocol_name(self.protocol),
                    _listed(self.sources),
                    _ports(self.source_ports),
                    _listed(self.destinations),
                    _ports(self.ports),
                )
            )
            .replace("  ", " ")
            .rstrip()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A packet as far as a filter looks at it."""

    source: IPAddress
    destination: IPAddress
    protocol: int
    port: int = 0
    """Destination port, or the type of ICMP; 0 where the protocol has neither."""
    source_port: int = 0

    def __str__(self) -> str:
        name = protocol_name(self.protocol)
        if self.protocol in _ICMPS:
            return f"{name} type {self.port} from {self.source} to {self.destination}"
        if self.protocol not in _WITH_PORTS:
            return f"{name} from {self.source} to {self.destination}"
        return (
            f"{name} from {self.source} port {self.source_port}"
            f" to {self.destination} port {self.port}"
        )

    def point(self) -> Box:
        """The packet as the smallest box."""
        source, destination = point_of(self.source), point_of(self.destination)
        protocol, source_port = self.protocol, self.source_port
        port = self.port
        return (
            *(source, source, destination, destination, protocol, protocol),
            *(port, port, source_port, source_port),
        )


def boxes_of(rule: Rule) -> list[Box]:
    """The packets that *rule* matches, whatever stands before it."""
    protocol = rule.protocol
    low, high = PROTOCOLS if protocol is None else (protocol, protocol)
    ports = rule.ports
    if protocol in _ICMPS:
        ports = tuple((first, PORTS[1] if last == TYPES else last) for first, last in ports)
    destinations = [(each.version, *interval_of(each)) for each in rule.destinations]
    found: list[Box] = []
    for source in rule.sources:
        version, (start, end) = source.version, interval_of(source)
        found += [
            (start, end, first, last, low, high, *port, *source_port)
            for other, first, last in destinations
            if other == version
            for port in ports
            for source_port in rule.source_ports
        ]
    return found


def rule_for(official: IPAddress, permit: Permit) -> Rule:
    """The rule that lets *official* have what *permit* says, and no more."""
    number, ports = _meaning(permit, official.version)
    return Rule(
        action=Action.PERMIT,
        sources=(network_of(official),),
        destinations=(permit.destination,),
        protocol=number,
        ports=(ports,),
        statement=f"{official} to {permit}",
    )


def allowance(official: IPAddress, permits: Iterable[Permit]) -> list[Box]:
    """The packets that a partner at *official* with these *permits* may send."""
    version, source = official.version, point_of(official)
    found: list[Box] = []
    for permit in permits:
        if permit.destination.version == version:
            first, last = interval_of(permit.destination)
            number, (low, high) = _meaning(permit, version)
            found.append((source, source, first, last, number, number, low, high, *PORTS))
    return found


def _meaning(permit: Permit, version: int) -> tuple[int, Interval]:
    """The number of the protocol of *permit* and its ports or its type."""
    protocol = permit.protocol
    match protocol:
        case Protocol.TCP:
            return TCP, permit.ports or PORTS
        case Protocol.UDP:
            return UDP, permit.ports or PORTS
        case Protocol.ICMP:
            number = ICMP if version == 4 else ICMPV6  # noqa: PLR2004
            return number, (ECHO_REQUEST[number],) * 2
        case _:
            assert_never(protocol)


def packet_in(box: Box) -> Packet:
    """A packet of *box*, such as a host could really send where the box has one."""
    protocol = next((p for p in (TCP, UDP, ICMP, ICMPV6) if box[4] <= p <= box[5]), box[4])
    source = min(_candidates(box[0], box[1]), key=lambda each: _oddity(each[1]))[1]
    if protocol == ICMP and source.version == 6 and box[4] <= ICMPV6 <= box[5]:  # noqa: PLR2004
        protocol = ICMPV6
    destination = min(_candidates(box[2], box[3]), key=lambda each: _oddity(each[1]))[1]
    port = source_port = 0
    if protocol in _WITH_PORTS:
        port = box[6] or min(box[7], 1)
        source_port = min(max(box[8], 40000), box[9])
    elif protocol in _ICMPS:
        port = min(box[6], TYPES)
        echo = ECHO_REQUEST[protocol]
        port = echo if box[6] <= echo <= box[7] else port
    return Packet(
        source=source,
        destination=destination,
        protocol=protocol,
        port=port,
        source_port=source_port,
    )


def protocol_name(number: int) -> str:
    """The usual name of IP protocol *number*, or the number."""
    return _NAMES.get(number, f"protocol {number}")


def _candidates(first: int, last: int) -> list[tuple[int, IPAddress]]:
    points = {first, min(first + 1, last), (first + last) // 2, last}
    return [(point, address_at(point)) for point in sorted(points)]


def _oddity(address: IPAddress) -> int:
    """How unlike the address of an ordinary host; lower is better."""
    return sum(
        (
            address.is_unspecified,
            address.is_multicast,
            address.is_loopback,
            address.is_link_local,
            address.is_reserved,
        )
    )


def _listed(networks: tuple[IPNetwork, ...]) -> str:
    texts = [str(each) for each in networks]
    return texts[0] if len(texts) == 1 else "{" + ", ".join(texts) + "}"


def _ports(ports: tuple[Interval, ...]) -> str:
    if ports == (PORTS,):
        return ""
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ports]
    return "port " + ",".join(texts)
