"""What guards the hub, and where lines meet it."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.config.rebuild.values import entries_of, maybe, port_of, value
from ksz_netops.state.addresses import read_interface, read_network
from ksz_netops.state.resources import (
    EthernetPort,
    Handoff,
    IPInterface,
    IPNetwork,
    Owner,
    Perimeter,
    Port,
    Resource,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.rebuild.sections import Sections
    from ksz_netops.platforms.ios_xe.config.tree import Tree


def perimeters(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """What guards the hub, by its list on the management port."""
    for header in sections.own:
        found = re.fullmatch(r"ip access-list extended (KSZ-\S+)-MGMT", header)
        if found:
            yield partial(_perimeter, sections, found[1])


def _perimeter(sections: Sections, token: str) -> Perimeter:
    own = sections.own

    def port(side: str) -> EthernetPort | None:
        with suppress(KeyError):
            return _bound(sections, f"{token}-{side}")
        return None

    sources = [
        ace.source
        for name in (f"{token}-MGMT", f"{token}-MGMT6")
        for ace in entries_of(own, name)
        if ace.action == "permit" and ace.protocol in {"ip", "ipv6"}
    ]
    return Perimeter(
        owner=Owner(token),
        management=_bound(sections, f"{token}-MGMT"),
        management_sources=tuple(
            each for each in sources if not isinstance(each, str) and each.prefixlen
        ),
        extranet=port("EXT"),
        extranet_prefixes=(
            *_members(own.get(f"object-group network {token}-EXTRANET", {})),
            *_members(own.get(f"object-group v6-network {token}-EXTRANET6", {})),
        ),
        internet=port("WAN"),
    )


def _bound(sections: Sections, name: str) -> EthernetPort:
    """The port where access list *name* is bound inwards."""
    return names.ethernet(sections.bound[name])


def _members(below: Tree) -> tuple[IPNetwork, ...]:
    """The prefixes of an object group."""
    found = []
    for line in below:
        with suppress(ValueError):
            words = line.split()
            found.append(read_network(words[1] if words[0] == "host" else "/".join(words)))
    return tuple(found)


def handoffs(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """Where lines meet the hub, by the owner in the interface's description."""
    for header, below in sections.own.items():
        name = header.partition(" ")[2]
        if not header.startswith("interface ") or name.startswith("Tunnel"):
            continue
        bundled = name.startswith("Serial") and maybe(below, "ppp multilink group ")
        if not bundled and maybe(below, "description KSZ-"):
            yield partial(_handoff, below, name, sections.ports)


def _handoff(below: Tree, name: str, ports: dict[str, Port]) -> Handoff:
    return Handoff(
        owner=Owner(value(below, "description ")),
        port=port_of(name, ports),
        addresses=tuple(_addresses(below)),
    )


def _addresses(below: Tree) -> Iterator[IPInterface]:
    for line in below:
        four = re.fullmatch(r"ip address (\S+) (\S+)(?: secondary)?", line)
        six = re.fullmatch(r"ipv6 address (\S+)", line)
        if four:
            yield read_interface(f"{four[1]}/{four[2]}")
        elif six:
            yield read_interface(six[1])
