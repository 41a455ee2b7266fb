"""What a partner may reach, and at which rate."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config import acl, names
from ksz_netops.platforms.ios_xe.config.rebuild.values import entries_of, maybe, value, way_of
from ksz_netops.state.addresses import read_address
from ksz_netops.state.resources import Entry, Owner, PartnerFilter, Permit, Port, Resource, Shaper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPAddress


def filters(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    """What each partner is let in for, by its blocks of entries."""
    for token, official in filtered(own):
        yield partial(_filter, own, ports, token, official)


def _filter(own: Tree, ports: dict[str, Port], token: str, official: IPAddress) -> PartnerFilter:
    owner = Owner(token)
    first = names.block(owner) or 0
    permits: set[Permit] = set()
    entries = []
    for name, below in inward(own):
        mine = [line for line in below if first <= (acl.number_of(line) or 0) < first + names.BLOCK]
        if not mine:
            continue
        entries.append(Entry(way=way_of(name, ports)))
        for line in mine:
            ace = acl.read(line, official.version)
            said = acl.permit_of(ace) if ace else None
            if said and said[0] == official:
                permits.add(said[1])
    return PartnerFilter(
        owner=owner, official=official, entries=tuple(entries), permits=tuple(permits)
    )


def filtered(own: Tree) -> dict[tuple[str, IPAddress], None]:
    """Whose blocks stand in the lists that are bound inwards, in their order."""
    found: dict[tuple[str, IPAddress], None] = {}
    for _, below in inward(own):
        for line in below:
            remark = re.fullmatch(r"(?:sequence )?\d+ remark (KSZ-P\d{5}-S\d{1,2}) (\S+)", line)
            if remark:
                with suppress(ValueError):
                    found[remark[1], read_address(remark[2])] = None
    return found


def inward(own: Tree) -> Iterator[tuple[str, Tree]]:
    """Each interface with each of its lists inwards: the bound one, else the one of its name."""
    kinds = (
        (r"ip access-group (KSZ-\S+) in", "ip access-list extended", ""),
        (r"ipv6 traffic-filter (KSZ-\S+) in", "ipv6 access-list", "6"),
    )
    for header, below in own.items():
        if not header.startswith("interface "):
            continue
        name = header.split()[1]
        owner = Owner.read(maybe(below, "description ") or "")
        for form, start, six in kinds:
            bound = [found[1] for line in below if (found := re.fullmatch(form, line))]
            called = bound[0] if bound else owner and f"{names.base_of(owner, name)}-IN{six}"
            entries = own.get(f"{start} {called}") if called else None
            if entries is not None:
                yield name, entries


def shapers(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    """The rates of partners, by their class-maps."""
    for header, below in own.items():
        found = re.fullmatch(r"class-map match-any (KSZ-P\d{5}-S\d{1,2})", header)
        if found:
            yield partial(_shaper, own, ports, found[1], below)


def _shaper(own: Tree, ports: dict[str, Port], token: str, below: Tree) -> Shaper:
    number = int(value(below, f"description {token} number "))
    source = next(entries_of(own, value(below, "match access-group name "))).source
    if isinstance(source, str):
        raise KeyError(source)
    rates = []
    for header, lines in own.items():
        policy = maybe(lines, "service-policy output ") if header.startswith("interf") else None
        limits = own.get(f"policy-map {policy}", {}).get(f"class {token}") if policy else None
        if limits:
            rate = int(value(limits, "shape average ")) // 1000
            rates.append((way_of(header.split()[1], ports), rate))
    return Shaper(
        owner=Owner(token),
        number=number,
        official=source.network_address,
        rates_kbps=tuple(rates),
    )
