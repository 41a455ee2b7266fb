"""Who has nothing but the pack and a strongSwan box is connected in one try."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import LabError
from ksz_netops.handover.equipment import Surroundings
from ksz_netops.handover.facts import gather
from ksz_netops.handover.pack import assemble
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.lab.running import Running
from ksz_netops.lab.sandbox import wait_for
from ksz_netops.lab.seal import installed
from ksz_netops.lab.traffic import flows_pass
from ksz_netops.state.addresses import read_network
from support.lab_running import ON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.lab_running import Lab

pytestmark = pytest.mark.lab

CONFIGURED = "/etc/swanctl/conf.d/ksz.conf"
BEFORE = "/etc/swanctl/conf.d/tunnels.conf"
LOAD = ("swanctl", "--load-all", "--noprompt")


class Engineer:
    """Sets up a partner's bare gateway from the pack, part by part as it says."""

    def __init__(self, lab: Lab, partner: str) -> None:
        self.lab, self.partner = lab, partner
        self.site = Running.of(lab.inventory).host(partner).inside
        vault = Vault.open(lab.inventory)
        self.facts = gather(load_intent(lab.inventory), partner, secrets=vault.secrets(), on=ON)
        (tunnel,) = self.facts.tunnels
        pack = assemble(
            self.facts,
            languages=[],
            on=ON,
            around=Surroundings(lan=read_network("10.20.0.0/16")),
        )
        text = pack.files[f"{partner}-S1-strongswan.txt"].decode()
        self.daemon, self.shell, self.filter = re.split(r"^# [23]\. .*\n", text, flags=re.MULTILINE)
        self.daemon = self.daemon.replace(f"KEY-{tunnel.key.name}", vault.reveal(tunnel.key.name))
        self.former = self.site.path(BEFORE).read_text(encoding="utf-8")

    def set_up(self) -> None:
        self.site.path(BEFORE).unlink()
        for name in {child.ike["name"] for child in installed(self.site)}:
            self.lab.run(self.partner, "swanctl", "--terminate", "--ike", name, "--force")
        self.site.path(CONFIGURED).write_text(self.daemon, encoding="utf-8")
        self.lab.run(self.partner, *LOAD)
        for line in self.shell.splitlines():
            # The lab gave the box its official address when it booted.
            if line.startswith("ip route"):
                self.lab.run(self.partner, "sh", "-c", line)
        self.lab.run(self.partner, "sh", "-c", f"nft -f - <<'END'\n{self.filter}END\n")

    def wait_for_tunnel(self) -> bool:
        wanted = len(self.facts.tunnels[0].prefixes)
        return bool(wait_for(lambda: len(installed(self.site)) == wanted or None, 20))

    def end_tunnel(self) -> None:
        self.site.path(CONFIGURED).unlink()
        self.lab.run(self.partner, *LOAD)
        # With its connection charon gives up what it started for it.
        assert wait_for(lambda: not installed(self.site) or None, 10)

    def take_down(self) -> None:
        self.site.path(CONFIGURED).unlink(missing_ok=True)
        self.site.path(BEFORE).write_text(self.former, encoding="utf-8")
        for line in self.shell.splitlines():
            if line.startswith("ip route add"):
                self.lab.run(self.partner, "sh", "-c", line.replace(" add ", " del ", 1))
        self.lab.run(self.partner, "nft", "delete", "table", "inet", "ksz_partner")
        self.lab.run(self.partner, *LOAD)


@pytest.fixture(params=["P00007", "P00008"])
def engineer(connected_lab: Lab, request: pytest.FixtureRequest) -> Iterator[Engineer]:
    """One whose gateway has the official address itself, and one whose gateway has another."""
    one = Engineer(connected_lab, request.param)
    one.set_up()
    try:
        yield one
    finally:
        one.take_down()


def test_the_pack_alone_connects_a_strongswan_box(engineer: Engineer) -> None:
    up = engineer.wait_for_tunnel()
    with ThreadPoolExecutor() as pool:
        proofs = list(flows_pass(engineer.lab.bench(), frozenset({engineer.partner}), pool))

    assert up
    assert proofs
    assert [proof.subject for proof in proofs if not proof.holds] == []
    assert {child.ike["name"] for child in installed(engineer.site)} == {"ksz"}


def test_while_the_tunnel_is_down_the_box_discards_what_goes_to_the_extranet(
    engineer: Engineer,
) -> None:
    tunnel = engineer.facts.tunnels[0]
    (prefix,) = tunnel.prefixes
    service = engineer.facts.services[0].permits[0].destination.network_address
    ask = ("ip", "route", "get", str(service), "from", str(tunnel.official))
    # The lab's own way into the tunnel, which a partner's box has not.
    shown = engineer.lab.run(engineer.partner, "ip", "route", "show", str(prefix)).splitlines()
    (route,) = (line for line in shown if " dev ipsec0 " in line)

    assert engineer.wait_for_tunnel()
    engineer.lab.run(engineer.partner, "sh", "-c", f"ip route del {route}")
    try:
        up = engineer.lab.run(engineer.partner, *ask)
        engineer.end_tunnel()
        with pytest.raises(LabError, match="Invalid argument"):
            engineer.lab.run(engineer.partner, *ask)
    finally:
        engineer.lab.run(engineer.partner, "sh", "-c", f"ip route add {route}")

    assert "ipsec0" in up
