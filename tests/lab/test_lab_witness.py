"""A packet by which the proof refutes a hub's filter is sent, and passes; a proven hub has none."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.reading import read_hub
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.lab.packets import Packet
from ksz_netops.lab.probes import inject
from ksz_netops.lab.sandbox import wait_for
from ksz_netops.lab.topology import EXTRANET
from ksz_netops.lab.watch import Witness
from ksz_netops.platforms import platforms
from ksz_netops.proof import Certificate, Leak, Unproven, prove_hub
from ksz_netops.state.resources import Owner, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops import proof
    from ksz_netops.proof import Judgement
    from support.lab_running import Lab

pytestmark = pytest.mark.lab

HUB = "hub-bru-1"
OWNER = Owner.of("P00001", "S1")
MARK = 0x7A7A
PROTOCOLS = {1: Protocol.ICMP, 6: Protocol.TCP, 17: Protocol.UDP}
ADD = ("nft", "add", "element", "inet", "ksz")
DELETE = ("nft", "delete", "element", "inet", "ksz")
PORT = ("flows4", '{ 198.51.100.1 . 192.0.2.10 . tcp . 5432 comment "KSZ-P00001" }')
OTHER_ADDRESS = (
    ("line_in4", '{ "line1" . 198.51.100.2 comment "KSZ-P00002-S1" }'),
    ("line_out4", '{ "line1" . 198.51.100.2 comment "KSZ-P00002-S1" }'),
)
LEAKS = {
    "a port that nobody authorised": (PORT,),
    "another partner's address on a partner's line": OTHER_ADDRESS,
}


@contextmanager
def altered(lab: Lab, elements: tuple[tuple[str, str], ...]) -> Iterator[None]:
    """The hub with *elements* in its filter that nobody intended, while the block lasts."""
    for name, element in elements:
        lab.run(HUB, *ADD, name, element)
    try:
        yield
    finally:
        for name, element in elements:
            lab.run(HUB, *DELETE, name, element)


def judged(lab: Lab) -> dict[Owner, Judgement]:
    """What the proof says of the filters that the hub holds now."""
    intent = load_intent(lab.inventory)
    secrets = Vault.open(lab.inventory).secrets()
    platform = platforms()[intent.hubs[HUB].platform]
    reading = read_hub(platform, target_of(intent, HUB, lab.inventory))
    assert reading.state is not None, reading.why
    return prove_hub(
        reading.state, desired_state(intent, HUB, secrets=secrets, on=date(2026, 11, 24))
    )


def arrives(lab: Lab, partner: str, witness: proof.Packet) -> bool:
    """Whether *witness*, put on the wire at the site of *partner*, comes out at the extranet."""
    bench = lab.bench()
    uplink = bench.topology.site(partner).uplinks[0]
    packet = Packet(
        source=witness.source,
        destination=witness.destination,
        protocol=PROTOCOLS[witness.protocol],
        mark=MARK,
        port=witness.port if witness.protocol != 1 else 0,
    )
    port = bench.topology.link(HUB, uplink.end.port.interface)
    with Witness(bench.inside(EXTRANET), "ext0").watching() as seen:
        inject(bench.inside(partner), uplink.device, packet.octets(), port.mac, times=3)
        return bool(wait_for(lambda: seen.saw(packet) or None, 3))


def test_a_provisioned_hub_is_proven_from_what_it_holds(connected_lab: Lab) -> None:
    found = judged(connected_lab)

    assert all(isinstance(each, Certificate) for each in found.values()), found
    assert {owner.partner for owner in found} >= {"P00001", "P00002", "P00006", "P00007"}


@pytest.mark.parametrize("leak", LEAKS)
def test_the_packet_that_refutes_a_filter_really_passes(connected_lab: Lab, leak: str) -> None:
    with altered(connected_lab, LEAKS[leak]):
        refuted = judged(connected_lab)[OWNER]
        assert isinstance(refuted, Leak), refuted
        passed = arrives(connected_lab, str(OWNER.partner), refuted.packet)

    assert passed, refuted
    assert not arrives(connected_lab, str(OWNER.partner), refuted.packet)


def test_half_of_an_entry_that_lets_another_in_leaves_nobody_proven(connected_lab: Lab) -> None:
    with altered(connected_lab, OTHER_ADDRESS[:1]):
        found = judged(connected_lab)

    assert all(isinstance(each, Unproven) for each in found.values()), found
