"""A first push, a second one and an audit succeed on each kind of router that was seen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.hub.timing import Timing
from ksz_netops.change.hub.transaction import provision
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import read_hub
from ksz_netops.lab.emulator.peers import Peer
from ksz_netops.lab.emulator.profiles import PROFILES, Profile
from ksz_netops.platforms.ios_xe import PLATFORM
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("vlan", "vpn", "backup", "bundle", "fedman", "line")
STATE = ios_states.state(
    {
        number: dataclasses.replace(ios_states.LINE, number=number, slot=number, kind=kind)
        for number, kind in enumerate(KINDS, start=5)
    }
)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: each.name)
def test_a_router_of_each_kind_is_pushed_to_twice_and_audited(
    tmp_path: Path, profile: Profile
) -> None:
    with ios_lab.lab(tmp_path, profile=profile) as lab:
        lab.router.peers = [
            Peer(
                address="203.0.113.106",
                key=ios_states.reveal("key1"),
                official="198.51.100.6/32",
            )
        ]

        def passes(seconds: float) -> None:
            lab.clock.now += seconds

        timing = Timing(now=lab.clock, sleep=passes, settle_s=4)
        first, second = (
            provision(PLATFORM, lab.target, STATE, reveal=ios_states.reveal, timing=timing)
            for _ in range(2)
        )
        reading = read_hub(PLATFORM, lab.target)

    assert (first.problems, first.status.value, second.status.value) == (
        (),
        "confirmed",
        "unchanged",
    )
    assert reading.problems == ()
    assert reading.state == STATE
    assert reading.evidence is not None
    wrong = [
        each
        for each in check_hub(STATE, reading)
        if each.verdict in {Verdict.VIOLATED, Verdict.UNKNOWN} and each.check != "bypass"
    ]
    assert wrong == []
