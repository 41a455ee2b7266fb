"""What others hold on a router and may carry a partner's packets past our access lists.

A router forwards what no list forbids, so an interface that carries packets without a list of ours
is a way in, and so is whatever diverts packets on one that has such a list.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import ownership
from ksz_netops.platforms.ios_xe.observe.leaks import entry_points, leaks
from ksz_netops.state.observations import Detour, Foreign, ForeignRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPNetwork

_ROUTE4: Final = re.compile(r"ip route (\d\S+) (\d\S+) .*")
_ROUTE6: Final = re.compile(r"ipv6 route (\S+/\d+) .*")
_SILENT: Final = re.compile(r"interface (?:Loopback|Null)\d+")
"""Interfaces by which no packet arrives."""
_CARRIES: Final = {
    "IPv4": re.compile(r"ip (?:address (?:\d|dhcp|negotiated)|unnumbered )"),
    "IPv6": re.compile(r"ipv6 (?:address |enable|unnumbered )"),
}
_GUARDED: Final = {
    "IPv4": re.compile(r"ip access-group KSZ-\S+ in"),
    "IPv6": re.compile(r"ipv6 traffic-filter KSZ-\S+ in"),
}
_JOINS: Final = "joins two routing tables"
_READDRESSES: Final = "gives packets other addresses"
_DIVERTING: Final = (
    (re.compile(r"crypto map \S+.*"), "lets in what a tunnel of others decrypts"),
    (re.compile(r"ip(?:v6)? policy route-map \S+"), "sends packets by other routes"),
    (re.compile(r"ip nat (?:inside|outside|enable).*|nat64 enable|nat66 .*"), _READDRESSES),
    (
        re.compile(r"(?:xconnect|bridge-group|bridge-domain|service instance) .*"),
        "lets frames pass by no list",
    ),
    (re.compile(r"(?:ip )?vrf receive \S+"), _JOINS),
    (re.compile(r"ip(?:v6)? wccp .* redirect .*"), "sends packets to a cache"),
    (re.compile(r"service-policy type epbr \S+ \S+"), "sends packets by other routes"),
    (re.compile(r"zone-member security \S+"), "drops what no pair of zones admits"),
    (re.compile(r"mpls ip.*"), "lets labelled packets pass by no list"),
    (re.compile(r"ip inspect \S+ \S+"), "opens the lists for answers"),
)
"""Lines of an interface by which packets are diverted or changed."""


def read(running: Tree, own: Tree) -> Foreign:
    """What in the *running* configuration is not ours, and may matter to a partner.

    Args:
        running: All that the router holds.
        own: Our part of it.
    """
    return Foreign(
        routes=tuple(_routes(running)),
        detours=(*_detours(running), *leaks(running), *entry_points(running, own)),
        namesakes=tuple(ownership.namesakes(running, own)),
    )


def _routes(running: Tree) -> Iterator[ForeignRoute]:
    """The static routes without our name; ours are at hand wherever a longer prefix is not."""
    for line in running:
        if ownership.is_own_route(line):
            continue
        destination: IPNetwork | None = None
        if found := _ROUTE4.fullmatch(line):
            destination = IPv4Network(f"{found[1]}/{found[2]}")
        elif found := _ROUTE6.fullmatch(line):
            destination = IPv6Network(found[1])
        if destination is not None:
            yield ForeignRoute(destination=destination, decides=False, statement=line)


def _detours(running: Tree) -> Iterator[Detour]:
    for header, below in running.items():
        if not header.startswith("interface ") or "shutdown" in below or _SILENT.fullmatch(header):
            continue
        isolated = any(line.startswith("vrf forwarding ") for line in below)
        guarded = {name for name, form in _GUARDED.items() if any(map(form.fullmatch, below))}
        if isolated and not guarded:
            continue
        for version, carries in _CARRIES.items():
            if not isolated and version not in guarded and any(map(carries.match, below)):
                yield Detour(
                    statement=header, effect=f"lets in {version} packets by no list of ours"
                )
        for line in below:
            for form, effect in _DIVERTING:
                if form.fullmatch(line):
                    yield Detour(statement=f"{header} / {line}", effect=effect)
