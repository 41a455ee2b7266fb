"""What the verification after a commit finds of partners, touched and untouched."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.hub.outcome import ChangeEvidence, Snapshot
from ksz_netops.change.verification import verify_change
from ksz_netops.state.diff import difference
from ksz_netops.state.observations import Counter, Observations
from ksz_netops.state.resources import DeviceState, Owner, Secret
from support.change_world import World
from support.sample_states import (
    ALL_UP,
    ECHO,
    HUB,
    LINE,
    LINE_ADDRESS,
    LINE_FILTER,
    PERIMETER,
    TUNNEL,
    TUNNEL_UP,
    VPN,
    VPN_ADDRESS,
    VPN_FILTER,
    WITHOUT_VPN,
)

if TYPE_CHECKING:
    from pathlib import Path

LINE_TOUCHED = DeviceState.of(
    [
        PERIMETER,
        *(each for each in LINE if each is not LINE_FILTER),
        dataclasses.replace(LINE_FILTER, permits=(ECHO,)),
        *VPN,
    ]
)
VPN_TOUCHED = DeviceState.of(
    [
        PERIMETER,
        *LINE,
        *(each for each in VPN if each is not VPN_FILTER),
        dataclasses.replace(VPN_FILTER, permits=(ECHO,)),
    ]
)
TUNNEL_DOWN = dataclasses.replace(TUNNEL_UP, established=False, children=())


def seen(observations: Observations = ALL_UP, **other: object) -> Observations:
    return dataclasses.replace(observations, **other)


def codes(
    before: DeviceState,
    intended: DeviceState,
    was: Observations = ALL_UP,
    now: Observations = ALL_UP,
    held: DeviceState | None = None,
) -> list[str]:
    evidence = ChangeEvidence(
        hub="hub-a",
        before=Snapshot(state=before, observations=was),
        after=Snapshot(state=held or intended, observations=now),
        intended=intended,
        change=difference(before, intended),
    )
    return [problem.code for problem in verify_change(evidence)]


def admitted(packets: int) -> tuple[tuple[str, Counter], ...]:
    return ((LINE_FILTER.owner.token, Counter(packets=packets, octets=0)),)


def refused(port: str, packets: int, source: str = str(LINE_ADDRESS)) -> dict[str, object]:
    return {"refused": (((port, ip_address(source)), Counter(packets=packets, octets=0)),)}


def test_a_change_that_does_what_it_says_may_stay() -> None:
    assert codes(HUB, LINE_TOUCHED) == []
    assert codes(HUB, VPN_TOUCHED) == []


def test_what_a_touched_partner_lacks_after_the_commit_is_a_failed_check() -> None:
    lacking = DeviceState.of(each for each in VPN_TOUCHED if each is not TUNNEL)

    assert "KSZ964" in codes(HUB, VPN_TOUCHED, held=lacking)


def test_a_tunnel_must_be_up_where_it_was_and_the_change_leaves_it_as_it_is() -> None:
    down = seen(tunnels=(TUNNEL_DOWN,))
    other_key = dataclasses.replace(TUNNEL, secret=Secret(name="P00005-S1", fingerprint="f" * 16))
    rekeyed = DeviceState.of([PERIMETER, *LINE, other_key, *VPN[1:]])

    assert codes(HUB, VPN_TOUCHED, now=down) == ["KSZ964"]
    assert codes(HUB, VPN_TOUCHED, was=down, now=down) == []
    assert codes(HUB, rekeyed, now=down) == []
    assert codes(WITHOUT_VPN, HUB, was=seen(tunnels=()), now=seen(tunnels=())) == []


def test_an_sa_that_outlives_its_partner_is_a_failed_check() -> None:
    assert codes(HUB, WITHOUT_VPN) == ["KSZ964"]
    assert codes(HUB, WITHOUT_VPN, now=seen(tunnels=())) == []


def test_a_line_must_be_up_where_it_was() -> None:
    ports = tuple(dataclasses.replace(port, up=port.name != "line1") for port in ALL_UP.ports)

    assert codes(HUB, LINE_TOUCHED, now=seen(ports=ports)) == ["KSZ964"]
    assert codes(HUB, LINE_TOUCHED, was=seen(ports=ports), now=seen(ports=ports)) == []


def test_refused_packets_of_a_partner_whom_the_change_does_not_touch_forbid_it() -> None:
    assert codes(HUB, VPN_TOUCHED, now=seen(**refused("line1", 3))) == ["KSZ965"]
    assert codes(HUB, LINE_TOUCHED, now=seen(**refused("ipsec0", 3, str(VPN_ADDRESS)))) == [
        "KSZ965"
    ]


def test_refused_packets_of_a_touched_partner_do_not() -> None:
    assert codes(HUB, LINE_TOUCHED, now=seen(**refused("line1", 3))) == []


@pytest.mark.parametrize("port", ["wan0", "ext0", "line2"])
def test_an_address_that_a_stranger_writes_into_a_packet_forbids_nothing(port: str) -> None:
    assert codes(HUB, VPN_TOUCHED, now=seen(**refused(port, 3))) == []


def test_on_a_port_that_partners_share_one_cannot_forbid_the_change_of_another() -> None:
    neighbour = dataclasses.replace(
        LINE_FILTER, owner=Owner.of("P00006", "S1"), official=ip_address("198.51.100.6")
    )
    shared = DeviceState.of([*HUB, neighbour])
    changed = DeviceState.of([*VPN_TOUCHED, neighbour])

    assert codes(shared, changed, now=seen(**refused("line1", 3))) == []


def test_refusals_of_another_day_forbid_nothing_unless_packets_passed_meanwhile() -> None:
    was = seen(admitted=admitted(7), **refused("line1", 3))

    assert codes(HUB, VPN_TOUCHED, was, seen(was, **refused("line1", 9))) == []
    now = seen(admitted=admitted(8), **refused("line1", 9))
    assert codes(HUB, VPN_TOUCHED, was, now) == ["KSZ965"]
    assert codes(HUB, VPN_TOUCHED, was, seen(was, admitted=admitted(8))) == []


def test_a_failed_check_on_one_hub_takes_all_back(tmp_path: Path) -> None:
    world = World(tmp_path, size=4)
    for hub in world.hubs.values():
        hub.observations = seen(tunnels=())
    world.hubs["hub-2"].observations_after = seen(tunnels=(), **refused("line1", 3))

    result = world.apply(verify=verify_change)

    assert result.undone
    assert {problem.code for problem in result.problems} == {"KSZ965"}
    assert world.held == world.kept == [WITHOUT_VPN] * 4
