"""Whole hubs: what comes in by whose way, and what a change touches."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from ksz_netops.proof import Certificate, Leak, Unproven, blast_radius, prove_hub
from ksz_netops.state.resources import (
    DeviceState,
    Entry,
    EthernetPort,
    Owner,
    PartnerFilter,
    Permit,
    Protocol,
    Resource,
    Stray,
)
from support import sample_states as samples
from support.growth import calls

LINE, VPN = samples.LINE_OWNER, samples.VPN_OWNER
DATABASE = Permit(ip_network("192.0.2.77/32"), Protocol.TCP, (5432, 5432))
FEDMAN = EthernetPort("fedman0")


def hub_with(*changed: Resource, without: tuple[Resource, ...] = ()) -> DeviceState:
    gone = {
        *without,
        *(
            each
            for each in samples.HUB
            if each.owner in {c.owner for c in changed} and type(each) in {type(c) for c in changed}
        ),
    }
    return DeviceState.of([*(each for each in samples.HUB if each not in gone), *changed])


def member(partner: str, last: int, mac: str | None) -> PartnerFilter:
    return PartnerFilter(
        owner=Owner.of(partner, "S1"),
        official=ip_address(f"198.51.100.{last}"),
        entries=(Entry(way=FEDMAN, layer2=mac),),
        permits=(samples.WEB,),
    )


def test_a_hub_as_intended_is_proven_for_every_partner() -> None:
    judged = prove_hub(samples.HUB, samples.HUB)

    assert list(judged) == [LINE, VPN]
    assert all(isinstance(each, Certificate) for each in judged.values())
    assert judged[LINE].official == samples.LINE_ADDRESS
    assert len(judged[LINE].rules) == len(samples.LINE_FILTER.permits)


def test_another_address_on_a_partners_line_is_a_leak_with_that_packet() -> None:
    wrong = replace(samples.LINE_FILTER, official=ip_address("198.51.100.2"))

    judged = prove_hub(hub_with(wrong), samples.HUB)

    assert isinstance(judged[LINE], Leak)
    assert judged[LINE].packet.source == wrong.official
    assert isinstance(judged[VPN], Certificate)


def test_an_unauthorised_service_is_a_leak_with_that_packet() -> None:
    wide = replace(samples.VPN_FILTER, permits=(samples.WEB, DATABASE))

    judged = prove_hub(hub_with(wide), samples.HUB)

    assert isinstance(judged[VPN], Leak)
    assert judged[VPN].packet.port == 5432
    assert str(judged[VPN].packet.destination) == "192.0.2.77"


def test_a_filter_that_lets_somebody_else_in_by_a_partners_line_is_that_partners_leak() -> None:
    stranger = replace(
        samples.VPN_FILTER, owner=Owner.of("P00099", "S1"), entries=(Entry(way=samples.LINE1),)
    )

    judged = prove_hub(DeviceState.of([*samples.HUB, stranger]), samples.HUB)

    assert isinstance(judged[LINE], Leak)
    assert isinstance(judged[Owner.of("P00099", "S1")], Leak)
    assert isinstance(judged[VPN], Certificate)


def test_a_missing_filter_lets_nothing_in_and_so_proves_the_rule() -> None:
    judged = prove_hub(hub_with(without=(samples.LINE_FILTER,)), samples.HUB)

    assert isinstance(judged[LINE], Certificate)
    assert judged[LINE].rules == ()


@pytest.mark.parametrize("what", ["stray", "frame"])
def test_what_was_not_understood_leaves_every_partner_unproven(what: str) -> None:
    if what == "stray":
        stray = Stray(statement='iifname "line1" accept', reason="no resource explains it")
        live = DeviceState(samples.HUB.resources, (stray,))
    else:
        live = hub_with(without=(samples.PERIMETER,))

    judged = prove_hub(live, samples.HUB)

    assert all(isinstance(each, Unproven) for each in judged.values())


def test_what_was_not_understood_of_one_connection_may_lie_on_the_way_of_another() -> None:
    stray = Stray(statement='element { "line1" . x }', reason="half of it", token=VPN.token)

    judged = prove_hub(DeviceState(samples.HUB.resources, (stray, stray)), samples.HUB)

    assert isinstance(judged[LINE], Unproven)
    assert str(judged[LINE]).endswith("half of it, and 1 more")


def test_a_leak_is_told_even_where_something_else_was_not_understood() -> None:
    wide = replace(samples.VPN_FILTER, permits=(DATABASE,))
    live = DeviceState(hub_with(wide).resources, (Stray(statement="x", reason="y"),))

    judged = prove_hub(live, samples.HUB)

    assert isinstance(judged[VPN], Leak)
    assert isinstance(judged[LINE], Unproven)


def test_an_entry_for_everybody_where_one_layer2_address_is_intended_is_a_leak() -> None:
    mac = "02:00:00:00:00:07"
    intended = DeviceState.of(
        [samples.PERIMETER, member("P00006", 6, None), member("P00007", 7, mac)]
    )
    live = DeviceState.of([samples.PERIMETER, member("P00006", 6, None), member("P00007", 7, None)])

    judged = prove_hub(live, intended)

    assert isinstance(judged[Owner.of("P00007", "S1")], Leak)
    assert isinstance(judged[Owner.of("P00006", "S1")], Certificate)


def test_the_certificate_names_those_whom_the_carrier_alone_keeps_apart() -> None:
    state = DeviceState.of([member("P00006", 6, None), member("P00007", 7, None)])

    judged = prove_hub(state, state)

    assert isinstance(judged[Owner.of("P00006", "S1")], Certificate)
    assert judged[Owner.of("P00006", "S1")].beside == ("P00007",)


def test_two_connections_of_one_partner_are_proven_each() -> None:
    backup = replace(
        samples.VPN_FILTER,
        owner=Owner.of(LINE.partner, "S2"),
        official=samples.LINE_ADDRESS,
        permits=(samples.WEB,),
    )
    state = DeviceState.of([*samples.WITHOUT_VPN, backup])

    assert list(prove_hub(state, state)) == [LINE, backup.owner]


def test_only_the_partner_whose_packets_differ_is_in_the_blast_radius() -> None:
    wide = replace(samples.VPN_FILTER, permits=(samples.WEB, DATABASE))

    assert blast_radius(samples.HUB, samples.HUB) == ()
    assert blast_radius(samples.HUB, hub_with(wide)) == (VPN.partner,)
    assert blast_radius(samples.HUB, samples.WITHOUT_VPN) == (VPN.partner,)
    assert blast_radius(samples.WITHOUT_VPN, samples.HUB) == (VPN.partner,)


def test_a_prefix_written_as_two_halves_is_no_difference() -> None:
    whole = Permit(ip_network("192.0.2.64/26"), Protocol.TCP, (443, 444))
    halves = tuple(Permit(half, Protocol.TCP, (443, 444)) for half in whole.destination.subnets())
    ports = (replace(whole, ports=(443, 443)), replace(whole, ports=(444, 444)))
    one = hub_with(replace(samples.VPN_FILTER, permits=(whole,)))

    assert blast_radius(one, hub_with(replace(samples.VPN_FILTER, permits=halves))) == ()
    assert blast_radius(one, hub_with(replace(samples.VPN_FILTER, permits=ports))) == ()
    assert blast_radius(one, hub_with(replace(samples.VPN_FILTER, permits=halves[:1]))) == (
        VPN.partner,
    )


def test_another_way_in_is_in_the_blast_radius() -> None:
    moved = replace(samples.VPN_FILTER, entries=(Entry(way=EthernetPort("line2")),))

    assert blast_radius(samples.HUB, hub_with(moved)) == (VPN.partner,)


def shared_interconnect(partners: int) -> DeviceState:
    """A hub whose partners all come in by one port."""
    way = EthernetPort("line1")
    return DeviceState.of(
        PartnerFilter(
            owner=Owner.of(f"P{number:05}", "S1"),
            official=ip_address("100.64.0.0") + number,
            entries=(Entry(way=way),),
            permits=(Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443)),),
        )
        for number in range(1, partners + 1)
    )


def test_the_proof_of_one_port_grows_with_its_partners_and_not_with_their_square() -> None:
    few, many = (shared_interconnect(each) for each in (50, 400))

    work = [calls(lambda each=each: prove_hub(each, each)) for each in (few, many)]

    assert work[1] / work[0] <= 8**1.12


def test_a_certificate_names_some_who_come_in_beside_and_counts_the_others() -> None:
    state = shared_interconnect(40)

    certificate = prove_hub(state, state)[Owner.of("P00001", "S1")]

    assert isinstance(certificate, Certificate)
    assert certificate.beside[0] == "P00002"
    assert len(certificate.beside) + certificate.more_beside == 39
    assert "more" in str(certificate)
