"""What others use of what a change adds is told before the first line, all of it at once."""

from __future__ import annotations

import dataclasses

import pytest

from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.device.conflicts import conflicts
from ksz_netops.platforms.ios_xe.device.cut_off import cut_off
from support import ios_lab, ios_states


def like(number: int, kind: str) -> ios_states.Wish:
    return dataclasses.replace(ios_states.LINE, number=number, slot=number, kind=kind)


NEW = rendered(
    ios_states.state(
        {
            5: like(5, "vlan"),
            6: like(6, "vpn"),
            7: like(7, "backup"),
            8: like(8, "bundle"),
            11: like(11, "line"),
        }
    )
)
TAKEN = {
    "a port": "interface GigabitEthernet0/1/11\n ip address 10.5.5.1 255.255.255.0\n",
    "a list on the extranet port": "interface GigabitEthernet0/0/1\n ip access-group OTHER in\n",
    "a VLAN": "interface GigabitEthernet0/0/2.77\n encapsulation dot1Q 505\n",
    "a tunnel": "interface Tunnel6\n description branch\n tunnel destination 192.0.2.9\n",
    "a bundle": "interface Multilink8\n description branch\n",
    "a timeslot": "controller E1 0/7/1\n channel-group 3 timeslots 5-6\n",
    "a channel group": "controller E1 0/8/3\n channel-group 0 timeslots 1-31\n",
    "a probe": "ip sla 7\n icmp-echo 192.0.2.9\n  tag monitoring\n",
    "a track": "track 7 interface GigabitEthernet0/0/1 line-protocol\n",
    "a peer": "interface Tunnel900\n tunnel destination 203.0.113.106\n",
    "a key": "crypto ikev2 keyring OTHER\n peer X\n  address 203.0.113.106\n",
    "an old key": "crypto isakmp key 6 ABC address 203.0.113.106\n",
    "an IKE policy": "crypto ikev2 policy OTHER\n match address local 203.0.113.1\n",
    "a route": "ip route 198.51.100.5 255.255.255.255 192.0.2.9\n",
    "an official address": "interface Loopback7\n ip address 198.51.100.5 255.255.255.255\n",
    "a name": "ip access-list standard KSZ-P00006-S1-IN\n 10 permit any\n",
}


def found(text: str) -> list[str]:
    running = tree.read(text)
    return list(conflicts(running, normal.own(running), NEW))


@pytest.mark.parametrize("text", [pytest.param(text, id=kind) for kind, text in TAKEN.items()])
def test_what_others_use_is_told(text: str) -> None:
    assert len(found(text)) == 1, found(text)


def test_all_of_a_brownfield_router_is_told_at_once() -> None:
    assert len(found("".join(TAKEN.values()))) >= len(TAKEN)


def test_a_router_with_much_that_does_not_concern_us_is_free() -> None:
    assert found(ios_lab.baseline()) == []


def test_what_is_ours_already_is_in_nobodys_way() -> None:
    assert list(conflicts(NEW, NEW, NEW)) == []


WAN = "interface GigabitEthernet0/0/0\n ip address 203.0.113.1 255.255.255.0\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("interface Tunnel900\n tunnel source GigabitEthernet0/0/0\n", "Tunnel900"),
        ("interface Tunnel900\n tunnel source 203.0.113.1\n", "Tunnel900"),
        ("router bgp 1\n neighbor 203.0.113.9 remote-as 2\n", "BGP with 203.0.113.9"),
        (" crypto map OTHER\n", "crypto map OTHER"),
    ],
)
def test_who_would_be_cut_off_by_a_closing_list_is_told(text: str, told: str) -> None:
    running = tree.read(f"{WAN}{text}")

    (found,) = cut_off(running, normal.own(running), NEW)

    assert told in found
    assert "GigabitEthernet0/0/0" in found


def test_a_port_that_is_closed_already_cuts_off_nobody_anew() -> None:
    running = tree.read(
        f"{tree.written(NEW)}interface Tunnel900\n tunnel source GigabitEthernet0/0/0\n"
    )

    assert list(cut_off(running, normal.own(running), NEW)) == []
