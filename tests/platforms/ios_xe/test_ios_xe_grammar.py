"""The vendor's models judge what we write, and the emulated router refuses what they refuse."""

from __future__ import annotations

import dataclasses

import pytest

from ksz_netops.errors import Origin, UnsupportedError
from ksz_netops.lab.emulator.router import Router
from ksz_netops.platforms import platforms
from ksz_netops.platforms.ios_xe.config import tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.vendor.forms import KINDS
from ksz_netops.platforms.ios_xe.vendor.nodes import NODES, SOURCES
from ksz_netops.platforms.ios_xe.vendor.verify import needs_release, refusals
from ksz_netops.state.grammar import InterfaceName
from ksz_netops.state.resources import DeviceState, EthernetPort, Handoff, Perimeter
from support import ios_lab, ios_states

NONSENSE = (
    "interface Tunnel2147483648",
    "interface GigabitEthernet0/0/2.5\n encapsulation dot1Q 4095",
    "interface GigabitEthernet0/0/2.5\n ip address 10.0.0.1 255.255.255.0",
    "interface GigabitEthernet0/0/2\n ip address 10.0.0.1 0.0.0.255",
    "interface GigabitEthernet0/0/2\n ip address 10.0.0.256 255.255.255.0",
    "interface GigabitEthernet0/0/2\n ipv6 address 2001:db8::1/129",
    "interface GigabitEthernet0/0/2\n ipv6 address 2001:db8::1%x/64",
    "interface GigabitEthernet0/0/2\n ip access-group X through",
    "interface GigabitEthernet0/0/2\n ip verify unicast source reachable-via tx",
    "interface GigabitEthernet0/0/2\n ip tcp adjust-mss 499",
    "interface GigabitEthernet0/0/2\n encapsulation frame-rely",
    f"interface GigabitEthernet0/0/2\n description {'x' * 201}",
    "interface Multilink0",
    "interface Multilink7\n ppp multilink group 0",
    "interface Tunnel7\n tunnel mode ipsec ipv5",
    "interface Tunnel7\n tunnel protection ipsec policy ipv4",
    "interface Tunnel7\n tunnel vrf NOWHERE",
    "controller E1 0/1/0\n channel-group 31 timeslots 1-31",
    "controller E1 0/1/0\n channel-group 0 timeslots 0-31",
    "controller E1 0/1/0\n channel-group 0 timeslots 31-1",
    "controller E1 0/1/0\n framing esf",
    "controller E1 0/1/0\n linecode b8zs",
    "crypto ikev2 proposal X\n encryption aes-cbc-512",
    "crypto ikev2 proposal X\n integrity sha3",
    "crypto ikev2 proposal X\n group 18",
    "crypto ikev2 proposal X\n pqc kyber",
    "crypto ikev2 proposal X\n encryption aes-gcm-256\ncrypto ikev2 policy Y\n proposal X",
    "crypto ikev2 profile X\n lifetime 119",
    "crypto ikev2 profile X\n dpd 10 periodic",
    "crypto ikev2 profile X\n match fvrf NOWHERE",
    "crypto ikev2 profile X\n match identity remote address 10.0.0.1",
    "crypto ipsec transform-set X esp-gcm 512",
    "crypto ipsec transform-set X esp-gcm 256 esp-sha256-hmac",
    "crypto ipsec transform-set X esp-aes 256 esp-sha999-hmac",
    "crypto ipsec profile X\n set pfs group18",
    "crypto ipsec profile X\n set security-association lifetime seconds 119",
    "policy-map X\n class class-default\n  shape average 999",
    "policy-map X\n class class-default\n  police cir 7999",
    (
        "policy-map X\n class class-default\n  shape average 512000\n"
        "interface GigabitEthernet0/0/2\n service-policy input X"
    ),
    "ip access-list extended X\n 10 permit tcp any any eq 65536",
    "ip access-list extended X\n 10 permit icmp any any eq 80",
    "ip access-list extended X\n 10 permit banana any any",
    "ip access-list extended X\n 2147483648 permit ip any any",
    "ip access-list extended X\n 10 permit udp any any established",
    "ip route 10.0.0.0 255.0.255.0 Null0",
    "ip route 10.0.0.0 255.0.0.0 Null0 256",
    "ip route 10.0.0.0 255.0.0.0 Null0 track 1001",
    "track 1001 ip sla 5 reachability",
    "track 5 ip sla 5 reachability\n delay down 181 up 60",
    (
        "ip sla 5\n icmp-echo 10.0.0.1 source-interface GigabitEthernet0/0/2\n  timeout 1000\n"
        "ip sla schedule 5 life forever start-time now"
    ),
    ("ip sla 5\n icmp-echo 10.0.0.1 source-interface GigabitEthernet0/0/2\n  frequency 0\n"),
    "object-group network X\n 10.0.0.0 0.0.0.255",
    "class-map match-some X",
)


@pytest.mark.parametrize("text", NONSENSE)
def test_what_no_router_takes_is_refused_by_the_models_and_by_the_emulated_router(
    text: str,
) -> None:
    router = Router(ios_lab.baseline())

    said = router.configure([*text.splitlines(), "end"])

    assert said
    if "NOWHERE" not in text:  # the models cannot know which VRFs a router has
        assert list(refusals(tree.read(text)))


def test_every_configuration_that_we_write_is_one_that_the_models_take() -> None:
    for seed in range(500):
        written = rendered(ios_states.state(ios_states.wishes(ios_states.dice(seed))))

        assert list(refusals(written)) == []


def test_only_a_post_quantum_key_exchange_needs_a_release_of_its_own() -> None:
    plain, high = (
        rendered(ios_states.state({5: dataclasses.replace(wish, crypto=crypto)}))
        for wish in (dataclasses.replace(ios_states.LINE, kind="vpn"),)
        for crypto in ("baseline", "high")
    )

    assert needs_release(plain) == {}
    assert list(needs_release(high)) == [(26, 1)]


def test_every_mode_names_the_model_that_it_was_taken_from() -> None:
    assert set(NODES) - {"global", "police"} == set(SOURCES)


def test_a_value_that_no_router_takes_is_refused_at_its_place() -> None:
    place = Origin("partners/P00005.yml", 12, 9)
    state = DeviceState.of(
        dataclasses.replace(
            each, port=EthernetPort(InterfaceName("GigabitEthernet0/0/2"), 4095), origin=place
        )
        if isinstance(each, Handoff)
        else each
        for each in ios_states.state({5: ios_states.LINE})
        if isinstance(each, Handoff | Perimeter)
    )

    with pytest.raises(UnsupportedError) as caught:
        platforms()["ios_xe"].check(state)

    (problem, *_) = caught.value.problems
    assert (problem.code, problem.origin) == ("KSZ253", place)
    assert "4095" in problem.what


@pytest.mark.parametrize(
    "name",
    [
        "GigabitEthernet1",
        "GigabitEthernet0/0/2.505",
        "Ethernet0/0",
        "FastEthernet0/1",
        "TenGigabitEthernet0/1/0",
        "TwentyFiveGigE0/1/0.100",
        "HundredGigE0/2/0",
        "Port-channel12.300",
        "Serial0/1/0:0",
        "Multilink34",
        "Tunnel65534",
        "Null0",
    ],
)
def test_an_interface_of_a_router_is_known_by_its_name(name: str) -> None:
    assert KINDS["{interface}"](name)


@pytest.mark.parametrize("name", ["eth0", "line1", "Te0/0/0", "Multilink0", "Serial0/1/0"])
def test_what_no_router_calls_an_interface_is_not_taken_for_one(name: str) -> None:
    assert not KINDS["{interface}"](name)
