"""The packet proof: everything that the topology claims, put to the test on the running hosts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.claims import Kind
from ksz_netops.lab.contracts import rates_hold
from ksz_netops.lab.sandbox import wait_for
from ksz_netops.lab.seal import installed
from ksz_netops.lab.traffic import flows_pass, strays_are_dropped
from ksz_netops.lab.visits import accounts_open_for_their_partner
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ksz_netops.lab.proofs import Bench, Proof
    from ksz_netops.lab.topology import Site

_AT_ONCE: Final = 32
_ORDER: Final = {kind: number for number, kind in enumerate(Kind)}


def prove(
    bench: Bench,
    partners: frozenset[str],
    *,
    rates: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Proof, ...]:
    """Every proof about *partners*, sorted by partner and kind.

    Without *rates* it takes seconds; with them, a quarter of a minute.

    Raises:
        LabError: If a host that a proof needs does not run.
    """
    sites = [bench.topology.site(partner) for partner in sorted(partners)]
    progress("waiting for the tunnels")
    _await_tunnels(bench, sites)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool, ThreadPoolExecutor() as visitors:
        # A refused visitor waits long for nothing, and disturbs nobody meanwhile.
        visits = visitors.submit(
            lambda: list(accounts_open_for_their_partner(bench, sites, visitors))
        )
        progress("asking for every authorised flow")
        proofs = [*flows_pass(bench, partners, pool)]
        progress("sending what must be dropped")
        proofs += strays_are_dropped(bench, partners, pool)
        if rates:
            progress("measuring the rates")
            proofs += rates_hold(bench, sites, pool)
        progress("visiting the file server")
        proofs += visits.result()
    return tuple(sorted(proofs, key=lambda each: (each.partner, _ORDER[each.kind], each.subject)))


def _await_tunnels(bench: Bench, sites: Iterable[Site]) -> None:
    """Gives tunnels time to come up; one that does not fails its proofs by itself."""
    waiting = [
        (site.partner, uplink.token, len(uplink.end.local_prefixes))
        for site in sites
        for uplink in site.uplinks
        if isinstance(uplink.end, Tunnel)
    ]

    def up() -> bool | None:
        while waiting:
            partner, token, children = waiting[-1]
            there = installed(bench.inside(partner))
            if sum(child.ike["name"] == token for child in there) < children:
                return None
            waiting.pop()
        return True

    wait_for(up, bench.patience_s)
