"""What others configured on a router is told where a partner's packets may pass by it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ksz_netops.platforms import platforms
from ksz_netops.platforms.ios_xe.config import tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.observe import foreign
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from pathlib import Path

GUARDED = "interface Gi1\n ip address 192.0.2.1 255.255.255.128\n ip access-group KSZ-HUB-EXT in\n"


def detours(text: str) -> list[str]:
    return [each.statement for each in foreign.read(tree.read(text), {}).detours]


@pytest.mark.parametrize(
    "text",
    [
        "interface Gi2\n ip address 10.0.0.1 255.0.0.0\n",
        "interface Gi2\n ip address dhcp\n",
        "interface Gi2\n ip address negotiated\n",
        "interface Tunnel1\n ip unnumbered Loopback0\n",
        "interface Gi2\n ipv6 address 2001:db8::1/64\n",
        "interface Gi2\n ipv6 enable\n",
        "interface Gi2\n ip address 10.0.0.1 255.0.0.0\n ip access-group OTHER in\n",
        "interface Gi2\n ip address 10.0.0.1 255.0.0.0\n ip access-group KSZ-HUB-EXT out\n",
        GUARDED.replace("Gi1", "Gi2") + " ipv6 address 2001:db8::1/64\n",
        "interface Virtual-Template1 type tunnel\n ip unnumbered Loopback0\n",
    ],
)
def test_an_interface_that_carries_packets_without_a_list_of_ours_is_a_way_in(text: str) -> None:
    assert detours(text) == [text.partition("\n")[0]]


@pytest.mark.parametrize(
    "line",
    [
        "crypto map OTHER",
        "ip policy route-map OTHER",
        "ip nat inside",
        "xconnect 10.0.0.1 7 encapsulation mpls",
        "bridge-group 1",
        "vrf receive Mgmt",
        "ip nat enable",
        "ip wccp web-cache redirect in",
        "service-policy type epbr input M",
        "zone-member security OUTSIDE",
        "mpls ip",
    ],
)
def test_what_diverts_packets_on_a_guarded_interface_is_told(line: str) -> None:
    assert detours(f"{GUARDED} {line}\n") == [f"interface Gi1 / {line}"]


@pytest.mark.parametrize(
    "text",
    [
        GUARDED,
        "interface Gi2\n no ip address\n",
        "interface Gi2\n ip address 10.0.0.1 255.0.0.0\n shutdown\n",
        "interface Gi2\n vrf forwarding Mgmt\n ip address 10.0.0.1 255.0.0.0\n ip nat inside\n",
        "interface Loopback7\n ip address 10.0.0.1 255.255.255.255\n",
        "ip access-list extended OTHER\n 10 permit ip any any\n",
    ],
)
def test_what_brings_no_packets_to_the_extranet_is_no_fault(text: str) -> None:
    assert detours(text) == []


def test_static_routes_without_our_name_are_listed_and_no_others() -> None:
    text = (
        "ip route 198.51.100.5 255.255.255.255 192.0.2.9\n"
        "ip route 10.0.0.0 255.0.0.0 Null0 name OTHER\n"
        "ip route 198.51.100.6 255.255.255.255 Null0 250 name KSZ-P00006-FC\n"
        "ip route vrf INET 198.51.100.5 255.255.255.255 192.0.2.9\n"
        "ipv6 route 2001:DB8::5/128 2001:DB8::9\n"
    )

    found = foreign.read(tree.read(text), {}).routes

    assert [str(each.destination) for each in found] == [
        "198.51.100.5/32",
        "10.0.0.0/8",
        "2001:db8::5/128",
    ]
    assert not any(each.decides for each in found)


def test_a_router_is_asked_over_ssh_and_the_tunnel_of_another_team_is_seen(tmp_path: Path) -> None:
    with (
        ios_lab.lab(tmp_path) as lab,
        platforms()["ios_xe"].connect(lab.target) as session,
    ):
        session.stage(ios_states.state({}), ios_states.reveal)
        found = session.observe().foreign

    assert found is not None
    assert "interface Tunnel9001" in [each.statement for each in found.detours]


VRFS = "interface Gi7\n vrf forwarding INET\ninterface Gi8\n"


@pytest.mark.parametrize(
    "text",
    [
        "ip route vrf INET 198.51.100.5 255.255.255.255 192.0.2.9 global",
        "ip route vrf INET 198.51.100.5 255.255.255.255 GigabitEthernet8 192.0.2.9",
        "ip route 198.51.100.5 255.255.255.255 GigabitEthernet7 192.0.2.9",
        "vrf definition INET\n address-family ipv4\n  import ipv4 unicast map M",
        "vrf definition INET\n address-family ipv4\n  export ipv4 unicast map M",
        "vrf definition OTHER\n address-family ipv4\n  route-replicate from vrf any unicast all",
        "vrf definition OTHER\n address-family ipv4\n  export map M",
        "ip nat inside source static 10.0.0.5 198.51.100.5 vrf INET match-in-vrf",
    ],
)
def test_what_joins_the_routing_tables_is_a_way_past_our_ports(text: str) -> None:
    vrfs = VRFS.replace("Gi", "GigabitEthernet")

    words = text.split("\n")
    first, last = words[0], words[-1]
    statement = first if first == last else f"{first} / {last.strip()}"
    assert detours(f"{vrfs}{text}\n") == [statement]


@pytest.mark.parametrize(
    "text",
    [
        "ip route vrf INET 0.0.0.0 0.0.0.0 GigabitEthernet7 192.0.2.9",
        "ip route vrf INET 0.0.0.0 0.0.0.0 192.0.2.9",
        "ip route 10.0.0.0 255.0.0.0 GigabitEthernet8 192.0.2.9",
        "ip route 198.51.100.5 255.255.255.255 Null0 250 name KSZ-P00005-FC",
        "vrf definition INET\n rd 1:1\n address-family ipv4",
    ],
)
def test_what_stays_within_a_routing_table_is_no_fault(text: str) -> None:
    vrfs = VRFS.replace("Gi", "GigabitEthernet")

    assert detours(f"{vrfs}{text}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "crypto ikev2 policy OLD\n match address local 203.0.113.1\n proposal OLD",
        "crypto ikev2 profile OLD\n match identity remote any",
        "crypto ikev2 profile OLD\n match identity remote address 0.0.0.0",
        "crypto ikev2 keyring OLD\n peer ANY\n  address 0.0.0.0 0.0.0.0",
    ],
)
def test_ike_of_others_that_answers_at_our_addresses_is_told(text: str) -> None:
    own = rendered(ios_states.state({6: dataclasses.replace(ios_states.LINE, kind="vpn")}))
    running = tree.read(f"{tree.written(own)}{text}\n")

    assert [each for each in foreign.read(running, own).detours if "OLD" in each.statement]
    assert not foreign.read(tree.read(text), {}).detours
