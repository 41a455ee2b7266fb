"""Proofs of the contracted rate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.claims import Kind, authorised
from ksz_netops.lab.proofs import Proof
from ksz_netops.lab.rates import Stretch, measure
from ksz_netops.lab.requirements import Esp
from ksz_netops.lab.topology import Line
from ksz_netops.resources import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.lab.proofs import Bench
    from ksz_netops.lab.topology import Site, Uplink

TOLERANCE: Final = 0.08
SECONDS: Final = 8.0
_STREAMS: Final = 2
"""TCP connections of one measurement: one alone may leave the line idle after a loss."""
_ETHERNET: Final = 14
_ESP_ON_ETHERNET: Final = 72
"""Ethernet, outer IPv4 header, ESP with AES-GCM and the usual padding."""
_CARRIES: Final = 0.02
"""Share of the octets below which a device carried acknowledgements or chatter only."""


def rates_hold(bench: Bench, sites: Iterable[Site], pool: Executor, *, up: bool) -> list[Proof]:
    """One direction of every site's way that is used first, all at once."""
    return [proof for proof in pool.map(lambda site: _prove(bench, site, up=up), sites) if proof]


def _prove(bench: Bench, site: Site, *, up: bool) -> Proof | None:
    """None where no rate was contracted, or no flow over TCP lets it be measured."""
    services = authorised(site, bench.topology.services)
    service = next((each for each in services if each.protocol is Protocol.TCP), None)
    if not site.uplinks or service is None or service.ports is None:
        return None
    first = site.uplinks[0]
    contracted = first.rate_up_kbps if up else first.rate_kbps
    if contracted is None:
        return None
    inside = bench.inside(site.partner)
    to = service.destination.network_address
    path = Stretch(inside=inside, source=site.official, to=to, port=service.ports[0])
    earlier = _received(inside)
    with ThreadPoolExecutor(max_workers=_STREAMS) as streams:
        runs = [streams.submit(measure, path, up=up, seconds=SECONDS) for _ in range(_STREAMS)]
        failures = [error for error in (run.exception() for run in runs) if error is not None]
    if not up:
        contracted = _rate_of_carriers(site, earlier, _received(inside)) or contracted
    kind = Kind.RATE_UP if up else Kind.RATE_DOWN
    subject = f"TCP {'to' if up else 'from'} {to} for {SECONDS:.0f} s"
    expected = f"{contracted} kbit/s ± {TOLERANCE:.0%}"
    if failures:
        return Proof(
            partner=site.partner,
            hub=first.hub,
            kind=kind,
            subject=subject,
            expected=expected,
            seen=f"not measured: {failures[0]}",
            holds=False,
        )
    overhead = _overhead(first, bench.esp, up=up)
    results = [run.result() for run in runs]
    seen = sum(each.at_shaper_kbps(site.official.version, overhead) for each in results)
    payload = sum(each.payload_kbps for each in results)
    return Proof(
        partner=site.partner,
        hub=first.hub,
        kind=kind,
        subject=subject,
        expected=expected,
        seen=f"{seen:.0f} kbit/s ({seen / contracted - 1:+.1%}), of it payload {payload:.0f}",
        holds=abs(seen / contracted - 1) <= TOLERANCE,
    )


def _overhead(uplink: Uplink, esp: Esp, *, up: bool) -> int:
    """Octets below the IP packet that the shaper on the hub's port counts."""
    if up or isinstance(uplink.end, Line):
        return _ETHERNET
    return 0 if esp is Esp.LIBIPSEC else _ESP_ON_ETHERNET


def _received(site: Inside) -> dict[str, int]:
    """Octets that each device of *site* has received."""
    lines = (site.proc / "net/dev").read_text().splitlines()[2:]
    return {
        name.strip(): int(counts.split()[0])
        for name, _, counts in (line.partition(":") for line in lines)
    }


def _rate_of_carriers(site: Site, earlier: dict[str, int], later: dict[str, int]) -> int:
    """The contracted rates of those lines of the first preference that carried the octets."""
    equal = [each for each in site.uplinks if each.preference == site.uplinks[0].preference]
    grown = {each.device: later.get(each.device, 0) - earlier.get(each.device, 0) for each in equal}
    total = sum(grown.values())
    return sum(
        each.rate_kbps or 0 for each in equal if total and grown[each.device] > _CARRIES * total
    )
