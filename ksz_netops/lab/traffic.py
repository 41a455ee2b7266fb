"""Proofs by single packets: authorised flows are answered, all else is dropped and counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import KszError
from ksz_netops.lab.claims import Kind, injections, passages
from ksz_netops.lab.probes import ask, inject
from ksz_netops.lab.proofs import Proof
from ksz_netops.lab.requirements import Esp
from ksz_netops.lab.sandbox import wait_for
from ksz_netops.lab.seal import foreign_policy, inject_sealed
from ksz_netops.lab.topology import EXTRANET, INTERNET
from ksz_netops.lab.watch import Witness, drops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from ksz_netops.lab.claims import Injection, Passage
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.lab.proofs import Bench
    from ksz_netops.lab.watch import Drops

_TIMES: Final = 3
"""Packets of one injection, so that one of something else does not count for it."""
_TRIES: Final = 3
_HURRY: Final = 10


def flows_pass(bench: Bench, partners: frozenset[str], pool: Executor) -> Iterator[Proof]:
    """Every authorised flow of *partners*, all at once."""

    def prove(passage: Passage) -> Proof:
        answer = ask(
            bench.inside(passage.partner),
            passage.source,
            passage.service,
            limit_s=bench.patience_s,
        )
        return Proof(
            partner=passage.partner,
            hub=bench.topology.site(passage.partner).uplinks[0].hub,
            kind=Kind.AUTHORISED,
            subject=f"{passage.source} to {passage.service}",
            expected="passes",
            seen=answer.seen,
            holds=answer.answered,
        )

    yield from pool.map(prove, passages(bench.topology, partners))


def strays_are_dropped(bench: Bench, partners: frozenset[str], pool: Executor) -> Iterator[Proof]:
    """Every packet that must not pass; hubs side by side, at each hub one after the other.

    So a counter that rises has one packet to thank for it.
    """
    by_hub = defaultdict(list)
    for claim in injections(bench.topology, partners, seal=True):
        by_hub[claim.hub].append(claim)
    with Witness(bench.inside(EXTRANET), "ext0").watching() as witness:

        def prove(claims: list[Injection]) -> list[Proof]:
            proofs: list[Proof] = []
            for claim in claims:
                # A hub that keeps one waiting in vain is not waited for as long again.
                late = any(not proof.holds for proof in proofs)
                patience_s = bench.patience_s / (_HURRY if late else 1)
                proofs.append(_prove(bench, claim, witness, patience_s))
            return proofs

        for proofs in pool.map(prove, by_hub.values()):
            yield from proofs


def _prove(bench: Bench, claim: Injection, witness: Witness, patience_s: float) -> Proof:
    hub = bench.inside(claim.hub)
    seen = None
    # A forged sequence number that the site uses up first goes unnoticed as a repetition.
    tries = _TRIES if claim.sealed_by else 1
    for _ in range(tries):
        before = drops(hub)
        try:
            sent = send(bench, claim)
        except (KszError, OSError) as error:
            return _proof(claim, f"not sent: {error}", holds=False)
        look = partial(_seen, claim, witness, hub, before, sent)
        seen = wait_for(look, patience_s / tries)
        if seen:
            break
    # The counter rises before a packet that is let through all the same could arrive.
    arrived = witness.saw(claim.packet)
    if claim.passes:
        return _proof(claim, "arrived" if arrived else "did not arrive", holds=arrived)
    if arrived:
        return _proof(claim, "ARRIVED at the extranet", holds=False)
    return _proof(claim, seen or "did not arrive, but nothing counted it", holds=seen is not None)


def _seen(claim: Injection, witness: Witness, hub: Inside, before: Drops, sent: int) -> str | None:
    """What became of the packet, as soon as anything shows it."""
    if witness.saw(claim.packet):
        return "arrived"
    if claim.passes:
        return None
    rises = drops(hub).risen_since(before)
    enough = [f"{name} +{rise}" for name, rise in rises.items() if rise >= sent]
    return f"dropped, {', '.join(enough)}" if enough else None


def send(bench: Bench, claim: Injection) -> int:
    """Sends the packet and returns how often."""
    sender = bench.inside(claim.sender)
    octets = claim.packet.octets()
    if claim.sealed_by is None:
        inject(sender, claim.device, octets, claim.mac, times=_TIMES)
        return _TIMES
    if bench.esp is Esp.KERNEL:
        with foreign_policy(sender, claim.sealed_by, claim.device, claim.packet):
            inject(sender, claim.device, octets, claim.mac, times=_TIMES)
        return _TIMES
    # Once is enough: charon's log names the source.
    official = bench.topology.site(claim.partner).official
    filler = replace(claim.packet, source=official)
    mac = bench.link(claim.hub, INTERNET).mac
    inject_sealed(sender, claim.sealed_by, claim.packet, mac, filler)
    return 1


def _proof(claim: Injection, seen: str, *, holds: bool) -> Proof:
    return Proof(
        partner=claim.partner,
        hub=claim.hub,
        kind=claim.kind,
        subject=claim.subject,
        expected="passes" if claim.passes else "dropped and counted",
        seen=seen,
        holds=holds,
    )
