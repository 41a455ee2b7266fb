"""Whether a router can carry what is intended is known before anything is sent to it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ksz_netops.lab.emulator.profiles import PROFILES
from ksz_netops.platforms import Examiner, Recorder
from ksz_netops.platforms.ios_xe import PLATFORM
from ksz_netops.platforms.ios_xe.config import tree
from ksz_netops.platforms.ios_xe.device import readiness
from ksz_netops.platforms.ios_xe.device.readiness import lacks
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from pathlib import Path

VERSION = """\
Cisco IOS XE Software, Version 17.09.04a
Cisco IOS Software [Cupertino], c8000be Software, Version 17.9.4a, RELEASE SOFTWARE (fc3)
License Level: network-advantage
The current throughput level is 250000 kbps
"""
ANSWERS = {
    readiness.VERSION: VERSION,
    readiness.CLOCK: "08:00:00.000 UTC Tue Nov 24 2026\n",
    readiness.ARCHIVE: "The next archive file will be named bootflash:archive-<timestamp>-1\n",
    readiness.PORTS: "".join(
        f"GigabitEthernet{each} is up, line protocol is up \n"
        for each in ("0", "0/0/0", "0/0/1", "0/0/2", "0/0/3")
    ),
    readiness.DEFAULT_ROUTE: "\nRouting Table: INET\nRouting entry for 0.0.0.0/0, supernet\n",
}
RUNNING = """\
version 17.9
file prompt quiet
password encryption aes
ipv6 unicast-routing
vrf definition INET
 address-family ipv4
 exit-address-family
ip scp server enable
no crypto ikev2 policy default
no crypto ikev2 proposal default
interface Loopback0
 ip address 10.99.0.1 255.255.255.255
interface GigabitEthernet0/0/0
 vrf forwarding INET
"""
VPN = dataclasses.replace(ios_states.LINE, number=6, kind="vpn")
STATE = ios_states.state({5: ios_states.LINE, 6: VPN})
HIGH = ios_states.state({6: dataclasses.replace(VPN, crypto="high")})
LINES = ios_states.state({5: ios_states.LINE})


def test_a_router_that_has_everything_lacks_nothing() -> None:
    assert list(lacks(ANSWERS, tree.read(RUNNING), STATE)) == []


@pytest.mark.parametrize(
    ("answers", "running", "word"),
    [
        ({readiness.VERSION: ""}, "", "release"),
        ({readiness.VERSION: "Cisco IOS Software, IOSv, Version 15.7(3)M3"}, "", "no IOS-XE"),
        ({readiness.VERSION: VERSION.replace("17.", "16.")}, "", "16.9"),
        ({readiness.VERSION: VERSION.replace("network-advantage", "")}, "", "licence level"),
        ({readiness.VERSION: VERSION.replace("250000", "1000")}, "", "throughput level"),
        ({readiness.CLOCK: "*00:00:12.000 UTC Mon Jan 1 2001\n"}, "", "clock"),
        ({readiness.ARCHIVE: " Archive feature not enabled\n"}, "", "archive"),
        ({readiness.DEFAULT_ROUTE: "% Network not in table\n"}, "", "default route"),
        (
            {
                readiness.PORTS: ANSWERS[readiness.PORTS].replace(
                    "0/0/2 is up", "0/0/2 is administratively down"
                )
            },
            "",
            "is shut",
        ),
        ({readiness.PORTS: "GigabitEthernet0 is up, line protocol is up\n"}, "", "no port"),
        ({}, "no ip routing\n", "IPv4"),
        ({}, "aaa new-model\n", "SCP"),
    ],
)
def test_each_lack_is_one_finding_with_what_mends_it(
    answers: dict[str, str], running: str, word: str
) -> None:
    found = list(lacks(ANSWERS | answers, tree.read(f"{RUNNING}{running}"), STATE))

    assert any(word in each.what for each in found), found
    assert all(each.fix for each in found)


@pytest.mark.parametrize(
    "line",
    [
        "file prompt quiet",
        "password encryption aes",
        "ip scp server enable",
        "no crypto ikev2 policy default",
        "no crypto ikev2 proposal default",
        " address-family ipv4",
        " vrf forwarding INET",
        " ip address 10.99.0.1 255.255.255.255",
    ],
)
def test_each_line_that_a_router_is_prepared_with_is_missed(line: str) -> None:
    without = RUNNING.replace(f"{line}\n", "")

    assert len(list(lacks(ANSWERS, tree.read(without), STATE))) == 1


def test_a_post_quantum_key_exchange_needs_the_release_that_has_it() -> None:
    release, fragmentation = lacks(ANSWERS, tree.read(RUNNING), HIGH)
    (alone,) = lacks(ANSWERS, tree.read(f"{RUNNING}crypto ikev2 fragmentation\n"), HIGH)

    assert "26.1" in release.what
    assert "fragmented" in fragmentation.what
    assert alone == release


def test_a_hub_without_tunnels_needs_nothing_for_them() -> None:
    bare = tree.read("version 17.9\nfile prompt quiet\nip scp server enable\n")

    assert list(lacks(ANSWERS, bare, LINES)) == []


def test_a_router_is_asked_over_ssh_and_recorded_without_keys(tmp_path: Path) -> None:
    fresh = PROFILES[-1]
    with (
        ios_lab.lab(tmp_path, profile=fresh) as lab,
        PLATFORM.connect(lab.target) as session,
    ):
        assert isinstance(session, Examiner)
        assert isinstance(session, Recorder)
        found = session.lacks(STATE)
        recorded = session.recording()

    assert any("licence level" in each.what for each in found)
    assert "startup-config is not present" in recorded["show startup-config"]
    assert "ABCDEF" not in "".join(recorded.values())


def test_a_recording_is_replayed_by_the_emulated_router(tmp_path: Path) -> None:
    with ios_lab.lab(tmp_path) as lab:
        lab.router.recorded = {readiness.CLOCK: "*00:00:12.000 UTC Mon Jan 1 2001"}
        with PLATFORM.connect(lab.target) as session:
            assert isinstance(session, Examiner)
            found = session.lacks(LINES)

    assert any("clock" in each.what for each in found)
