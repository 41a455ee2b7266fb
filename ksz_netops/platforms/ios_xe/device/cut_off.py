"""Whom a list of ours would cut off on a port that it closes for the first time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import ownership
from ksz_netops.state.addresses import read_address, read_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPNetwork

_ADDRESS: Final = re.compile(r"ip address (\d\S+) (\S+)(?: secondary)?")
_SERVICE: Final = re.compile(
    r"ip address dhcp|crypto map .*|ip ospf .*|standby .*|vrrp .*|ip router .*"
)
"""Lines of a port by which the router itself is spoken to there."""
_NEIGHBOUR: Final = re.compile(r"neighbor ([\d.]+) remote-as \d+")


def cut_off(running: Tree, own: Tree, new: Tree) -> Iterator[str]:
    """What of others a list of ours would cut off on a port that it closes anew.

    Args:
        running: All that the router holds.
        own: Our part of it.
        new: What our part must become.
    """
    for header, wanted in new.items():
        if not header.startswith("interface ") or ownership.is_described(wanted):
            continue
        lists = [line for line in wanted if line.endswith(" in") and ownership.is_attached(line)]
        if all(line in own.get(header, {}) for line in lists):
            continue
        name = header.split()[1]
        held = running.get(header, {})
        found = [
            *(f"'{line}'" for line in held if _SERVICE.fullmatch(line)),
            *_tunnels_from(name, held, running, own),
            *_bgp_over(held, running),
        ]
        yield from (f"{each} on {name}" for each in found)


def _tunnels_from(name: str, held: Tree, running: Tree, own: Tree) -> Iterator[str]:
    """The tunnels of others whose packets come in at interface *name*."""
    sources = {name, *(found[1] for found in map(_ADDRESS.fullmatch, held) if found)}
    for header, below in running.items():
        if header.startswith("interface Tunnel") and header not in own:
            starts = (line.split()[-1] for line in below if line.startswith("tunnel source "))
            if sources.intersection(starts):
                yield f"'{header}'"


def _bgp_over(held: Tree, running: Tree) -> Iterator[str]:
    """The BGP neighbours in the networks of a port."""
    networks = [
        read_network(f"{found[1]}/{found[2]}", strict=False)
        for found in map(_ADDRESS.fullmatch, held)
        if found
    ]
    for header, below in running.items():
        for line in below if header.startswith("router bgp ") else ():
            neighbour = _NEIGHBOUR.fullmatch(line)
            if neighbour and _is_in(neighbour[1], networks):
                yield f"BGP with {neighbour[1]}"


def _is_in(address: str, networks: list[IPNetwork]) -> bool:
    return any(read_address(address) in each for each in networks)
