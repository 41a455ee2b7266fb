"""Proofs of the contracted rate, both ways at the same time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError
from ksz_netops.lab.claims import Kind, authorised
from ksz_netops.lab.proofs import Proof
from ksz_netops.lab.rates import Stretch, filled, received_by, received_from
from ksz_netops.lab.requirements import Esp
from ksz_netops.lab.topology import EXTRANET, Line
from ksz_netops.state.resources import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor

    from ksz_netops.lab.proofs import Bench
    from ksz_netops.lab.rates import Count
    from ksz_netops.lab.topology import Site, Uplink

TOLERANCE: Final = 0.08
SECONDS: Final = 8.0
_WARM_UP_S: Final = 2.0
"""Before it, TCP has not filled the shaper's queue."""
_STREAMS: Final = 3
"""TCP connections each way: one alone may leave the line idle after a loss."""
_ETHERNET: Final = 14
_ESP_ON_ETHERNET: Final = 72
"""Ethernet, outer IPv4 header, ESP with AES-GCM and the usual padding."""
_CARRIES: Final = 0.1
"""Share of the octets below which a line carried acknowledgements only."""


def rates_hold(bench: Bench, sites: Iterable[Site], pool: Executor) -> Iterator[Proof]:
    """The way of every site that is used first, all at once."""
    for proofs in pool.map(lambda site: list(_prove(bench, site)), sites):
        yield from proofs


def _prove(bench: Bench, site: Site) -> Iterator[Proof]:
    """None where no rate was contracted, or no flow over TCP lets it be measured."""
    services = authorised(site, bench.topology.services)
    service = next((each for each in services if each.protocol is Protocol.TCP), None)
    if not site.uplinks or service is None or service.ports is None:
        return
    first = site.uplinks[0]
    if first.rate_kbps is None or first.rate_up_kbps is None:
        return
    stretch = Stretch(
        inside=bench.inside(site.partner),
        source=site.official,
        to=service.destination.network_address,
        port=service.ports[0],
    )
    try:
        seen = _measure(bench, site, stretch)
    except (OSError, LabError) as error:
        yield _failed(site, stretch, Kind.RATE_UP, first.rate_up_kbps, error)
        yield _failed(site, stretch, Kind.RATE_DOWN, first.rate_kbps, error)
        return
    yield _proof(site, stretch, Kind.RATE_UP, first.rate_up_kbps, seen.up_kbps)
    yield _proof(site, stretch, Kind.RATE_DOWN, seen.contracted_down_kbps, seen.down_kbps)


@dataclass(frozen=True, slots=True)
class _Seen:
    up_kbps: float
    down_kbps: float
    contracted_down_kbps: int
    """Of those lines of equal preference that carried something."""


def _measure(bench: Bench, site: Site, stretch: Stretch) -> _Seen:
    equal = [each for each in site.uplinks if each.preference == site.uplinks[0].preference]
    extranet = bench.inside(EXTRANET)
    devices = {_device(each, bench.esp): _header(each) for each in equal}

    def look() -> tuple[Count, dict[str, Count]]:
        return received_from(extranet, site.official), received_by(stretch.inside, devices)

    with ExitStack() as stack:
        for up in (True, False):
            stack.enter_context(filled(stretch, up=up, streams=_STREAMS))
        time.sleep(_WARM_UP_S)
        up_before, down_before = look()
        time.sleep(SECONDS)
        up_after, down_after = look()
    rates = {
        each: down_after[name].kbps_since(down_before[name], _overhead(each, bench.esp))
        for each in equal
        if (name := _device(each, bench.esp)) in down_after
    }
    total = sum(rates.values())
    carried = [each for each in equal if rates.get(each, 0) > _CARRIES * total]
    return _Seen(
        up_after.kbps_since(up_before, _ETHERNET),
        sum(rates[each] for each in carried),
        sum(each.rate_kbps or 0 for each in carried) or equal[0].rate_kbps or 0,
    )


def _device(uplink: Uplink, esp: Esp) -> str:
    """The site's device that receives what comes this way."""
    if isinstance(uplink.end, Line):
        return uplink.device
    return "ipsec0" if esp is Esp.LIBIPSEC else uplink.device


def _header(uplink: Uplink) -> int:
    """Octets of its own header that the site's device counts with each packet."""
    return _ETHERNET if isinstance(uplink.end, Line) else 0


def _overhead(uplink: Uplink, esp: Esp) -> int:
    """Octets below the IP packet that the shaper on the hub's port counts."""
    if isinstance(uplink.end, Line):
        return _ETHERNET
    return 0 if esp is Esp.LIBIPSEC else _ESP_ON_ETHERNET


def _proof(site: Site, stretch: Stretch, kind: Kind, contracted: int, seen: float) -> Proof:
    error = seen / contracted - 1
    return Proof(
        partner=site.partner,
        hub=site.uplinks[0].hub,
        kind=kind,
        subject=_subject(stretch, kind),
        expected=f"{contracted} kbit/s ± {TOLERANCE:.0%}",
        seen=f"{seen:.0f} kbit/s ({error:+.1%})",
        holds=abs(error) <= TOLERANCE,
    )


def _failed(site: Site, stretch: Stretch, kind: Kind, contracted: int, error: Exception) -> Proof:
    return Proof(
        partner=site.partner,
        hub=site.uplinks[0].hub,
        kind=kind,
        subject=_subject(stretch, kind),
        expected=f"{contracted} kbit/s ± {TOLERANCE:.0%}",
        seen=f"not measured: {error}",
        holds=False,
    )


def _subject(stretch: Stretch, kind: Kind) -> str:
    way = "to" if kind is Kind.RATE_UP else "from"
    return f"TCP {way} {stretch.to} for {SECONDS:.0f} s, frames counted"
