from __future__ import annotations

import dataclasses
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.state.diff import describe, difference, field_differences
from ksz_netops.state.resources import (
    BundlePort,
    DeviceState,
    E1Port,
    Entry,
    EthernetPort,
    Hop,
    Owner,
    Resource,
    Secret,
    SshKey,
    Stray,
    TunnelEnd,
)
from support.sample_states import (
    ACCOUNT,
    BASELINE,
    FILE_SERVER,
    HANDOFF,
    HUB,
    LINE_FILTER,
    LINE_SHAPER,
    PERIMETER,
    ROUTE,
    TUNNEL,
    VPN_FILTER,
    VPN_SHAPER,
    WITHOUT_VPN,
)

CASES: tuple[tuple[Resource, dict[str, Any], str], ...] = (
    (
        TUNNEL,
        {"official": ip_address("198.51.100.6")},
        "remote selector 198.51.100.6, intended 198.51.100.5",
    ),
    (
        TUNNEL,
        {"local_prefixes": (ip_network("192.0.2.0/24"),)},
        "local selector 192.0.2.0/24, intended 192.0.2.0/25",
    ),
    (TUNNEL, {"peer": ip_address("203.0.113.51")}, "peer 203.0.113.51, intended 203.0.113.50"),
    (
        TUNNEL,
        {"secret": Secret(name="any", fingerprint="feedfeedfeedfeed")},
        "pre-shared key fingerprint feedfeedfeedfeed, intended 0123456789abcdef",
    ),
    (
        TUNNEL,
        {"crypto": dataclasses.replace(BASELINE, esp_proposals=("aes256gcm16-ecp384",))},
        "crypto ESP proposal aes256-sha256-ecp384 missing",
    ),
    (
        TUNNEL,
        {"crypto": dataclasses.replace(BASELINE, ike_lifetime_s=1)},
        "crypto IKE lifetime in s 1, intended 86400",
    ),
    (LINE_FILTER, {"entries": ()}, "entry line1 missing"),
    (
        LINE_FILTER,
        {"entries": (Entry(way=EthernetPort("line1")), Entry(way=EthernetPort("line2")))},
        "entry line2 not intended",
    ),
    (
        LINE_FILTER,
        {"entries": (Entry(way=EthernetPort("line1"), layer2="02:00:00:00:00:01"),)},
        "entry line1 from 02:00:00:00:00:01, intended line1",
    ),
    (
        LINE_FILTER,
        {"permits": LINE_FILTER.permits[:1]},
        "permit tcp 192.0.2.10/32 port 443 missing",
    ),
    (
        VPN_SHAPER,
        {"rates_kbps": ((TunnelEnd(5), 256),)},
        "rate in kbit/s on tunnel 5 256, intended 512",
    ),
    (
        ROUTE,
        {"hops": (Hop(port=EthernetPort("line1"), next_hop=ip_address("192.0.2.131")),)},
        (
            "hop 192.0.2.131 over line1 at preference 10, "
            "intended 192.0.2.130 over line1 at preference 10"
        ),
    ),
    (ACCOUNT, {"directories": ("in",)}, "directory out missing"),
    (
        ACCOUNT,
        {"keys": (*ACCOUNT.keys, SshKey("ssh-ed25519", "AAAA"))},
        "key ssh-ed25519 AAAA not intended",
    ),
    (PERIMETER, {"internet": None}, "internet port none, intended wan0"),
    (PERIMETER, {"file_service": True}, "file service yes, intended no"),
)


@pytest.mark.parametrize(("intended", "change", "words"), CASES, ids=[each[2] for each in CASES])
def test_a_difference_is_told_in_the_words_of_the_field(
    intended: Resource, change: dict[str, Any], words: str
) -> None:
    found: Resource = dataclasses.replace(intended, **change)

    assert [str(each) for each in field_differences(intended, found)] == [words]


def test_fields_that_take_no_part_in_equality_make_no_difference() -> None:
    renamed = dataclasses.replace(TUNNEL, secret=Secret(name="x", fingerprint="0123456789abcdef"))

    assert field_differences(TUNNEL, renamed) == ()


def test_values_that_are_written_alike_and_are_not_still_differ() -> None:
    structured = dataclasses.replace(HANDOFF, port=E1Port("0/1/0"))
    unframed = dataclasses.replace(HANDOFF, port=E1Port("0/1/0", timeslots=None))
    members = (E1Port("0/1/0"), E1Port("0/1/1"))
    bundle = dataclasses.replace(HANDOFF, port=BundlePort(1, members))
    thinner = dataclasses.replace(HANDOFF, port=BundlePort(1, members[:1]))

    assert [str(each) for each in field_differences(structured, unframed)] == [
        "port timeslots none, intended 1, 31"
    ]
    assert [str(each) for each in field_differences(bundle, thinner)] == [
        "port members E1 0/1/1:0 missing"
    ]


def test_only_the_fields_asked_for_are_compared() -> None:
    other = dataclasses.replace(LINE_FILTER, entries=(), permits=())

    assert len(field_differences(LINE_FILTER, other)) == 3
    assert [
        each.field for each in field_differences(LINE_FILTER, other, frozenset({"entries"}))
    ] == ["entry"]


def test_a_state_differs_by_what_comes_goes_and_becomes_another() -> None:
    slower = dataclasses.replace(LINE_SHAPER, rates_kbps=((EthernetPort("line1"), 1024),))
    stray = Stray("route 198.51.100.9 via line1", "no partner has this address", "KSZ-P00009")
    before = DeviceState.of(WITHOUT_VPN.resources, [stray])
    after = DeviceState.of([slower, *(each for each in HUB if each != LINE_SHAPER)])

    change = difference(before, after)

    assert change.partners == ("P00003", "P00005", "P00009")
    assert list(change.lines()) == [
        "+ filter KSZ-P00005-S1",
        "+ shaper KSZ-P00005-S1",
        "+ tunnel KSZ-P00005-S1",
        "~ shaper KSZ-P00003-S1: rate in kbit/s on line1 2048 -> 1024",
        "- stray route 198.51.100.9 via line1 (no partner has this address)",
    ]


def test_a_stray_that_is_there_twice_is_one_too_many() -> None:
    stray = Stray("x", "y")

    assert difference(DeviceState((), (stray, stray)), DeviceState((), (stray,))).strays_gone == (
        stray,
    )


def test_what_is_described_never_loses_the_owner_of_a_difference() -> None:
    change = difference(HUB, WITHOUT_VPN)

    assert change.owners == {Owner.of("P00005", "S1")}


SOME = st.lists(
    st.sampled_from([*HUB.resources, *FILE_SERVER.resources[:1]]), unique_by=lambda each: each.kind
).map(DeviceState.of)


@given(before=SOME, after=SOME)
def test_there_is_a_difference_exactly_where_states_are_not_equal(
    before: DeviceState, after: DeviceState
) -> None:
    change = difference(before, after)

    assert bool(change) == (before != after)
    assert bool(list(change.lines())) == bool(change)
    kept = {*before} - {*change.removed} - {each.before for each in change.changed}
    assert kept | {*change.added} | {each.after for each in change.changed} == {*after}


def test_every_resource_of_the_samples_can_be_described() -> None:
    for resource in (*HUB, *FILE_SERVER, VPN_FILTER):
        assert "object at" not in describe(resource)
        assert resource.owner.token not in describe(resource)
