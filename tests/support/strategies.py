"""Hypothesis strategies for the states of hubs: sound ones, as `desired_state` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from ksz_netops.state.resources import (
    CryptoProfile,
    DeviceState,
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
    SftpAccount,
    Shaper,
    SshKey,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

BASELINE = CryptoProfile(
    name="baseline",
    ike_proposals=("aes256gcm16-prfsha384-ecp384", "aes256-sha384-ecp384"),
    esp_proposals=("aes256gcm16-ecp384", "aes256-sha256-ecp384"),
    ike_lifetime_s=86400,
    esp_lifetime_s=14400,
)
STRICT = CryptoProfile(
    name="strict",
    ike_proposals=("aes256gcm16-prfsha384-ecp384",),
    esp_proposals=("aes256gcm16-ecp384",),
    ike_lifetime_s=21600,
    esp_lifetime_s=3600,
)
EXTRANET = (ip_network("192.0.2.0/25"), ip_network("2001:db8:ecc::/64"))
EXTRANET_PORT = EthernetPort("ext0")
INTERNET_PORT = EthernetPort("wan0")
MANAGEMENT_PORT = EthernetPort("mgmt0")
HUB_ADDRESS = IPv4Address("203.0.113.1")
HUB_ADDRESS6 = IPv6Address("2001:db8:f::1")


@dataclass(frozen=True)
class Shape:
    """What a platform's hubs can have."""

    vlans: bool = True
    file_service: bool = True
    lines: int = 4
    """How many ports for lines there are: line1, line2, …"""


def official_of(number: int, *, ipv6: bool) -> IPv4Address | IPv6Address:
    """The official address of the partner with *number*."""
    if ipv6:
        return IPv6Address(f"2001:db8:77::{number:x}")
    return IPv4Address(int(IPv4Address("198.18.0.0")) + number)


def secret_of(number: int, generation: int = 0) -> Secret:
    """The pre-shared key of the partner with *number*."""
    return Secret(name=f"P{number:05}-S1", fingerprint=f"{number * 7919 + generation:016x}")


def key_value(secret: Secret) -> str:
    """A key for *secret*, for tests that push one; its fingerprint is not the secret's."""
    return f"{secret.name}{secret.fingerprint}".replace("-", "x")


def perimeters(*, file_service: bool) -> st.SearchStrategy[Perimeter]:
    """The frame of a hub."""
    sources = st.sampled_from(
        [(), (ip_network("10.9.0.0/24"),), (ip_network("10.9.0.0/24"), ip_network("fd00::/64"))]
    )
    return st.builds(
        Perimeter,
        owner=st.just(Owner.shared("HUB")),
        management=st.just(MANAGEMENT_PORT),
        management_sources=sources,
        extranet=st.just(EXTRANET_PORT),
        extranet_prefixes=st.sampled_from([EXTRANET[:1], EXTRANET]),
        internet=st.just(INTERNET_PORT),
        file_service=st.just(file_service),
    )


@st.composite
def permits(draw: st.DrawFn, version: int) -> tuple[Permit, ...]:
    """What a partner may reach; no two of them overlap."""
    base = "192.0.2." if version == 4 else "2001:db8:ecc::"
    found: list[Permit] = []
    for host in draw(st.lists(st.integers(0, 7), max_size=3, unique=True)):
        length = draw(st.sampled_from([32, 29] if version == 4 else [128, 125]))
        destination = ip_network(f"{base}{host * 8 if version == 4 else f'{host * 8:x}'}/{length}")
        protocol = draw(st.sampled_from([Protocol.TCP, Protocol.UDP, Protocol.ICMP]))
        if protocol is Protocol.ICMP:
            found.append(Permit(destination, protocol))
            continue
        first = draw(st.integers(1, 65000))
        found.append(
            Permit(destination, protocol, (first, first + draw(st.sampled_from([0, 0, 10, 512]))))
        )
    return tuple(found)


RATES = st.sampled_from([128, 512, 1984, 2048, 10240])


def _line(
    draw: st.DrawFn, number: int, port_number: int, shape: Shape, *, ipv6: bool
) -> Iterator[Resource]:
    owner = Owner.of(f"P{number:05}", "S1")
    official = official_of(number, ipv6=ipv6)
    vlan = draw(st.sampled_from([None, 500 + port_number])) if shape.vlans else None
    ports = [EthernetPort(f"line{port_number}", vlan)]
    if draw(st.booleans()) and port_number < shape.lines:
        ports.append(EthernetPort(f"line{port_number + 1}"))
    hops = []
    mac = draw(st.sampled_from([None, f"02:00:00:00:00:{number:02x}"]))
    for index, port in enumerate(ports):
        link = port_number * 2 + index
        if ipv6:
            mine, theirs = f"2001:db8:11:{link:x}::1/64", f"2001:db8:11:{link:x}::2"
        else:
            mine, theirs = f"192.0.2.{129 + link * 4}/30", f"192.0.2.{130 + link * 4}"
        yield Handoff(owner=owner, port=port, addresses=(ip_interface(mine),))
        preference = draw(st.sampled_from([10, 20])) if index else 10
        hops.append(Hop(port=port, next_hop=ip_address(theirs), preference=preference, layer2=mac))
    yield Route(owner=owner, official=official, hops=tuple(hops))
    yield PartnerFilter(
        owner=owner,
        official=official,
        entries=tuple(Entry(way=port, layer2=mac) for port in ports),
        permits=draw(permits(official.version)),
    )
    if draw(st.booleans()):
        yield Shaper(
            owner=owner,
            number=number,
            official=official,
            rates_kbps=tuple((port, draw(RATES)) for port in ports),
        )


def _tunnel(draw: st.DrawFn, number: int, *, ipv6: bool) -> Iterator[Resource]:
    owner = Owner.of(f"P{number:05}", "S1")
    peer = IPv4Address(f"203.0.113.{100 + number}")
    official = official_of(number, ipv6=ipv6)
    if not ipv6 and draw(st.booleans()):
        official = peer
    yield Tunnel(
        owner=owner,
        number=number,
        local=HUB_ADDRESS,
        peer=peer,
        local_prefixes=tuple(each for each in EXTRANET if each.version == official.version),
        official=official,
        crypto=draw(st.sampled_from([BASELINE, STRICT])),
        secret=secret_of(number, draw(st.integers(0, 1))),
        preference=draw(st.sampled_from([10, 20])),
    )
    yield PartnerFilter(
        owner=owner,
        official=official,
        entries=(Entry(way=TunnelEnd(number)),),
        permits=draw(permits(official.version)),
    )
    yield Shaper(
        owner=owner,
        number=number,
        official=official,
        rates_kbps=((TunnelEnd(number), draw(RATES)),),
    )


KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIE"


def _account(draw: st.DrawFn, number: int) -> Iterator[Resource]:
    letters = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True))
    yield SftpAccount(
        owner=Owner.of(f"P{number:05}", "S1"),
        number=number * 100 + 1,
        official=official_of(number, ipv6=False),
        keys=tuple(SshKey("ssh-ed25519", f"{KEY}{each * 42}") for each in letters),
        directories=tuple(draw(st.sampled_from([("in",), ("in", "out")]))),
    )


@st.composite
def device_states(draw: st.DrawFn, shape: Shape = Shape()) -> DeviceState:
    """What a hub may be asked to hold; partner numbers from 1 to 9, so that two states meet."""
    file_service = shape.file_service and draw(st.booleans())
    resources: list[Resource] = [draw(perimeters(file_service=file_service))]
    numbers = draw(st.lists(st.integers(1, 9), max_size=4, unique=True))
    kinds = ["line", "tunnel", "sftp"] if file_service else ["line", "tunnel"]
    port_number = 1
    for number in numbers:
        ipv6 = draw(st.integers(0, 3)) == 0
        match draw(st.sampled_from(kinds)):
            case "line" if port_number <= shape.lines:
                resources.extend(_line(draw, number, port_number, shape, ipv6=ipv6))
                port_number += 2
            case "sftp":
                resources.extend(_account(draw, number))
            case _:
                resources.extend(_tunnel(draw, number, ipv6=ipv6))
    return DeviceState.of(resources)
