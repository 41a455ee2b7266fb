"""Tunnels of a Linux hub with a real peer: what changed ends, what did not goes on."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from linux_host import LinuxHost
from linux_states import keyed, reveal, state_of, tunnel

from ksz_netops.platforms import platforms
from ksz_netops.resources import DeviceState, Secret, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.observations import TunnelStatus

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
PEER = """\
connections {{
  to-hub-{number} {{
    version = 2
    local_addrs = 203.0.113.{number}
    remote_addrs = 203.0.113.1
    proposals = aes256gcm16-prfsha384-ecp384
    local {{
      auth = psk
      id = 203.0.113.{number}
    }}
    remote {{
      auth = psk
      id = 203.0.113.1
    }}
    children {{
      net-{number} {{
        local_ts = {official}/32
        remote_ts = 192.0.2.0/25
        esp_proposals = aes256gcm16-ecp384
      }}
    }}
  }}
}}
secrets {{
  ike-{number} {{
    id-hub = 203.0.113.1
    id-peer = 203.0.113.{number}
    secret = "{key}"
  }}
}}
"""


class Pair:
    """A hub, and a box with the gateways of two partners on the hub's internet port."""

    def __init__(self, hub: LinuxHost, peer: LinuxHost) -> None:
        self.hub, self.peer = hub, peer
        hub.beside(f"ip link set p-wan0 netns {peer.pid}")
        peer.run("ip link set p-wan0 up")
        for number in (77, 78):
            peer.run(f"ip addr add 203.0.113.{number}/24 dev p-wan0")
            peer.put(
                f"/etc/swanctl/conf.d/{number}.conf",
                PEER.format(
                    number=number,
                    official=f"203.0.113.{number}",
                    key=reveal(f"P{number:05}-S1"),
                ),
                0o600,
            )
        peer.start_charon()
        peer.run("swanctl --load-all --noprompt")

    def initiate(self, number: int) -> bool:
        """Whether the partner's gateway brings its tunnel up."""
        answer = self.peer.run(
            f"swanctl --terminate --ike to-hub-{number} --force --timeout 2 2>/dev/null;"
            f"swanctl --initiate --child net-{number} --timeout 10",
            check=False,
        )
        return "initiate completed successfully" in answer

    def statuses(self) -> dict[str, TunnelStatus]:
        """What the hub sees of its tunnels, by token."""
        with LINUX.connect(self.hub.target) as session:
            return {each.token: each for each in session.observe().tunnels}

    def association(self, number: int) -> str:
        """The cookies of the partner's IKE SA on the hub; empty where it has none."""
        found = self.hub.run(f"swanctl --list-sas --ike KSZ-P{number:05}-S1")
        return found.splitlines()[0] if found else ""

    def bring(self, state: DeviceState) -> None:
        with LINUX.connect(self.hub.target) as session:
            if session.stage(state, reveal):
                session.commit(revert_in_s=60)
                session.confirm()
            assert session.state() == state


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with (
        LinuxHost(tmp_path_factory.mktemp("hub")) as hub,
        LinuxHost(tmp_path_factory.mktemp("peer")) as peer,
    ):
        # Both boxes have a wan0 of their own; the peer's is not used.
        peer.run("ip link del wan0")
        hub.start_charon()
        yield Pair(hub, peer)


def test_tunnel_comes_up_with_exactly_its_selectors(pair: Pair) -> None:
    pair.bring(state_of(tunnel(77), tunnel(78)))

    assert pair.initiate(77)

    [child] = pair.statuses()["KSZ-P00077-S1"].children
    assert child.installed
    assert [str(each) for each in child.local] == ["192.0.2.0/25"]
    assert [str(each) for each in child.remote] == ["203.0.113.77/32"]


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
        assert session.state() != state

    pair.hub.start_charon()
    time.sleep(0.2)
    pair.hub.run("/usr/local/lib/ksz-netops/agent refresh")

    with LINUX.connect(pair.hub.target) as session:
        assert session.state() == state
