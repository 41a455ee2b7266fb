"""Ways of others past our ports: between routing tables, and by IKE at our addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import ownership
from ksz_netops.state.observations import Detour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_JOINS: Final = "joins two routing tables"
_LEAKING: Final = re.compile(
    r"(?:im|ex)port ipv[46] unicast (?:\d+ )?map .*|route-replicate .*|(?:import|export) map .*"
)
"""Lines of a VRF by which routes pass between routing tables."""
_VRF_ROUTE: Final = re.compile(r"ip(?:v6)? route vrf (?P<vrf>\S+) (?P<rest>.*)")
_ROUTE: Final = re.compile(r"ip(?:v6)? route (?!vrf )(?P<rest>.*)")
_WAY: Final = re.compile(r"(?:^| )(?P<way>[A-Z][A-Za-z-]+\d[\d/.:]*)(?: |$)")
_TRANSLATING: Final = re.compile(r"ip nat (?:inside|outside) source .*")
_EVERYBODY: Final = re.compile(r"match identity remote (?:any|address (?:0\.0\.0\.0|::/0).*)")
_EVERY_PEER: Final = re.compile(r"address (?:0\.0\.0\.0 0\.0\.0\.0|::/0)")


def leaks(running: Tree) -> Iterator[Detour]:
    """Routes and translations by which packets pass between the routing tables."""
    tables = {
        header.split()[1]: _table(below)
        for header, below in running.items()
        if header.startswith("interface ")
    }
    for header, below in running.items():
        if header.startswith(("vrf definition ", "ip vrf ")):
            for line in (*below, *(each for nested in below.values() for each in nested)):
                if _LEAKING.fullmatch(line):
                    yield Detour(statement=f"{header} / {line}", effect=_JOINS)
        elif _TRANSLATING.fullmatch(header):
            yield Detour(statement=header, effect="gives packets other addresses")
        elif _crosses(header, tables):
            yield Detour(statement=header, effect=_JOINS)


def _crosses(header: str, tables: dict[str, str]) -> bool:
    """Whether *header* is a static route out of one routing table into another."""
    found = _VRF_ROUTE.fullmatch(header) or _ROUTE.fullmatch(header)
    if found is None or ownership.is_own_route(header):
        return False
    table = found.groupdict().get("vrf") or ""
    if table and "global" in found["rest"].split():
        return True
    way = _WAY.search(found["rest"])
    return way is not None and tables.get(way["way"], table) != table


def _table(below: Tree) -> str:
    """The VRF of an interface; empty is the global table."""
    for line in below:
        found = re.fullmatch(r"(?:ip )?vrf forwarding (\S+)", line)
        if found:
            return found[1]
    return ""


def entry_points(running: Tree, own: Tree) -> Iterator[Detour]:
    """IKE of others that answers at an address of ours, or answers everybody."""
    ours = {
        line
        for header, below in own.items()
        if header.startswith("crypto ikev2 policy ")
        for line in below
        if line.startswith("match address local ")
    }
    for header, below in running.items() if ours else ():
        if header in own:
            continue
        if header.startswith("crypto ikev2 policy ") and ours.intersection(below):
            yield Detour(statement=header, effect="may be negotiated in the place of ours")
        elif header.startswith("crypto ikev2 profile ") and any(map(_EVERYBODY.fullmatch, below)):
            yield Detour(statement=header, effect="lets any peer come up at our addresses")
        elif header.startswith("crypto ikev2 keyring "):
            for peer, nested in below.items():
                if any(map(_EVERY_PEER.fullmatch, nested)):
                    yield Detour(statement=f"{header} / {peer}", effect="has a key for every peer")
