"""Permits without overlap: no device has to decide between two that match one packet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from ksz_netops.state.resources import Permit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.state.resources import IPNetwork, Protocol

_Ports: TypeAlias = tuple[int, int]

_NONE: _Ports = (0, 0)
"""Stands for the ports of a protocol that has none."""


def disjoint(permits: Iterable[Permit]) -> tuple[Permit, ...]:
    """Permits, in order, that admit what *permits* admit, each packet by exactly one of them."""
    asked: dict[Protocol, dict[IPNetwork, set[_Ports]]] = defaultdict(lambda: defaultdict(set))
    for permit in permits:
        asked[permit.protocol][permit.destination].add(permit.ports or _NONE)
    found = []
    for protocol, by_prefix in asked.items():
        for prefix, ports in by_prefix.items():
            wider = (
                each
                for other, held in by_prefix.items()
                if other != prefix and prefix.subnet_of(other)  # type: ignore[arg-type]
                for each in held
            )
            for first, last in _without(_merged(ports), _merged(wider)):
                bounds = None if (first, last) == _NONE else (first, last)
                found.append(Permit(prefix, protocol, bounds))
    return tuple(sorted(found))


def _merged(ranges: Iterable[_Ports]) -> list[_Ports]:
    """The same ports in as few ranges as can be, in order."""
    merged: list[_Ports] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _without(ranges: list[_Ports], taken: list[_Ports]) -> Iterator[_Ports]:
    """What is left of *ranges*; both are in order and merged."""
    for start, end in ranges:
        first = start
        for low, high in taken:
            if high < first or low > end:
                continue
            if low > first:
                yield first, low - 1
            first = high + 1
        if first <= end:
            yield first, end
