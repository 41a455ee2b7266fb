"""Filters of ten lines as routers and hubs hold them, and one-bit faults in them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import TYPE_CHECKING

from ksz_netops.proof import EVERYWHERE, Action, Packet, Rule, rule_for
from ksz_netops.state.resources import Permit, Protocol
from support.small_space import ALL_PORTS, allows, passes

if TYPE_CHECKING:
    from random import Random

    from ksz_netops.state.resources import IPAddress, IPNetwork

LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A filter that is within its allowance, as device and intent say it."""

    official: IPAddress
    permits: tuple[Permit, ...]
    rules: tuple[Rule, ...]


def _network(address: IPAddress, length: int) -> IPNetwork:
    return ip_network(f"{address}/{length}", strict=False)


def _permit(random: Random, version: int) -> Permit:
    if version == 4:
        address: IPAddress = IPv4Address(0xC6336400 + random.randrange(0x40000))
        length = random.choice((32, 32, 32, 28, 24))
    else:
        address = IPv6Address((0x20010DB80077 << 80) + random.randrange(1 << 40))
        length = random.choice((128, 128, 128, 112, 64))
    protocol = random.choice((Protocol.TCP, Protocol.TCP, Protocol.UDP, Protocol.ICMP))
    first = random.randrange(1, 60000)
    ports = (first, first + random.choice((0, 0, 0, 10)))
    return Permit(_network(address, length), protocol, None if protocol is Protocol.ICMP else ports)


def _guarded(random: Random, official: IPAddress, permit: Permit) -> list[Rule]:
    """What *permit* says, as some devices write it: whole after a part was denied, or in halves."""
    plain = rule_for(official, permit)
    if permit.destination.num_addresses == 1 or random.random() < 0.5:
        return [plain]
    halves = tuple(permit.destination.subnets())
    if random.random() < 0.5:
        return [replace(plain, destinations=halves)]
    return [replace(plain, action=Action.DENY, destinations=halves[:1]), plain]


def sample(random: Random, number: int, *, plain: bool = False) -> Sample:
    """The filter of partner *number*: its permits, then a deny of everything.

    Args:
        random: What draws it.
        number: Of the partner, below 65,535.
        plain: IPv4 only and exactly the lines of the permits, as a platform renders them.
    """
    version = 4 if plain or random.random() < 0.7 else 6
    official: IPAddress = (
        IPv4Address(0x0A000000 + number)
        if version == 4
        else IPv6Address((0x20010DB8 << 96) + number)
    )
    rules: list[Rule] = []
    permits: list[Permit] = []
    while len(rules) < LINES - 1:
        permit = _permit(random, version)
        lines = [rule_for(official, permit)] if plain else _guarded(random, official, permit)
        if len(rules) + len(lines) < LINES:
            rules += lines
            permits.append(permit)
    if not plain and random.random() < 0.3:
        # The intent names the halves, the device the whole.
        index = random.randrange(len(permits))
        halves = permits[index].destination
        if halves.num_addresses > 1:
            permits[index : index + 1] = [
                replace(permits[index], destination=half) for half in halves.subnets()
            ]
    rules.append(Rule(action=Action.DENY, sources=EVERYWHERE, destinations=EVERYWHERE))
    return Sample(official=official, permits=tuple(permits), rules=tuple(rules))


def _flipped(random: Random, network: IPNetwork) -> IPNetwork:
    """*network* with one bit of its address or one bit of its mask changed."""
    if random.random() < 0.3:
        return network.supernet()
    bit = 1 << random.randrange(network.max_prefixlen - network.prefixlen, network.max_prefixlen)
    address = type(network.network_address)(int(network.network_address) ^ bit)
    return _network(address, network.prefixlen)


def _faulty(random: Random, rule: Rule) -> Rule:
    match random.randrange(4):
        case 0:
            return replace(rule, sources=(_flipped(random, rule.sources[0]),))
        case 1:
            first, *others = rule.destinations
            return replace(rule, destinations=(_flipped(random, first), *others))
        case 2:
            protocol = (rule.protocol or 0) ^ (1 << random.randrange(8))
            return replace(rule, protocol=protocol, ports=(ALL_PORTS,))
        case _:
            top = 255 if rule.protocol in {1, 58} else 65535
            ends = [*rule.ports[0]]
            ends[random.randrange(2)] ^= 1 << random.randrange(top.bit_length())
            return replace(rule, ports=((min(ends), max(ends)),))


def _corners(rule: Rule) -> list[Packet]:
    """The packets at the edges of what *rule* matches."""
    ends = [(network[0], network[-1]) for network in (*rule.sources,)]
    others = [(network[0], network[-1]) for network in (*rule.destinations,)]
    return [
        Packet(source=source, destination=destination, protocol=rule.protocol or 0, port=port)
        for source, destination, port in itertools.product(
            itertools.chain(*ends), itertools.chain(*others), rule.ports[0]
        )
    ]


def leaking(random: Random, sound: Sample) -> Sample:
    """*sound* with one bit of one line changed, so that a packet passes that must not.

    That it does is seen with that packet, not inferred.
    """
    while True:
        index = random.choice(
            [i for i, rule in enumerate(sound.rules) if rule.action is Action.PERMIT]
        )
        fault = _faulty(random, sound.rules[index])
        rules = (*sound.rules[:index], fault, *sound.rules[index + 1 :])
        for packet in _corners(fault):
            if passes(rules, packet) and not allows(sound.official, sound.permits, packet):
                return replace(sound, rules=rules)
