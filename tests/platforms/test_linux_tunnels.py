"""Tunnels of a Linux hub with a real peer: what changed ends, what did not goes on."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import read_hub
from ksz_netops.state.resources import DeviceState, Secret, Tunnel
from support.linux_host import LinuxHost
from support.linux_pair import LINUX, Pair
from support.linux_states import keyed, reveal, state_of, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        LinuxHost(tmp_path_factory.mktemp("hub")) as hub,
        LinuxHost(tmp_path_factory.mktemp("peer")) as peer,
    ):
        yield Pair(hub, peer)


def test_tunnel_comes_up_with_exactly_its_selectors(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77), tunnel(78)))

    assert pair.initiate(77)

    [child] = pair.statuses()["KSZ-P00077-S1"].children
    assert child.installed
    assert [str(each) for each in child.local] == ["192.0.2.0/25"]
    assert [str(each) for each in child.remote] == ["203.0.113.77/32"]


def test_only_the_authorised_flow_passes_and_only_in_the_tunnel(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77)))
    pair.terminate(77)
    assert not pair.reaches(77)

    assert pair.initiate(77)
    assert pair.reaches(77)
    assert dict(pair.observed().admitted)["KSZ-P00077-S1"].packets > 0

    before = dict(pair.observed().dropped)["unauthorised"].packets
    assert not pair.reaches(77, port=80)
    assert dict(pair.observed().dropped)["unauthorised"].packets > before

    pair.terminate(77)
    assert not pair.reaches(77)


def test_changed_tunnel_ends_and_the_other_goes_on(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77), tunnel(78)))
    assert pair.initiate(77)
    assert pair.initiate(78)
    other = pair.association(78).split(",")[0]

    pair.bring(state_of(tunnel(77, official="198.51.100.77"), tunnel(78)))

    assert pair.association(77) == ""
    assert pair.association(78).split(",")[0] == other


def test_off_boarded_partner_has_no_tunnel_and_gets_none(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77), tunnel(78)))
    assert pair.initiate(77)

    pair.bring(state_of(tunnel(78)))

    assert pair.association(77) == ""
    assert not pair.initiate(77)


def test_undone_change_of_a_tunnel_lets_it_come_up_as_before(pair: Pair) -> None:
    before = state_of(tunnel(77))
    pair.bring(before)
    with LINUX.connect(pair.hub.target) as session:
        session.stage(state_of(tunnel(77, official="198.51.100.77")), reveal)
        session.commit(revert_in_s=60)
        session.rollback()
        assert session.state() == before

    assert pair.initiate(77)


def test_other_key_on_the_hub_keeps_the_partner_out(pair: Pair) -> None:
    wrong = DeviceState.of(
        replace(each, secret=Secret(name="P00999-S1", fingerprint=keyed(999).fingerprint))
        if isinstance(each, Tunnel)
        else each
        for each in state_of(tunnel(77))
    )
    pair.bring(wrong)

    assert not pair.initiate(77)

    pair.bring(state_of(tunnel(77)))
    assert pair.initiate(77)


def test_rates_come_again_after_charon_started_anew(pair: Pair) -> None:
    state = state_of(tunnel(77))
    pair.bring(state)
    pair.hub.run("pkill -9 -x charon; sleep 0.5")
    (pair.hub.folder / "down").touch()
    pair.hub.run("rm -f /run/charon.vici")
    with LINUX.connect(pair.hub.target) as session:
        assert [each.kinds for each in session.state().unconfirmed] == [("tunnel",)]

    pair.hub.start_charon()
    time.sleep(0.2)
    pair.hub.run("/usr/local/lib/ksz-netops/agent refresh")

    with LINUX.connect(pair.hub.target) as session:
        assert session.state() == state


def test_the_hub_says_the_way_into_a_tunnel_that_is_up(pair: Pair) -> None:
    state = state_of(tunnel(77))
    pair.bring(state)
    assert pair.initiate(77)

    findings = check_hub(state, read_hub(LINUX, pair.hub.target))

    assert [f.verdict for f in findings if (f.check, f.partner) == ("way", "P00077")] == [
        Verdict.COMPLIANT
    ], [f.reason for f in findings if f.check == "way"]
