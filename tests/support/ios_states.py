"""States that an IOS-XE hub may hold, drawn at random but coherent, and changes between them."""

from __future__ import annotations

import dataclasses
import hashlib
from ipaddress import ip_address, ip_interface, ip_network
from random import Random
from typing import TYPE_CHECKING

from ksz_netops.state.resources import (
    BundlePort,
    CryptoProfile,
    DeviceState,
    E1Port,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Perimeter,
    Permit,
    Protocol,
    Resource,
    Route,
    Secret,
    Shaper,
    Tunnel,
    TunnelEnd,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.resources import IPAddress, Port

BASELINE = CryptoProfile(
    name="baseline",
    ike_proposals=("aes256gcm16-prfsha384-ecp384", "aes256-sha384-ecp384"),
    esp_proposals=("aes256gcm16-ecp384", "aes256-sha256-ecp384"),
    ike_lifetime_s=86400,
    esp_lifetime_s=14400,
)
HIGH = CryptoProfile(
    name="high",
    ike_proposals=("aes256gcm16-prfsha384-ecp384-ke1_mlkem1024",),
    esp_proposals=("aes256gcm16-ecp384-ke1_mlkem1024",),
    ike_lifetime_s=21600,
    esp_lifetime_s=3600,
)
LOCALS = {"baseline": "203.0.113.1", "high": "203.0.113.2"}
KINDS = ("line", "vlan", "e1", "equal", "backup", "bundle", "fedman", "vpn")
WAYS = {"fedman": EthernetPort("GigabitEthernet0/0/3", 300)}
SERVICES = (
    (10, Protocol.TCP, (443, 443)),
    (10, Protocol.ICMP, None),
    (20, Protocol.TCP, (80, 80)),
    (20, Protocol.UDP, (5000, 5010)),
    (30, Protocol.UDP, (53, 53)),
    (30, Protocol.TCP, (22, 23)),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What one partner of the hub has, small enough to be drawn and changed."""

    number: int
    kind: str
    slot: int
    """Which of the places for its kind it has."""
    six: bool
    services: frozenset[int]
    rate_kbps: int
    crypto: str
    key: int
    connection: int
    preference: int
    renumbered: bool = False
    """Whether its addresses are the second ones that it can have."""

    @property
    def owner(self) -> Owner:
        return Owner.of(f"P{self.number:05}", f"S{self.connection}")

    @property
    def official(self) -> IPAddress:
        host = self.number + 100 * self.renumbered
        if self.six:
            return ip_address(f"2001:db8:77::{host:x}")
        return ip_address(f"198.51.100.{host}") if host < 256 else ip_address("100.64.0.0") + host


LINE = Wish(
    number=5,
    kind="vlan",
    slot=5,
    six=False,
    services=frozenset({0}),
    rate_kbps=512,
    crypto="baseline",
    key=1,
    connection=1,
    preference=10,
)
"""One wish as plain as can be, for tests that vary a part of it."""


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - a sample, not a secret


def a_wish(rng: Random, number: int) -> Wish:
    kind = rng.choice(KINDS)
    return Wish(
        number=number,
        kind=kind,
        slot=number if rng.random() < 0.8 else number + 20,
        six=kind in {"vlan", "fedman", "vpn"} and rng.random() < 0.3,
        services=frozenset(rng.sample(range(len(SERVICES)), rng.randint(0, 4))),
        rate_kbps=128 * rng.randint(1, 16),
        crypto=rng.choice(["baseline", "high"]),
        key=rng.randint(0, 3),
        connection=rng.choice([1, 1, 1, 2]),
        preference=rng.choice([1, 10, 10, 20]),
    )


def wishes(rng: Random, most: int = 6) -> dict[int, Wish]:
    numbers = rng.sample(range(1, 20), rng.randint(0, most))
    return {number: a_wish(rng, number) for number in numbers}


def state(wanted: dict[int, Wish], *, perimeter: bool = True) -> DeviceState:
    """What a hub with *wanted* holds."""
    resources: dict[object, Resource] = {}
    if perimeter:
        resources["perimeter"] = Perimeter(
            owner=Owner.shared("HUB"),
            management=EthernetPort("GigabitEthernet0"),
            management_sources=(ip_network("192.0.2.192/26"),),
            extranet=EthernetPort("GigabitEthernet0/0/1"),
            extranet_prefixes=(ip_network("192.0.2.0/25"), ip_network("2001:db8:ecc::/64")),
            internet=EthernetPort("GigabitEthernet0/0/0"),
        )
    for wish in wanted.values():
        for resource in _expanded(wish):
            port = getattr(resource, "port", None)
            resources[resource.kind, resource.owner, port] = resource
    return DeviceState.of(resources.values())


def permits(wish: Wish) -> tuple[Permit, ...]:
    start = "2001:db8:ecc::" if wish.six else "192.0.2."
    length = 128 if wish.six else 32
    return tuple(
        Permit(ip_network(f"{start}{host}/{length}"), protocol, ports)
        for host, protocol, ports in (SERVICES[index] for index in sorted(wish.services))
    )


def reveal(name: str) -> str:
    return f"{int(name.removeprefix('key')):043}"


def _fingerprint(key: int) -> str:
    return hashlib.sha256(reveal(f"key{key}").encode()).hexdigest()[:16]


def _ports(wish: Wish) -> tuple[Port, ...]:
    slot = wish.slot
    match wish.kind:
        case "line":
            return (EthernetPort(f"GigabitEthernet0/1/{slot}"),)
        case "vlan":
            return (EthernetPort("GigabitEthernet0/0/2", 500 + slot),)
        case "e1":
            return (E1Port(f"0/{slot}/0", 0, None if slot > 20 else (1, 31)),)
        case "equal" | "backup":
            return tuple(E1Port(f"0/{slot}/{line}", slot % 2, (1, 31)) for line in (1, 2))
        case "bundle":
            lines = (E1Port(f"0/{slot}/3"), E1Port(f"0/{slot}/4"))
            return (BundlePort(wish.number, lines),)
        case _:
            return (WAYS["fedman"],)


def _peer(slot: int) -> IPAddress:
    return ip_address(f"203.0.113.{100 + slot}") if slot < 100 else ip_address("100.96.0.0") + slot


def _expanded(wish: Wish) -> Iterator[Resource]:
    owner, official = wish.owner, wish.official
    ways: list[tuple[Way, int]]
    if wish.kind == "vpn":
        ways = [(TunnelEnd(wish.number), wish.rate_kbps)]
        yield Tunnel(
            owner=owner,
            number=wish.number,
            local=ip_address(LOCALS[wish.crypto]),
            peer=_peer(wish.slot),
            local_prefixes=tuple(
                ip_network(each)
                for each in (
                    ["2001:db8:ecc::/64"] if wish.six else ["192.0.2.0/26", "192.0.2.64/26"]
                )
            ),
            official=official,
            crypto={"baseline": BASELINE, "high": HIGH}[wish.crypto],
            secret=Secret(name=f"key{wish.key}", fingerprint=_fingerprint(wish.key)),
            preference=wish.preference,
        )
    else:
        yield from _handed_off(wish)
        ways = [(port, wish.rate_kbps) for port in _ports(wish)]
    yield PartnerFilter(
        owner=owner,
        official=official,
        entries=tuple(Entry(way=way) for way, _ in ways),
        permits=permits(wish),
    )
    yield Shaper(owner=owner, number=wish.number, official=official, rates_kbps=tuple(ways))


def _handed_off(wish: Wish) -> Iterator[Resource]:
    shared = wish.kind == "fedman"
    hops = []
    for index, port in enumerate(_ports(wish)):
        net = 4 * wish.slot + 2 * 128 * index
        link = f"10.{255 - wish.renumbered}.{net // 256}.{net % 256}"
        six = f"2001:db8:{0x100 + wish.slot + 0x100 * wish.renumbered:x}:{index}::"
        addresses = [ip_interface(f"{ip_address(link) + 1}/30")]
        if shared:
            addresses = [ip_interface("10.253.0.1/24"), ip_interface("2001:db8:11::1/64")]
        elif wish.six:
            addresses.append(ip_interface(f"{six}1/64"))
        yield Handoff(
            owner=Owner.shared("NET-FEDMAN") if shared else wish.owner,
            port=port,
            addresses=tuple(addresses),
        )
        if shared:
            via = (
                f"2001:db8:11::{wish.number:x}"
                if wish.six
                else str(ip_address("10.253.0.1") + wish.number)
            )
        else:
            via = f"{six}2" if wish.six else str(ip_address(link) + 2)
        step = index if wish.kind == "backup" else 0
        hops.append(Hop(port=port, next_hop=ip_address(via), preference=wish.preference + step))
    yield Route(owner=wish.owner, official=wish.official, hops=tuple(hops))
