"""What a partner may reach, and at which rate."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl, names
from ksz_netops.platforms.ios_xe.config.rebuild.values import entries_of, value, way_of
from ksz_netops.state.resources import Entry, Owner, PartnerFilter, Permit, Resource, Shaper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.rebuild.sections import Sections
    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPAddress

_CLASS: Final = re.compile(r"class-map match-any (KSZ-P\d{5}-S\d{1,2})")


def filters(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """What each partner is let in for, by its blocks of entries."""
    for token, official in sections.filtered:
        yield partial(_filter, sections, token, official)


def _filter(sections: Sections, token: str, official: IPAddress) -> PartnerFilter:
    owner = Owner(token)
    permits: set[Permit] = set()
    entries = []
    for name, lines in sections.blocks.get(names.block(owner) or 0, {}).items():
        entries.append(Entry(way=way_of(name, sections.ports)))
        for line in lines:
            ace = acl.read(line, official.version)
            said = acl.permit_of(ace) if ace else None
            if said and said[0] == official:
                permits.add(said[1])
    return PartnerFilter(
        owner=owner, official=official, entries=tuple(entries), permits=tuple(permits)
    )


def shapers(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """The rates of partners, by their class-maps."""
    for header, below in sections.own.items():
        found = _CLASS.fullmatch(header)
        if found:
            yield partial(_shaper, sections, found[1], below)


def _shaper(sections: Sections, token: str, below: Tree) -> Shaper:
    number = int(value(below, f"description {token} number "))
    source = next(entries_of(sections.own, value(below, "match access-group name "))).source
    if isinstance(source, str):
        raise KeyError(source)
    rates = [
        (way_of(name, sections.ports), int(value(limits, "shape average ")) // 1000)
        for name, limits in sections.limits.get(f"class {token}", ())
    ]
    return Shaper(
        owner=Owner(token),
        number=number,
        official=source.network_address,
        rates_kbps=tuple(rates),
    )
