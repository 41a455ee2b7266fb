"""What others configured on a router is told where a partner's packets may pass by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ksz_netops.platforms import platforms
from ksz_netops.platforms.ios_xe.config import tree
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
