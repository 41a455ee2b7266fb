"""The Linux hub on a kernel that has ESP and VLANs."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import TYPE_CHECKING

import pytest
from linux_host import LinuxHost
from linux_pair import Pair
from linux_states import WEB, state_of, tunnel

from ksz_netops.resources import (
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Route,
    Shaper,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        LinuxHost(tmp_path_factory.mktemp("hub"), esp="kernel") as hub,
        LinuxHost(tmp_path_factory.mktemp("peer"), esp="kernel") as peer,
    ):
        yield Pair(hub, peer)


def test_official_address_that_is_the_peers_passes_in_the_tunnel_alone(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77)))
    pair.terminate(77)
    assert not pair.reaches(77)

    assert pair.initiate(77)

    assert pair.reaches(77)
    assert dict(pair.observed().admitted)["KSZ-P00077-S1"].packets > 0
    assert "TUNNEL-in-UDP" not in pair.hub.run("swanctl --list-sas")
    before = dict(pair.observed().dropped)["unauthorised"].packets
    assert not pair.reaches(77, port=80)
    assert dict(pair.observed().dropped)["unauthorised"].packets > before

    pair.terminate(77)
    assert not pair.reaches(77)


def test_association_of_one_partner_carries_no_other(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77), tunnel(78)))
    assert pair.initiate(77)
    assert pair.initiate(78)
    assert pair.reaches(78)

    # The filter binds an address to the SA's number: exchanged, neither may pass.
    pair.hub.run(
        "nft delete element inet ksz tunnel_in4 '{ 100078 . 203.0.113.78 }';"
        "nft add element inet ksz tunnel_in4 "
        """'{ 100077 . 203.0.113.78 comment "KSZ-P00078-S1" }'"""
    )

    assert not pair.reaches(78)
    assert pair.reaches(77)


def test_off_boarding_ends_tunnel_and_policies(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77)))
    assert pair.initiate(77)

    pair.bring(state_of())

    assert pair.hub.run("ip xfrm state; ip xfrm policy | grep 203.0.113.77 || true") == ""
    assert not pair.reaches(77)


def test_vlan_handoff_reads_back_and_goes_without_trace(pair: Pair) -> None:
    owner, port = Owner.of("P00003", "S1"), EthernetPort("line3", 512)
    official = ip_address("198.51.100.3")
    tagged = [
        Handoff(owner=owner, port=port, addresses=(ip_interface("192.0.2.141/30"),)),
        Route(
            owner=owner,
            official=official,
            hops=(Hop(port=port, next_hop=ip_address("192.0.2.142")),),
        ),
        PartnerFilter(owner=owner, official=official, entries=(Entry(way=port),), permits=(WEB,)),
        Shaper(owner=owner, number=3, official=official, rates_kbps=((port, 2048),)),
    ]

    pair.bring(state_of(tagged))
    assert "vlan protocol 802.1Q id 512" in pair.hub.run("ip -d link show line3.512")
    pair.bring(state_of())

    assert "line3.512" not in pair.hub.run("ip link")
