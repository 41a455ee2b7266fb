"""How single values, ports and entries are found in our lines."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config import acl, names
from ksz_netops.state.grammar import ControllerName
from ksz_netops.state.resources import BundlePort, E1Port, Port, TunnelEnd, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree


def value(below: Tree, start: str) -> str:
    """What follows *start* on the first line that begins so.

    Raises:
        KeyError: If none does.
    """
    for line in below:
        if line.startswith(start):
            return line.removeprefix(start)
    raise KeyError(start)


def maybe(below: Tree, start: str) -> str | None:
    """The same, or None."""
    with suppress(KeyError):
        return value(below, start)
    return None


def ports_of(own: Tree) -> dict[str, Port]:
    """The lines and bundles of the E1 controllers, by interface."""
    lines: dict[str, E1Port] = {}
    for header, below in own.items():
        if not header.startswith("controller E1 "):
            continue
        for line in below:
            group = re.fullmatch(
                r"channel-group (\d+) (?:(unframed)|timeslots (\d+)(?:-(\d+))?)", line
            )
            with suppress(ValueError):
                if group:
                    slots = None if group[2] else (int(group[3]), int(group[4] or group[3]))
                    port = E1Port(ControllerName(header.split()[2]), int(group[1]), slots)
                    lines[names.interface(port)] = port
    bundles: dict[int, list[E1Port]] = {}
    for name, port in lines.items():
        group_number = maybe(own.get(f"interface {name}", {}), "ppp multilink group ")
        if group_number and group_number.isdecimal() and len(group_number) < 10:  # noqa: PLR2004 - of any number
            bundles.setdefault(int(group_number), []).append(port)
    found: dict[str, Port] = dict(lines)
    for number, members in bundles.items():
        bundle = BundlePort(number, tuple(members))
        found[names.interface(bundle)] = bundle
    return found


def port_of(name: str, ports: dict[str, Port]) -> Port:
    """The port that is interface *name*.

    Raises:
        KeyError: If it is none.
    """
    if name in ports:
        return ports[name]
    if name.startswith(("Serial", "Multilink", "Tunnel", "Null")):
        raise KeyError(name)
    return names.ethernet(name)


def way_of(name: str, ports: dict[str, Port]) -> Way:
    """The way that is interface *name*.

    Raises:
        KeyError: If it is none.
    """
    if name.startswith("Tunnel"):
        return TunnelEnd(int(name.removeprefix("Tunnel")))
    return port_of(name, ports)


def entries_of(own: Tree, name: str) -> Iterator[acl.Ace]:
    """The entries of access list *name* of either family, without remarks."""
    for start, family in (("ip access-list extended ", 4), ("ipv6 access-list ", 6)):
        for line in own.get(f"{start}{name}", {}):
            ace = acl.read(line, family)
            if ace:
                yield ace
