"""The whole way over real SSH to an emulated router."""

from __future__ import annotations

import dataclasses
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.timing import Timing
from ksz_netops.change.hub.transaction import provision
from ksz_netops.errors import BusyError, CommitError, ConnectError, ReadbackError, SecretError
from ksz_netops.lab.emulator.peers import Peer
from ksz_netops.platforms.ios_xe import PLATFORM
from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.planning.proven import commands
from ksz_netops.state.resources import DeviceState
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ksz_netops.change.hub.outcome import Outcome
    from support.ios_lab import IosLab

VLAN = ios_states.Wish(
    number=5,
    kind="vlan",
    slot=5,
    six=False,
    services=frozenset({0, 1, 4}),
    rate_kbps=512,
    crypto="baseline",
    key=1,
    connection=1,
    preference=10,
)


def like(number: int, kind: str, *, six: bool = False) -> ios_states.Wish:
    return dataclasses.replace(VLAN, number=number, slot=number, kind=kind, six=six)


EVERYTHING = {
    5: VLAN,
    6: like(6, "vpn"),
    7: like(7, "backup"),
    8: like(8, "bundle"),
    9: like(9, "fedman"),
    10: like(10, "fedman", six=True),
    11: like(11, "line"),
    12: like(12, "equal"),
    13: like(13, "vpn", six=True),
    14: like(14, "e1"),
}
STATE = ios_states.state(EVERYTHING)
NOTHING = DeviceState.of(())


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[IosLab]:
    with ios_lab.lab(tmp_path) as running:
        yield running


def pushed(lab: IosLab, state: DeviceState, *, check: bool = False) -> Outcome:
    timing = Timing(now=lab.clock, sleep=lambda seconds: _pass(lab, seconds), settle_s=4)
    return provision(
        PLATFORM, lab.target, state, reveal=ios_states.reveal, check=check, timing=timing
    )


def _pass(lab: IosLab, seconds: float) -> None:
    lab.clock.now += seconds


def foreign(lab: IosLab) -> str:
    """All of the router's configuration that is not ours, as text."""
    whole = tree.read(lab.router.running.text())
    for path in list(tree.leaves(normal.own(whole))):
        header = path[0]
        if header in whole and any("KSZ-" in line for line in (header, *whole[header])):
            mine = whole[header]
            if header.startswith("interface ") and not any(
                line.startswith("description KSZ-") for line in mine
            ):
                whole[header] = {each: below for each, below in mine.items() if "KSZ-" not in each}
            else:
                del whole[header]
    return "\n".join(tree.indented(whole))


def test_every_method_is_provisioned_and_a_second_run_changes_nothing(lab: IosLab) -> None:
    first = pushed(lab, STATE)
    second = pushed(lab, STATE)

    assert first.problems == ()
    assert first.status is Status.CONFIRMED
    assert second.status is Status.UNCHANGED
    assert "KSZ-P00005-S1" in lab.router.startup


def test_no_file_and_no_clear_key_stays_on_the_router(lab: IosLab) -> None:
    pushed(lab, STATE)

    assert lab.router.files == {}
    assert ios_states.reveal("key1") not in lab.router.startup + lab.router.running.text()


def test_the_candidate_of_a_run_that_died_goes_and_the_files_of_others_stay(lab: IosLab) -> None:
    lab.router.files |= {"ksz-0123456789ab-m.txt": b"a key", "ksz-notes.txt": b"not ours"}

    pushed(lab, STATE)

    assert lab.router.files == {"ksz-notes.txt": b"not ours"}


def test_the_check_says_what_the_run_then_does_and_touches_nothing(lab: IosLab) -> None:
    before = lab.router.running.text()

    foretold = pushed(lab, STATE, check=True)
    untouched = lab.router.running.text()
    done = pushed(lab, STATE)

    assert foretold.status is Status.WOULD_CHANGE
    assert untouched == before
    assert foretold.diff == done.diff


def test_what_is_not_ours_survives_coming_changing_and_going_byte_for_byte(lab: IosLab) -> None:
    before = lab.router.running.text()
    changed = ios_states.state({5: like(5, "e1"), 9: EVERYTHING[9], 6: like(6, "fedman")})

    for state in (STATE, changed, STATE, NOTHING):
        outcome = pushed(lab, state)
        assert outcome.status is Status.CONFIRMED, outcome.problems

    assert lab.router.running.text() == before.replace(
        "interface GigabitEthernet0/1/11\n no ip address\n shutdown\n negotiation auto",
        "interface GigabitEthernet0/1/11\n no ip address\n negotiation auto\n shutdown",
    )


def test_a_line_of_somebodys_hand_is_seen_and_healed(lab: IosLab) -> None:
    pushed(lab, STATE)
    lab.router.configure(["interface Tunnel6", " no ip access-group KSZ-P00006-S1-IN in", "end"])

    with PLATFORM.connect(lab.target) as session:
        strays = session.state().strays
    healed = pushed(lab, STATE)

    assert [each.statement for each in strays] == [
        "interface Tunnel6 / no ip access-group KSZ-P00006-S1-IN in",
        "startup-config",
    ]
    assert strays[0].token == "KSZ-P00006-S1"  # noqa: S105 - the name of an owner
    assert healed.status is Status.CONFIRMED
    assert pushed(lab, STATE).status is Status.UNCHANGED


def test_whatever_a_hand_took_or_typed_over_is_healed(lab: IosLab) -> None:
    pushed(lab, STATE)
    typed = (
        "no ip sla schedule 7",
        "ip route 198.51.100.5 255.255.255.255 Null0 77 name KSZ-P00005-FC",
        "crypto ipsec transform-set KSZ-ESP-AES256-SHA256 esp-aes 256 esp-sha-hmac",
    )
    lab.router.configure([*typed, "end"])

    with PLATFORM.connect(lab.target) as session:
        strays = {each.statement for each in session.state().strays}
    healed = pushed(lab, STATE)

    assert {each for each in typed if each.startswith(("ip", "crypto"))} <= strays
    assert "no ip sla schedule 7 life forever start-time now" in strays
    assert healed.status is Status.CONFIRMED, healed.problems


def test_a_key_typed_in_clear_by_hand_is_seen(lab: IosLab) -> None:
    pushed(lab, STATE)
    peer = lab.router.running.root.lines["crypto ikev2 keyring KSZ-P00006-S1"]
    below = peer.lines["peer KSZ-P00006-S1"].lines
    below["pre-shared-key local clear"] = below.pop(
        next(each for each in below if each.startswith("pre-shared-key local"))
    )

    with PLATFORM.connect(lab.target) as session:
        strays = session.state().strays

    assert any("in clear or unknown" in each.statement for each in strays)
    assert not any("pre-shared-key local clear" in each.statement for each in strays)


def test_tunnels_ports_and_counters_are_observed(lab: IosLab) -> None:
    pushed(lab, STATE)
    lab.router.peers = [
        Peer(
            address="203.0.113.106",
            key=ios_states.reveal("key1"),
            official="198.51.100.6/32",
            packets=7,
        )
    ]
    lab.router.dead.add("GigabitEthernet0/1/11")
    lab.router.hits[
        "KSZ-P00006-S1-IN", "60101 permit icmp host 198.51.100.6 host 192.0.2.10 echo"
    ] = 3

    with PLATFORM.connect(lab.target) as session:
        seen = session.observe()

    [tunnel] = seen.tunnels
    assert tunnel.established
    assert tunnel.algorithms == "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384"
    assert {str(child.local[0]) for child in tunnel.children} == {"192.0.2.0/26", "192.0.2.64/26"}
    assert all(child.installed and child.packets_in == 7 for child in tunnel.children)
    down = [port.name for port in seen.ports if not port.up]
    assert [name for name in down if not name.startswith("tunnel ")] == ["GigabitEthernet0/1/11"]
    assert "tunnel 6" not in down
    assert dict(seen.admitted)["KSZ-P00006-S1"].packets == 3


def test_a_change_that_cuts_off_management_is_undone_by_the_router(lab: IosLab) -> None:
    before = lab.router.running.text()
    locked = DeviceState.of(
        dataclasses.replace(each, management_sources=(ios_states.ip_network("10.0.0.0/8"),))
        if each.kind == "perimeter"
        else each
        for each in ios_states.state({5: VLAN})
    )

    lab.router.clock, lab.router.minute_s = time.monotonic, 5.0
    timing = Timing(between_s=0.5, settle_s=1, grace_s=30)
    outcome = provision(PLATFORM, lab.target, locked, reveal=ios_states.reveal, timing=timing)

    assert outcome.status is Status.REVERTED
    assert lab.router.running.text() == before


def test_a_pending_commit_of_somebody_else_is_not_touched(lab: IosLab) -> None:
    lab.router.arm("colleague", 5)

    with PLATFORM.connect(lab.target) as session, pytest.raises(BusyError):
        session.stage(STATE, ios_states.reveal)

    assert lab.router.pending is not None


def test_two_sessions_never_change_one_router_at_once(lab: IosLab) -> None:
    with PLATFORM.connect(lab.target) as one, PLATFORM.connect(lab.target) as other:
        one.stage(STATE, ios_states.reveal)

        with pytest.raises(BusyError):
            other.stage(STATE, ios_states.reveal)


def test_a_configuration_that_was_cut_short_is_refused(lab: IosLab) -> None:
    lab.router.faults.truncate_after = 3000

    with PLATFORM.connect(lab.target) as session, pytest.raises(ReadbackError):
        session.state()


def test_another_host_key_is_not_accepted(lab: IosLab) -> None:
    known = lab.target.known_hosts
    other = (known.parent / "user.pub").read_text().split()[1]
    ours = (known.parent / "host.pub").read_text().split()[1]
    known.write_text(known.read_text().replace(ours, other))

    with pytest.raises(ConnectError, match="KSZ402"), PLATFORM.connect(lab.target):
        pass


def test_a_key_that_the_router_does_not_know_is_told_as_such(lab: IosLab, tmp_path: Path) -> None:
    key = tmp_path / "other"
    subprocess.run(  # noqa: S603 - a fixed program
        ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True
    )

    refused = replace(lab.target, private_key=key)
    with pytest.raises(ConnectError, match="KSZ403"), PLATFORM.connect(refused):
        pass


def test_a_router_that_does_not_answer_is_not_reached(lab: IosLab) -> None:
    silent = replace(lab.target, port=1)
    with pytest.raises(ConnectError, match="KSZ401"), PLATFORM.connect(silent):
        pass


def test_a_key_that_is_not_the_planned_one_is_refused_before_anything_is_sent(
    lab: IosLab,
) -> None:
    with PLATFORM.connect(lab.target) as session, pytest.raises(SecretError) as caught:
        session.stage(STATE, lambda _: "another0key")

    assert "another0key" not in str(caught.value)


def test_a_router_that_is_not_prepared_is_told_what_it_lacks(tmp_path: Path) -> None:
    startup = ios_lab.baseline().replace("password encryption aes\n", "")

    with (
        ios_lab.lab(tmp_path, startup) as lab,
        PLATFORM.connect(lab.target) as session,
        pytest.raises(CommitError, match="password encryption aes"),
    ):
        session.stage(STATE, ios_states.reveal)


def test_a_port_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    startup = ios_lab.baseline().replace(
        "interface GigabitEthernet0/1/11\n no ip address\n",
        "interface GigabitEthernet0/1/11\n ip address 10.5.5.1 255.255.255.0\n",
    )

    with (
        ios_lab.lab(tmp_path, startup) as lab,
        PLATFORM.connect(lab.target) as session,
        pytest.raises(CommitError, match="somebody else's"),
    ):
        session.stage(STATE, ios_states.reveal)


def test_what_was_confirmed_but_not_saved_is_seen_and_saved(lab: IosLab) -> None:
    pushed(lab, STATE)
    running = lab.router.running.text()
    lab.router.startup = ios_lab.baseline()

    foretold = pushed(lab, STATE, check=True)
    saved = pushed(lab, STATE)

    assert foretold.diff == "+write memory\n"
    assert saved.status is Status.CONFIRMED
    assert lab.router.startup == running


def test_a_preview_shows_every_line_that_will_be_sent_and_no_key(lab: IosLab) -> None:
    pushed(lab, STATE)
    without = ios_states.state({each: wish for each, wish in EVERYTHING.items() if each != 11})
    lab.router.log.clear()

    foretold = pushed(lab, without, check=True)
    pushed(lab, without)

    shown = [line.removeprefix("! ") for line in foretold.diff.splitlines() if line[0] == "!"]
    assert " shutdown" in shown
    assert shown[0] == "to be typed, in this order:"
    sent = set(commands(STATE, without))
    assert sent <= set(shown)


def test_a_key_is_shown_by_its_fingerprint_alone(lab: IosLab) -> None:
    foretold = pushed(lab, STATE, check=True)

    assert "pre-shared-key local 6 " in foretold.diff
    assert ios_states.reveal("key1") not in foretold.diff
