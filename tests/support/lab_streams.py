"""Packets that go on while something is changed, and what partners may reach meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ksz_netops.lab.ping import pinger
from ksz_netops.lab.probes import ask
from ksz_netops.state.resources import PartnerFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.change.plan.plan import HubPlan
    from ksz_netops.lab.ping import Tally
    from ksz_netops.state.resources import Permit
    from support.lab_running import Lab


@contextmanager
def streams(lab: Lab, partners: Iterable[str], interval_s: float = 0.05) -> Iterator[list[Tally]]:
    """One stream of packets for each of *partners*; the tallies are there after the block."""
    bench = lab.bench()
    pingers = [
        pinger(bench.topology, bench.topology.site(each), bench.inside(each), interval_s)
        for each in partners
    ]
    tallies: list[Tally] = []
    with ThreadPoolExecutor(max_workers=len(pingers)) as threads:
        runs = [threads.submit(each.run, None) for each in pingers]
        # A stream that has not begun can lose nothing.
        threading.Event().wait(4 * interval_s)
        try:
            yield tallies
        finally:
            for each in pingers:
                each.stop()
            tallies += [each.result() for each in runs]


def permits_that_move(part: HubPlan) -> Iterator[tuple[str, Permit, Permit]]:
    """Each partner of whom *part* takes one permit and gives another: the two."""
    comes = {each.owner: each for each in part.comes if isinstance(each, PartnerFilter)}
    for before in part.goes:
        if isinstance(before, PartnerFilter) and before.owner in comes:
            after = comes[before.owner]
            gone, fresh = (
                set(before.permits) - set(after.permits),
                set(after.permits) - set(before.permits),
            )
            if len(gone) == len(fresh) == 1:
                yield before.owner.partner, gone.pop(), fresh.pop()


def reached(lab: Lab, partner: str, permit: Permit) -> bool:
    """Whether *partner* is answered at *permit*, from its official address."""
    bench = lab.bench()
    source = bench.topology.site(partner).official
    return ask(bench.inside(partner), source, permit, limit_s=1.5).answered
