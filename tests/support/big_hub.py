"""A hub with many partners, half by line and half by VPN, and audits of it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.explanation import traced
from ksz_netops.compliance.reading import Reading
from ksz_netops.errors import Problem
from ksz_netops.state.observations import PortStatus
from ksz_netops.state.resources import (
    DeviceState,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Route,
    Shaper,
    Tunnel,
    TunnelEnd,
)
from support.sample_audit import AT
from support.sample_states import ALL_UP, CHILD_UP, ECHO, PERIMETER, TUNNEL, TUNNEL_UP, WEB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.observations import Observations
    from ksz_netops.state.resources import Resource

NAME = "hub-bru-1"
NOT_REACHED = Problem(
    code="KSZ401",
    what=f"{NAME}: netops@192.0.2.1 port 22 is not reached (timed out)",
    fix="see whether the hub runs and the way to its management address is open",
)


def big_hub(partners: int) -> DeviceState:
    """What it must hold."""
    of_all = (resource for number in range(1, partners + 1) for resource in _partner(number))
    return DeviceState.of([PERIMETER, *of_all])


def _partner(number: int) -> Iterator[Resource]:
    owner = Owner.of(f"P{number:05}", "S1")
    official = ip_address("100.64.0.0") + number
    way = EthernetPort(f"line{number}") if number % 2 else TunnelEnd(number)
    if isinstance(way, EthernetPort):
        link = ip_address("10.128.0.0") + 4 * number
        yield Handoff(owner=owner, port=way, addresses=(ip_interface(f"{link + 1}/30"),))
        hop = Hop(port=way, next_hop=link + 2)
        yield Route(owner=owner, official=official, hops=(hop,))
    else:
        peer = ip_address("203.0.113.0") + number
        yield replace(TUNNEL, owner=owner, number=number, peer=peer, official=official)
    yield PartnerFilter(
        owner=owner, official=official, entries=(Entry(way=way),), permits=(ECHO, WEB)
    )
    yield Shaper(owner=owner, number=number, official=official, rates_kbps=((way, 512),))


def all_up(desired: DeviceState) -> Observations:
    """What it does where nothing is wrong."""
    tunnels = [each for each in desired if isinstance(each, Tunnel)]
    return replace(
        ALL_UP,
        tunnels=tuple(
            replace(
                TUNNEL_UP,
                token=each.owner.token,
                peer=each.peer,
                peer_identity=str(each.peer),
                children=(replace(CHILD_UP, remote=(ip_network(each.official),)),),
            )
            for each in tunnels
        ),
        ports=tuple(
            PortStatus(name=str(each.port), exists=True, up=True)
            for each in desired
            if isinstance(each, Handoff)
        ),
        admitted=(),
    )


def audit_of(desired: DeviceState, reading: Reading) -> Audit:
    """What an audit of this hub alone finds."""
    return Audit.of(AT, (NAME,), traced(check_hub(desired, reading, at=AT)))


def not_reached(partners: int) -> Audit:
    """An audit of a hub with so many partners that did not answer."""
    return audit_of(big_hub(partners), Reading(hub=NAME, problems=(NOT_REACHED,)))


def sound(partners: int) -> Audit:
    """An audit of a hub with so many partners where nothing is wrong."""
    desired = big_hub(partners)
    return audit_of(desired, Reading(hub=NAME, state=desired, observations=all_up(desired)))
