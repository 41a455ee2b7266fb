"""The packet proof on hubs that the playbooks have provisioned, and on ones that were broken."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from ksz_netops.lab.claims import Kind
from ksz_netops.lab.ping import pinger
from ksz_netops.lab.prove import prove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.lab.proofs import Proof
    from support.lab_running import Lab

pytestmark = pytest.mark.lab


def failures(proofs: Iterable[Proof]) -> list[str]:
    return [f"{each.kind}: {each.subject}: {each.seen}" for each in proofs if not each.holds]


def test_every_claim_about_every_partner_holds(connected_lab: Lab) -> None:
    bench = connected_lab.bench()
    partners = frozenset(site.partner for site in bench.topology.sites)

    proofs = prove(bench, partners)

    assert failures(proofs) == []
    assert {proof.partner for proof in proofs} == partners
    assert {proof.kind for proof in proofs} == set(Kind)
    assert sum(proof.kind is Kind.RATE_UP for proof in proofs) >= 4


def test_a_hole_in_the_filter_lets_packets_arrive_and_the_proof_sees_it(
    connected_lab: Lab,
) -> None:
    made = connected_lab.run(
        "hub-bru-1",
        *("nft", "-e", "-a", "insert", "rule", "inet", "ksz", "forward"),
        # The fence drops whatever the filter does not mark as admitted.
        *("iifname", "line1", "goto", "admitted"),
    )
    handle = re.search(r"# handle (\d+)", made)
    assert handle
    try:
        proofs = prove(connected_lab.bench(), frozenset({"P00001"}), rates=False)
    finally:
        connected_lab.run(
            *("hub-bru-1", "nft", "delete", "rule", "inet", "ksz", "forward"),
            *("handle", handle[1]),
        )

    broken = {proof.kind for proof in proofs if not proof.holds}
    assert broken == {Kind.UNAUTHORISED, Kind.OTHER_SOURCE, Kind.OTHER_PARTNER}
    assert {proof.seen for proof in proofs if not proof.holds} == {"ARRIVED at the extranet"}


def test_a_drop_that_nothing_counts_is_no_proof(connected_lab: Lab) -> None:
    connected_lab.run(
        "hub-bru-1", "sh", "-c",
        "nft add table ip silent && nft add chain ip silent pre"
        " '{ type filter hook prerouting priority raw; }'"
        " && nft add rule ip silent pre iifname line1 ip saddr != 198.51.100.1 drop",
    )  # fmt: skip
    try:
        proofs = prove(connected_lab.bench(patience_s=0.5), frozenset({"P00001"}), rates=False)
    finally:
        connected_lab.run("hub-bru-1", "nft", "delete", "table", "ip", "silent")

    unseen = [proof for proof in proofs if not proof.holds]
    assert {proof.kind for proof in unseen} == {Kind.OTHER_SOURCE, Kind.OTHER_PARTNER}
    assert {proof.seen for proof in unseen} == {"did not arrive, but nothing counted it"}


def test_a_wrong_rate_is_seen(connected_lab: Lab) -> None:
    shown = connected_lab.run("hub-bru-1", "tc", "class", "show", "dev", "line1")
    handle = next(line.split()[2] for line in shown.splitlines() if "2048Kbit" in line)

    def limit(kbit: int) -> None:
        connected_lab.run(
            *("hub-bru-1", "tc", "class", "change", "dev", "line1", "parent", "4b5a:"),
            *("classid", handle, "htb", "rate", f"{kbit}kbit", "ceil", f"{kbit}kbit"),
            *("burst", "4000", "cburst", "4000", "quantum", "1514"),
        )

    limit(1500)
    try:
        proofs = prove(connected_lab.bench(), frozenset({"P00001"}))
    finally:
        limit(2048)

    (failed,) = (proof for proof in proofs if not proof.holds)
    assert failed.kind is Kind.RATE_DOWN
    assert failed.seen.startswith("1")


def test_a_ping_counts_what_is_lost_while_the_line_is_cut(connected_lab: Lab) -> None:
    bench = connected_lab.bench()
    site = bench.topology.site("P00001")
    probe = pinger(bench.topology, site, bench.inside("P00001"), 0.02)
    first, second = (
        threading.Timer(0.5, cut, [connected_lab, "down"]),
        threading.Timer(1.0, cut, [connected_lab, "up"]),
    )
    first.start()
    second.start()

    tally = probe.run(100)

    first.join()
    second.join()
    assert tally.sent == 100
    assert 0 < tally.lost < 100


def cut(lab: Lab, state: str) -> None:
    lab.run("P00001", "ip", "link", "set", "line0", state)
    if state == "up":
        lab.run(
            *("P00001", "ip", "route", "replace", "192.0.2.0/25", "src", "198.51.100.1"),
            *("metric", "10", "via", "192.0.2.129", "dev", "line0", "onlink"),
        )
