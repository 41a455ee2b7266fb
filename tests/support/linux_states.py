"""States of a Linux hub for tests with real daemons: lines, tunnels, accounts."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address, ip_interface, ip_network

from ksz_netops.state.resources import (
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
from support.strategies import (
    BASELINE,
    EXTRANET,
    EXTRANET_PORT,
    HUB_ADDRESS,
    INTERNET_PORT,
    MANAGEMENT_PORT,
)

PERIMETER = Perimeter(
    owner=Owner.shared("HUB"),
    management=MANAGEMENT_PORT,
    extranet=EXTRANET_PORT,
    extranet_prefixes=EXTRANET,
    internet=INTERNET_PORT,
)
WEB = Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443))
DNS = Permit(ip_network("192.0.2.0/29"), Protocol.UDP, (53, 53))


def line(
    number: int, *, rate_kbps: int = 2048, permits: tuple[Permit, ...] = (WEB,)
) -> list[Resource]:
    """A leased line of the partner with *number*, on the port of the same number."""
    owner = Owner.of(f"P{number:05}", "S1")
    official = ip_address(f"198.51.100.{number}")
    port = EthernetPort(f"line{number}")
    link = 128 + number * 4
    return [
        Handoff(owner=owner, port=port, addresses=(ip_interface(f"192.0.2.{link + 1}/30"),)),
        Route(
            owner=owner,
            official=official,
            hops=(Hop(port=port, next_hop=ip_address(f"192.0.2.{link + 2}")),),
        ),
        PartnerFilter(owner=owner, official=official, entries=(Entry(way=port),), permits=permits),
        Shaper(owner=owner, number=number, official=official, rates_kbps=((port, rate_kbps),)),
    ]


def keyed(number: int) -> Secret:
    """The pre-shared key of a partner, with the fingerprint of what `reveal` gives for it."""
    name = f"P{number:05}-S1"
    value = reveal(name)
    return Secret(name=name, fingerprint=hashlib.sha256(value.encode()).hexdigest()[:16])


def reveal(name: str) -> str:
    return f"key{name.replace('-', '')}" * 2


def tunnel(number: int, *, official: str | None = None, rate_kbps: int = 512) -> list[Resource]:
    """A tunnel of the partner with *number*, whose official address is its peer's by default."""
    owner = Owner.of(f"P{number:05}", "S1")
    peer = ip_address(f"203.0.113.{number}")
    address = ip_address(official) if official else peer
    return [
        Tunnel(
            owner=owner,
            number=number,
            local=HUB_ADDRESS,
            peer=peer,
            local_prefixes=EXTRANET[:1],
            official=address,
            crypto=BASELINE,
            secret=keyed(number),
        ),
        PartnerFilter(
            owner=owner, official=address, entries=(Entry(way=TunnelEnd(number)),), permits=(WEB,)
        ),
        Shaper(
            owner=owner,
            number=number,
            official=address,
            rates_kbps=((TunnelEnd(number), rate_kbps),),
        ),
    ]


def account(number: int, key: str, *directories: str) -> SftpAccount:
    algorithm, blob = key.split()[:2]
    return SftpAccount(
        owner=Owner.of(f"P{number:05}", "S1"),
        number=number * 100 + 1,
        official=ip_address(f"203.0.113.{number}"),
        keys=(SshKey(algorithm, blob),),
        directories=directories,
    )


def state_of(*groups: list[Resource]) -> DeviceState:
    return DeviceState.of([PERIMETER, *(each for group in groups for each in group)])
