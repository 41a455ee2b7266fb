"""What really passes: every authorised flow asked for, and everything forbidden sent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import KszError
from ksz_netops.lab.claims import Injection, injections, passages
from ksz_netops.lab.probes import ask
from ksz_netops.lab.topology import EXTRANET
from ksz_netops.lab.traffic import send
from ksz_netops.lab.watch import Witness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.hand_edits.world import World
    from ksz_netops.lab.claims import Passage

_ANSWER_S: Final = 4.0
_ARRIVAL_S: Final = 0.5


def wrong_packets(world: World, aimed: Iterable[Injection] = ()) -> list[str]:
    """What passes and must not, and what must pass and does not.

    *aimed* are forbidden packets beside those that the lab knows by itself.
    """
    partners = frozenset(site.partner for site in world.sites)
    bench = world.bench

    def refused(passage: Passage) -> str | None:
        inside = bench.inside(passage.partner)
        answer = ask(inside, passage.source, passage.service, limit_s=_ANSWER_S)
        words = f"{passage.partner}: {passage.source} to {passage.service}: {answer.seen}"
        return None if answer.answered else words

    with (
        ThreadPoolExecutor(max_workers=16) as pool,
        Witness(bench.inside(EXTRANET), "ext0").watching() as witness,
    ):
        asked = pool.map(refused, passages(bench.topology, partners))
        claims = [*injections(bench.topology, partners, seal=True), *aimed]
        for claim in claims:
            _sent(world, claim)
        found = [words for words in asked if words]
        end = time.monotonic() + _ARRIVAL_S
        while time.monotonic() < end and not all(witness.saw(claim.packet) for claim in claims):
            time.sleep(0.05)
        for claim in claims:
            if witness.saw(claim.packet) is not claim.passes:
                verb = "did not arrive" if claim.passes else "ARRIVED"
                found.append(f"{claim.partner}: {claim.kind}: {claim.subject} {verb}")
    return found


def _sent(world: World, claim: Injection) -> None:
    try:
        send(world.bench, claim)
    except (KszError, OSError):
        # A site that cannot send, as where its tunnel is gone, sends nothing forbidden.
        return
