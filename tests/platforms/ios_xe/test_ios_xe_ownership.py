"""Ours is only the exact form that we write, where we write it; our letters alone say nothing."""

from __future__ import annotations

import dataclasses

import pytest

from ksz_netops.platforms.ios_xe.config import names, normal, ownership, tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.observe.masking import kept
from ksz_netops.state.resources import Owner
from support import ios_states

OTHERS = (
    "interface Loopback0\n description router id, KSZ-BCSS registry 12\n",
    "interface Loopback0\n description KSZ-P00005-S1\n ip address 10.0.0.1 255.255.255.255\n",
    "interface Tunnel9001\n description backup to KSZ-BCSS DC2\n tunnel destination 192.0.2.9\n",
    "interface GigabitEthernet0/0/5\n description KSZ-BCSS extranet\n ip nat inside\n",
    "interface GigabitEthernet0/0/5\n description KSZ-P00005-S1 old line\n ip nat inside\n",
    "interface Vlan7\n description KSZ-NET-FEDMAN\n",
    "ip access-list standard KSZ-SNMP\n 10 permit 192.0.2.1\n",
    "ip access-list extended KSZ-VTY\n 10 permit ip any any\n",
    "ip access-list extended KSZ-P00005-S1\n 10 permit ip any any\n",
    "class-map match-any KSZ-VOICE\n match dscp ef\n",
    "policy-map KSZ-EDGE\n class KSZ-VOICE\n",
    "object-group network KSZ-ADMINS\n host 192.0.2.1\n",
    "ip route 10.0.0.0 255.0.0.0 192.0.2.9 name KSZ-BCSS-DC2\n",
    "ip route vrf INET 10.0.0.0 255.0.0.0 192.0.2.9 name KSZ-P00005-S1\n",
    "ip route vrf INET 198.51.100.5 255.255.255.255 192.0.2.9 name KSZ-OTHER\n",
    "crypto ikev2 policy KSZ-BEHEER\n match fvrf any\n",
    "crypto ikev2 proposal KSZ-BEHEER\n group 14\n",
    "crypto ikev2 keyring KSZ-BEHEER\n peer X\n",
    "crypto ipsec transform-set KSZ-BEHEER esp-aes esp-sha-hmac\n mode tunnel\n",
    "ip sla 5\n icmp-echo 192.0.2.9\n  tag KSZ-BCSS\ntrack 5 ip sla 5 reachability\n",
    "controller E1 0/1/0\n description KSZ-BCSS line\n",
)


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_looks_like_ours_belongs_to_others_and_is_reported(text: str) -> None:
    running = tree.read(text)

    own = normal.own(running)

    assert own == {}
    assert list(ownership.namesakes(running, own))


def test_all_that_we_write_is_ours_and_none_of_it_is_reported() -> None:
    for seed in range(60):
        written = rendered(ios_states.state(ios_states.wishes(ios_states.dice(seed))))

        assert normal.own(written) == written
        assert list(ownership.namesakes(written, written)) == []


def test_a_probe_of_others_is_not_ours_though_our_route_has_its_number() -> None:
    text = (
        "ip route 198.51.100.5 255.255.255.255 Serial0/1/0:0 10.0.0.2 name KSZ-P00005-S1 track 5\n"
        "ip sla 5\n icmp-echo 192.0.2.9\n  tag monitoring\ntrack 5 ip sla 5 reachability\n"
    )

    assert [each for each in normal.own(tree.read(text)) if not each.startswith("ip route")] == []


SECRETS = (
    "enable secret 9 $9$S",
    "username U privilege 15 secret 9 S",
    "username U common-criteria-policy P secret 9 S",
    "snmp-server community S view V RO",
    "snmp-server user U G v3 auth sha S priv aes 128 S",
    "snmp-server host 192.0.2.1 version 2c S udp-port 162",
    "tacacs-server key 7 S",
    "aaa group server radius R\n server-private 192.0.2.1 key 7 S timeout 5",
    "radius server R\n key 7 S",
    "router bgp 1\n neighbor 192.0.2.1 password 7 S",
    "key chain K\n key 1\n  key-string 7 S",
    "ntp authentication-key 1 md5 S 7",
    "crypto isakmp key S address 192.0.2.1",
    "crypto keyring K\n pre-shared-key address 192.0.2.1 key S",
    "crypto ikev2 keyring OTHER\n peer P\n  pre-shared-key local S\n  ppk manual id S key S",
    "archive\n path ftp://u:S@192.0.2.1/",
    "interface Gi1\n standby 1 authentication md5 key-string 7 S\n ppp chap password 7 S",
    "ip http client password S",
    "line vty 0 4\n password 7 S",
    "banner motd ^C\nthe key is S\n^C",
)


@pytest.mark.parametrize("text", [each.replace("S", "Geheim01") for each in SECRETS])
def test_no_line_of_others_is_kept_as_evidence(text: str) -> None:
    state = ios_states.state({6: dataclasses.replace(ios_states.LINE, number=6, kind="vpn")})
    ours = tree.written(rendered(state))

    evidence = kept("show running-config", f"version 17.9\n{text}\n{ours}end\n")

    assert "Geheim01" not in evidence
    assert "interface Tunnel6" in evidence
    assert "pre-shared-key local 6 " in evidence


def test_a_configuration_that_cannot_be_read_is_not_kept() -> None:
    evidence = kept("show running-config", "version 17.9\nbanner motd ^C\nGeheim01\nend\n")

    assert "Geheim01" not in evidence


@pytest.mark.parametrize("owner", ["KSZ-P00005-S1", "KSZ-NET-FEDMAN", "KSZ-NET-9X-B2"])
@pytest.mark.parametrize(
    "port",
    [
        "GigabitEthernet0/0/2.505",
        "TwentyFiveGigE0/1/0",
        "Port-channel12.300",
        "Serial0/1/0:0",
        "Multilink34",
        "line1",
    ],
)
def test_the_lists_of_a_way_are_ours_whatever_its_port_is_called(owner: str, port: str) -> None:
    base = names.base_of(Owner(owner), port)

    assert ownership.is_own_object(f"ip access-list extended {base}-IN")
    assert ownership.is_own_object(f"ipv6 access-list {base}-OUT6")
    assert ownership.is_own_object(f"policy-map {base}-IN")
    assert ownership.is_attached(f"ip access-group {base}-IN in")
