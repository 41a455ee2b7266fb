"""Permits without overlap admit the same packets, each by one permit."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.inventory.permits import disjoint
from ksz_netops.state.resources import Permit, Protocol

ADDRESSES = [ip_address(f"192.0.2.{last}") for last in range(8)]
PREFIXES = [
    ip_network((int(address) >> (32 - length) << (32 - length), length))
    for length in (29, 30, 31, 32)
    for address in ADDRESSES
]
PORTS = range(1, 9)


@st.composite
def permits(draw: st.DrawFn) -> Permit:
    protocol = draw(st.sampled_from(Protocol))
    prefix = draw(st.sampled_from(PREFIXES))
    if protocol is Protocol.ICMP:
        return Permit(prefix, protocol)
    first = draw(st.sampled_from(PORTS))
    return Permit(prefix, protocol, (first, draw(st.integers(first, 8))))


def admitting(given: tuple[Permit, ...] | list[Permit], *packet: object) -> int:
    address, protocol, port = packet
    return sum(
        address in permit.destination
        and permit.protocol is protocol
        and (permit.ports is None or permit.ports[0] <= port <= permit.ports[1])  # type: ignore[operator]
        for permit in given
    )


@given(asked=st.lists(permits(), max_size=6))
def test_a_packet_is_admitted_by_exactly_one_permit_if_it_was_asked_for(
    asked: list[Permit],
) -> None:
    found = disjoint(asked)

    for address in ADDRESSES:
        for protocol in Protocol:
            for port in PORTS:
                wanted = min(1, admitting(asked, address, protocol, port))
                assert admitting(found, address, protocol, port) == wanted


@given(asked=st.lists(permits(), max_size=6).flatmap(st.permutations))
def test_the_order_of_flows_has_no_meaning(asked: list[Permit]) -> None:
    assert disjoint(asked) == disjoint(sorted(asked, key=str))
