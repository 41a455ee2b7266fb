"""Whatever a change is, no beginning of its lines opens anything."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.planning import order, safety
from ksz_netops.platforms.ios_xe.planning.model import Machine
from ksz_netops.platforms.ios_xe.planning.remediation import default_order
from support import ios_changes, ios_states
from support.ios_changes import Pair
from support.ios_states import LINE

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.config.tree import Tree

SEEDS = st.integers(min_value=0, max_value=2**32)


def danger(pair: Pair) -> str | None:
    return safety.first_danger(pair.old, pair.new, order.planned(pair.old, pair.new))


@pytest.mark.timeout(3600)  # 10,000 pairs are minutes
@given(st.sampled_from(sorted(ios_changes.CHANGES)), SEEDS)
def test_every_beginning_of_a_change_is_safe(kind: str, seed: int) -> None:
    assert danger(ios_changes.pair(kind, seed)) is None


def backup() -> tuple[Tree, Tree]:
    """What a router holds with a backup line, and what without."""
    with_it = ios_states.state({9: dataclasses.replace(LINE, kind="backup", number=9, slot=9)})
    return rendered(with_it), rendered(ios_states.state({}))


@pytest.mark.parametrize("part", ["ip sla 9", "ip sla schedule 9 life forever start-time now"])
@pytest.mark.parametrize("goes", [True, False])
def test_a_backup_line_is_repaired_whichever_part_of_its_probe_somebody_took(
    part: str, *, goes: bool
) -> None:
    held, without = backup()
    drifted = {header: below for header, below in held.items() if header != part}

    assert danger(Pair(kind="drift", old=drifted, new=without if goes else held)) is None


@pytest.mark.parametrize("goes", [True, False])
def test_a_probe_that_somebody_scheduled_anew_is_taken_away_first(*, goes: bool) -> None:
    held, without = backup()
    wanted = without if goes else held
    drifted = ios_changes.altered(held, "ip sla schedule 9 life forever start-time now")

    lines = order.planned(drifted, wanted)

    assert any(line.startswith(("no ip sla 9", "no ip sla schedule 9")) for line in lines)
    assert safety.first_danger(drifted, wanted, lines) is None


@pytest.mark.parametrize("lost", [10, 20])
def test_a_list_that_lost_an_entry_is_not_empty_while_the_other_is_replaced(lost: int) -> None:
    held = rendered(ios_states.state({5: LINE}))
    picked = "ip access-list extended KSZ-P00005-S1-CM"
    kept: Tree = {line: {} for line in held[picked] if not line.startswith(str(lost))}
    renumbered = rendered(ios_states.state({5: dataclasses.replace(LINE, renumbered=True)}))

    assert len(kept) == 1
    assert danger(Pair(kind="drift", old={**held, picked: kept}, new=renumbered)) is None


def test_a_route_whose_preference_somebody_changed_is_typed_over() -> None:
    held = rendered(ios_states.state({5: LINE}))
    discard = "ip route 198.51.100.5 255.255.255.255 Null0 250 name KSZ-P00005-FC"

    assert order.planned(ios_changes.altered(held, discard), held) == (discard,)


@pytest.mark.parametrize(
    "alone",
    [
        "object-group network KSZ-HUB-PEERS\n host 203.0.113.9",
        "object-group v6-network KSZ-HUB-PEERS6\n host 2001:db8::9",
        "crypto ikev2 proposal KSZ-IKE-AES256-SHA256-MODP2048\n prf sha384",
        "crypto ikev2 policy KSZ-IKE-203-0-113-77\n match fvrf INET",
        "crypto ikev2 keyring KSZ-P00009-S1",
        "crypto ikev2 profile KSZ-P00009-S1",
        "crypto ipsec transform-set KSZ-ESP-AES128GCM16 esp-gcm 256\n mode tunnel",
        "crypto ipsec profile KSZ-P00009-S1",
        "class-map match-any KSZ-P00009-S1",
        "class-map match-all KSZ-P00009-S1",
        "policy-map KSZ-P00009-S1-OUT",
        "ip access-list extended KSZ-P00009-S1-IN\n 10 deny ip any any",
        "ipv6 access-list KSZ-P00009-S1-IN6\n sequence 10 deny ipv6 any any",
        "ip route 198.51.100.9 255.255.255.255 Null0 250 name KSZ-P00009-FC",
        (
            "ip route 198.51.100.9 255.255.255.255 Tunnel9 name KSZ-P00009-S1 track 9\n"
            "track 9 ip sla 9 reachability\n delay down 15 up 60\n"
            "ip sla schedule 9 life 77 start-time now"
        ),
        "ipv6 route 2001:db8::9/128 Tunnel9 name KSZ-P00009-S1",
        (
            "ip sla 9\n icmp-echo 10.255.0.2\n  tag KSZ-P00009-S1\n"
            "ip sla schedule 9 life forever start-time now"
        ),
        "controller E1 0/9/0\n description KSZ-P00009-S1\n channel-group 0 timeslots 1-31",
        "interface GigabitEthernet0/0/2.509\n description KSZ-P00009-S1\n encapsulation dot1Q 509",
        "interface GigabitEthernet0/1/9\n description KSZ-P00009-S1",
        "interface GigabitEthernet0/1/9\n ip access-group KSZ-P00009-S1-IN in",
        "interface Multilink9\n description KSZ-P00009-S1\n ppp multilink",
        "interface Tunnel9\n description KSZ-P00009-S1",
    ],
)
def test_whatever_counts_as_ours_and_nobody_wants_is_taken_away(alone: str) -> None:
    held = normal.own(tree.read(alone))

    assert held.keys() == tree.read(alone).keys()
    assert danger(Pair(kind="drift", old=held, new={})) is None


def test_nothing_is_typed_where_nothing_differs() -> None:
    own = rendered(ios_states.state({5: LINE}))

    assert order.planned(own, own) == ()


def test_a_new_line_in_the_default_order_of_hier_config_is_refused() -> None:
    old = rendered(ios_states.state({}))
    new = rendered(ios_states.state({5: LINE}))

    danger = safety.first_danger(old, new, default_order(old, new))

    assert danger is not None
    assert "not there" in danger


def test_binding_after_addressing_is_refused() -> None:
    old = rendered(ios_states.state({}))
    new = rendered(ios_states.state({5: LINE}))
    lines = list(order.planned(old, new))
    bound = next(n for n, line in enumerate(lines) if line.endswith("GI0-0-2-505-IN in"))
    address = next(n for n, line in enumerate(lines) if line.startswith(" ip address "))
    lines[bound], lines[address] = lines[address], lines[bound]

    danger = safety.first_danger(old, new, lines)

    assert danger is not None
    assert "lets more pass" in danger


def test_deleting_an_access_list_before_unbinding_it_is_refused() -> None:
    old = rendered(ios_states.state({5: LINE}))
    new = rendered(ios_states.state({}))
    lines = list(order.planned(old, new))
    deletion = next(line for line in lines if line.endswith("GI0-0-2-505-IN"))
    lines.remove(deletion)

    danger = safety.first_danger(old, new, [deletion, *lines])

    assert danger is not None
    assert "empty or not there" in danger


def test_an_entry_wider_than_old_and_new_is_refused_though_it_is_taken_back() -> None:
    own = rendered(ios_states.state({5: LINE}))
    header = "ip access-list extended KSZ-P00005-S1-GI0-0-2-505-IN"

    danger = safety.first_danger(own, own, [header, " 7 permit ip any any", " no 7"])

    assert danger is not None
    assert "after line 2" in danger


def test_a_tunnel_is_shut_while_its_keys_change() -> None:
    wish = dataclasses.replace(LINE, kind="vpn")
    old = rendered(ios_states.state({5: wish}))
    new = rendered(ios_states.state({5: dataclasses.replace(wish, key=2)}))

    lines = order.planned(old, new)

    assert lines[:2] == ("interface Tunnel5", " shutdown")
    assert lines[-2:] == ("interface Tunnel5", " no shutdown")


def test_the_lines_of_one_partner_leave_those_of_others_alone() -> None:
    other = dataclasses.replace(LINE, number=6, slot=6)
    old = rendered(ios_states.state({5: LINE, 6: other}))
    new = rendered(ios_states.state({5: dataclasses.replace(LINE, rate_kbps=1024), 6: other}))

    assert not any("P00006" in line for line in order.planned(old, new))


def test_typing_the_lines_gives_the_new_configuration() -> None:
    rng = ios_states.dice(4)
    before = ios_states.wishes(rng)
    old = rendered(ios_states.state(before))
    new = rendered(ios_states.state({}))
    machine = Machine(order.without_unsaid(old))

    for line in order.planned(old, new):
        machine.type(line)

    held = {each: below for each, below in machine.tree.items() if below.keys() - {"shutdown"}}
    assert held == order.without_unsaid(new)


@pytest.mark.parametrize(
    "header", ["crypto ikev2 profile KSZ-P00006-S1", "crypto ipsec profile KSZ-P00006-S1"]
)
def test_a_negation_by_somebodys_hand_never_stops_the_changes_of_others(header: str) -> None:
    vpn = dataclasses.replace(ios_states.LINE, number=6, kind="vpn")
    own = tree.copied(rendered(ios_states.state({6: vpn})))
    own[header]["no nat keepalive"] = {}
    new = rendered(ios_states.state({6: vpn, 7: dataclasses.replace(ios_states.LINE, number=7)}))

    lines = order.planned(own, new)

    assert safety.first_danger(own, new, lines) is None
    assert " nat keepalive" in lines
