"""A hub on a kernel with ESP and VLANs, prepared by the role and provisioned by the product."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.timing import Timing
from ksz_netops.change.hub.transaction import provision
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.lab.claims import Kind
from ksz_netops.lab.prove import prove
from ksz_netops.platforms import platforms
from support.lab_running import Lab, copy_of_sample
from support.playbook_run import run_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.change.hub.outcome import Outcome
    from ksz_netops.lab.proofs import Proof
    from ksz_netops.state.resources import DeviceState

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(1800)]

HUB = "hub-k-1"
LINE, SAME, OTHER = "P00001", "P00002", "P00003"
"""A line in a VLAN; a VPN whose official address is its peer's; a VPN whose is not."""
# Under emulation everything takes many times longer.
PATIENCE_S = 120


def provisioned(lab: Lab, *, without: str | None = None) -> tuple[DeviceState, Outcome]:
    """What the hub must hold, and how it came to hold it."""
    intent = load_intent(lab.inventory)
    staying = tuple(each for each in intent.partners if each.id != without)
    intent = dataclasses.replace(intent, partners=staying)
    vault = Vault.open(lab.inventory)
    today = datetime.now(UTC).date()
    state = desired_state(intent, HUB, secrets=vault.secrets(), on=today)
    outcome = provision(
        platforms()[intent.hubs[HUB].platform],
        target_of(intent, HUB, lab.inventory),
        state,
        reveal=vault.reveal,
        revert_in_s=600,
        timing=Timing(settle_s=PATIENCE_S),
    )
    return state, outcome


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    source = Path(__file__).parent / "inventory"
    inventory = copy_of_sample(tmp_path_factory.mktemp("kernel") / "inventory", source)
    with Lab(inventory) as lab:
        run = run_playbook("prepare", inventory, "--timeout", "120")
        assert run.exit_code == 0, run.output
        _, outcome = provisioned(lab)
        assert outcome.status is Status.CONFIRMED, outcome
        yield lab


@pytest.fixture(scope="module")
def proofs(hub: Lab) -> tuple[Proof, ...]:
    return prove(hub.bench(PATIENCE_S), frozenset({LINE, SAME, OTHER}), rates=False)


def test_the_kernel_and_not_the_daemon_encrypts(hub: Lab, proofs: tuple[Proof, ...]) -> None:
    assert "kernel-libipsec" not in hub.run(HUB, "swanctl", "--stats")
    assert "ipsec0" not in hub.run(HUB, "ip", "-brief", "link")
    sas = hub.run(HUB, "swanctl", "--list-sas")
    assert sas.count("INSTALLED, TUNNEL,") == 2, sas
    assert "TUNNEL-in-UDP" not in sas
    assert proofs


@pytest.mark.parametrize("partner", [LINE, SAME, OTHER])
def test_authorised_flows_pass(proofs: tuple[Proof, ...], partner: str) -> None:
    flows = [each for each in proofs if (each.partner, each.kind) == (partner, Kind.AUTHORISED)]

    assert len(flows) == 2
    assert [each for each in flows if not each.holds] == []


def test_everything_else_is_dropped_and_counted(proofs: tuple[Proof, ...]) -> None:
    strays = [each for each in proofs if each.kind is not Kind.AUTHORISED]

    assert strays
    assert [each for each in strays if not each.holds] == []


def test_the_line_is_a_vlan_of_its_port(hub: Lab) -> None:
    assert "vlan protocol 802.1Q id 101" in hub.run(HUB, "ip", "-d", "link", "show", "line1.101")


def test_the_filter_knows_a_tunnel_by_the_number_of_its_state(
    hub: Lab, proofs: tuple[Proof, ...]
) -> None:
    assert proofs
    policies = hub.run(HUB, "ip", "xfrm", "policy")
    table = hub.run(HUB, "nft", "list", "table", "inet", "ksz")
    assert "reqid 100002" in policies
    assert "ipsec in reqid" in table
    for element in ("2 . 203.0.113.77 counter packets", "3 . 198.51.100.3 counter packets"):
        _, _, counted = table.partition(element)
        assert int(counted.split()[0]) > 0, table


def test_nothing_leaves_in_clear_while_a_tunnel_is_down(hub: Lab) -> None:
    hub.run(OTHER, "sh", "-c", "kill -STOP $(pidof charon)")
    end = "swanctl --terminate --ike KSZ-P00003-S1 --force --timeout 5"
    # The daemon says that it failed where the other side has not agreed in time, and ends it.
    hub.run(HUB, "sh", "-c", f"{end} || true")
    assert "reqid 100002, INSTALLED" in (sas := hub.run(HUB, "swanctl", "--list-sas"))
    assert "reqid 100003, INSTALLED" not in sas
    hub.run(
        "internet",
        "nft",
        "add table inet leak; add chain inet leak seen"
        " { type filter hook prerouting priority -300; };"
        " add rule inet leak seen ip daddr 198.51.100.3 counter",
    )
    knock = (
        "import socket\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for _ in range(20):\n    s.sendto(b'x', ('198.51.100.3', 9))\n"
    )

    # A packet that the hub discards is answered, which fails the next one.
    hub.run("extranet", "sh", "-c", f'python3 -c "{knock}" || true')

    assert "counter packets 0 " in hub.run("internet", "nft", "list", "table", "inet", "leak")
    hub.run(OTHER, "sh", "-c", "kill -CONT $(pidof charon)")


def test_who_leaves_leaves_no_trace_in_the_kernel(hub: Lab) -> None:
    state, outcome = provisioned(hub, without=SAME)

    assert outcome.status is Status.CONFIRMED, outcome
    assert state.of_partner(SAME) == ()
    left = hub.run(
        HUB,
        "sh",
        "-c",
        "ip xfrm policy; ip xfrm state; swanctl --list-sas; swanctl --list-conns;"
        " nft list table inet ksz; ip route show table all",
    )
    assert SAME not in left
    assert "203.0.113.77" not in left
    assert "203.0.113.80" in left
