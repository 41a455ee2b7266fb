"""Entries of access lists: one form of words for each, and what they say as rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.proof import EVERYWHERE, Action, Rule
from ksz_netops.state.addresses import network_of, read_network
from ksz_netops.state.resources import Permit, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from ksz_netops.state.resources import IPAddress, IPNetwork

V4: Final = 4
V6: Final = 6
End: TypeAlias = "IPv4Network | IPv6Network | str"
"""A prefix, or the name of an object group."""
Ports: TypeAlias = tuple[int, int]

NAMED_PORTS: Final = {
    "tcp": {
        "ftp-data": 20, "ftp": 21, "telnet": 23, "smtp": 25, "time": 37, "whois": 43,
        "domain": 53, "gopher": 70, "finger": 79, "www": 80, "pop2": 109, "pop3": 110,
        "sunrpc": 111, "nntp": 119, "bgp": 179, "irc": 194, "exec": 512, "login": 513,
        "cmd": 514, "lpd": 515, "talk": 517, "uucp": 540, "klogin": 543, "kshell": 544,
        "discard": 9, "daytime": 13, "chargen": 19, "echo": 7, "ident": 113, "tacacs": 49,
        "hostname": 101, "pim-auto-rp": 496, "msrpc": 135, "onep-plain": 15001,
        "onep-tls": 15002, "drip": 3949,
    },
    "udp": {
        "echo": 7, "discard": 9, "time": 37, "nameserver": 42, "tacacs": 49, "domain": 53,
        "bootps": 67, "bootpc": 68, "tftp": 69, "sunrpc": 111, "ntp": 123, "netbios-ns": 137,
        "netbios-dgm": 138, "netbios-ss": 139, "snmp": 161, "snmptrap": 162, "xdmcp": 177,
        "dnsix": 195, "mobile-ip": 434, "isakmp": 500, "biff": 512, "who": 513, "syslog": 514,
        "talk": 517, "rip": 520, "ripv6": 521, "non500-isakmp": 4500, "pim-auto-rp": 496,
        "dhcpv6-client": 546, "dhcpv6-server": 547,
    },
}  # fmt: skip
"""Ports that the router calls by name."""
_PROTOCOLS: Final = {
    "tcp": 6, "udp": 17, "esp": 50, "ahp": 51, "ahp6": 51, "gre": 47, "ospf": 89, "pim": 103,
    "igmp": 2, "eigrp": 88, "sctp": 132,
}  # fmt: skip
ICMP_TYPES: Final = {
    V4: {"echo-reply": 0, "unreachable": 3, "packet-too-big": 3, "echo": 8, "time-exceeded": 11},
    V6: {
        "unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "echo-request": 128,
        "echo-reply": 129, "nd-ns": 135, "nd-na": 136,
    },
}  # fmt: skip
_ICMP_NUMBER: Final = {V4: 1, V6: 58}
_NUMBERED: Final = re.compile(r"(?:sequence )?(\d+) ")
HARMLESS: Final = frozenset({"log", "log-input"})
"""Words at the end of an entry that do not narrow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ace:
    """One entry that permits or denies."""

    family: int
    number: int
    action: str
    protocol: str
    """`ip` and `ipv6` are every protocol."""
    source: End
    source_ports: Ports | None = None
    destination: End
    ports: Ports | None = None
    tail: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = [
            f"sequence {self.number}" if self.family == V6 else str(self.number),
            self.action,
            self.protocol,
            _end(self.source),
            *_ports(self.source_ports),
            _end(self.destination),
            *_ports(self.ports),
            *self.tail,
        ]
        return " ".join(words)


@lru_cache(maxsize=10_000)
def _end(end: End) -> str:
    if isinstance(end, str):
        return f"object-group {end}"
    if end.prefixlen == 0:
        return "any"
    if end.prefixlen == end.max_prefixlen:
        return f"host {end.network_address}"
    if end.version == V6:
        return str(end)
    return f"{end.network_address} {end.hostmask}"


def _ports(ports: Ports | None) -> list[str]:
    if ports is None:
        return []
    first, last = ports
    return [f"eq {first}"] if first == last else [f"range {first} {last}"]


def read(line: str, family: int) -> Ace | None:
    """The entry that *line* is, whatever names it uses; None where that is not understood."""
    words = line.split()
    try:
        if words[0] == "sequence":
            words.pop(0)
        number, action, protocol = int(words.pop(0)), words.pop(0), words.pop(0)
        if action not in {"permit", "deny"}:
            return None
        source = _take_end(words, family)
        source_ports = _take_ports(words, protocol)
        destination = _take_end(words, family)
        ports = _take_ports(words, protocol)
    except (ValueError, IndexError, KeyError):
        return None
    return Ace(
        family=family,
        number=number,
        action=action,
        protocol=protocol,
        source=source,
        source_ports=source_ports,
        destination=destination,
        ports=ports,
        tail=tuple(words),
    )


def _take_end(words: list[str], family: int) -> End:
    first = words.pop(0)
    if first == "any":
        return EVERYWHERE[0] if family == V4 else EVERYWHERE[1]
    if first == "object-group":
        return words.pop(0)
    if first == "host":
        return read_network(words.pop(0))
    if family == V6:
        return read_network(first)
    return read_network(f"{first}/{words.pop(0)}")


def _take_ports(words: list[str], protocol: str) -> Ports | None:
    if not words or words[0] not in {"eq", "range", "gt", "lt", "neq"}:
        return None
    kind = words.pop(0)
    first = _port(words.pop(0), protocol)
    if kind == "eq":
        return first, first
    if kind == "range":
        return first, _port(words.pop(0), protocol)
    if kind == "gt":
        return first + 1, 65535
    if kind == "lt":
        return 0, first - 1
    message = f"no range of ports: {kind}"
    raise ValueError(message)


def _port(word: str, protocol: str) -> int:
    return int(word) if word.isdecimal() else NAMED_PORTS[protocol][word]


def normal(line: str, family: int) -> str:
    """*line* in the one form of words in which entries are compared."""
    ace = read(line, family)
    return str(ace) if ace else " ".join(line.split())


def number_of(line: str) -> int | None:
    """The number at the beginning of *line*."""
    found = _NUMBERED.match(line)
    return int(found[1]) if found else None


@lru_cache(maxsize=10_000)
def end_of(value: IPNetwork | IPAddress | str) -> End:
    """*value* as one end of an entry: a prefix, one address, or the name of an object group."""
    return value if isinstance(value, str) else network_of(value)


def from_partner(number: int, official: IPAddress, permit: Permit) -> str:
    """The entry by which *official* may have what *permit* says."""
    icmp = "echo" if official.version == V4 else "echo-request"
    return str(
        Ace(
            family=official.version,
            number=number,
            action="permit",
            protocol=permit.protocol.value,
            source=end_of(official),
            destination=permit.destination,
            ports=permit.ports,
            tail=(icmp,) if permit.protocol is Protocol.ICMP else (),
        )
    )


def to_partner(number: int, official: IPAddress, permit: Permit) -> str:
    """The entry by which the answers to what *permit* says get to *official*."""
    tails = {Protocol.TCP: ("established",), Protocol.UDP: (), Protocol.ICMP: ("echo-reply",)}
    return str(
        Ace(
            family=official.version,
            number=number,
            action="permit",
            protocol=permit.protocol.value,
            source=permit.destination,
            source_ports=permit.ports,
            destination=end_of(official),
            tail=tails[permit.protocol],
        )
    )


def permit_of(ace: Ace) -> tuple[IPAddress, Permit] | None:
    """Who may have what by *ace*, the twin of `from_partner`; None where it says another thing."""
    source, destination = ace.source, ace.destination
    if isinstance(source, str) or isinstance(destination, str) or ace.action != "permit":
        return None
    if source.prefixlen != source.max_prefixlen or ace.protocol not in set(Protocol):
        return None
    permit = Permit(destination, Protocol(ace.protocol), ace.ports)
    official = source.network_address
    return (official, permit) if from_partner(ace.number, official, permit) == str(ace) else None


def rule(ace: Ace, groups: Mapping[str, tuple[IPNetwork, ...]]) -> Rule | None:
    """What *ace* says, in no vendor's words; None where it denies only part of what it names.

    Where words at its end narrow a permit, the rule permits all that it names.
    """
    narrow = set(ace.tail) - HARMLESS
    types: tuple[Ports, ...] | None = None
    if ace.protocol == "icmp" and len(narrow) == 1:
        (word,) = narrow
        number = ICMP_TYPES[ace.family].get(word)
        if number is not None:
            types = ((number, number),)
            narrow = {word} if word == "packet-too-big" and ace.family == V4 else set()
    if narrow and ace.action == "deny":
        return None
    protocol = _PROTOCOLS.get(ace.protocol)
    if ace.protocol == "icmp":
        protocol = _ICMP_NUMBER[ace.family]
    elif ace.protocol.isdecimal():
        protocol = int(ace.protocol)
    elif protocol is None and ace.protocol not in {"ip", "ipv6"} and ace.action == "deny":
        return None
    every = ((0, 65535),)
    return Rule(
        action=Action.PERMIT if ace.action == "permit" else Action.DENY,
        sources=_networks(ace.source, groups),
        destinations=_networks(ace.destination, groups),
        protocol=protocol,
        ports=types or ((ace.ports,) if ace.ports else every),
        source_ports=(ace.source_ports,) if ace.source_ports else every,
        statement=str(ace),
    )


def _networks(end: End, groups: Mapping[str, tuple[IPNetwork, ...]]) -> tuple[IPNetwork, ...]:
    return groups.get(end, ()) if isinstance(end, str) else (end,)
