"""Routes of ours: those that bear our protocol number, in whatever table."""

from __future__ import annotations

import re
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.stores.steps import Change, batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

_ROUTE: Final = re.compile(
    r"route (?P<type>[a-z]\w* )?(?P<prefix>\S+) (?:via (?P<via>\S+) )?(?:dev (?P<port>\S+) )?"
    r"metric (?P<metric>\d+)(?: table (?P<table>\S+))?(?P<others>(?: [^#\s]\S*)*)(?: # \S+)?"
)
_KNOWN_OF_HOP: Final = frozenset({"gateway", "dev", "flags"})
_KNOWN: Final = _KNOWN_OF_HOP | {"dst", "metric", "nexthops", "table", "type"}
_USUAL: Final[Mapping[str, object]] = MappingProxyType(
    {"pref": "medium", "protocol": str(names.ROUTE_PROTOCOL), "scope": "link", "weight": 1}
)
_Place = tuple[str, int, str]
"""Prefix, metric and table (empty for main): what the kernel has one route for."""


def read(routes: list[dict[str, Any]], owners: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """The statements in the answers to `ip -j route show table all proto 201`.

    A route cannot bear a name; *owners* gives the token for an official address and a port.
    """
    for route in routes:
        kind = f"{route['type']} " if "type" in route else ""
        rest = f"metric {route.get('metric', 0)}"
        if "table" in route:
            rest += f" table {route['table']}"
        rest += _others(route, _KNOWN)
        if kind:
            yield f"route {kind}{route['dst']} {rest}"
            continue
        for hop in route.get("nexthops", [route]):
            via = f"via {hop['gateway']} " if "gateway" in hop else ""
            port = hop.get("dev", "?")
            odd = _others(hop, _KNOWN_OF_HOP) if hop is not route else ""
            token = owners.get((route["dst"], port))
            yield (
                f"route {route['dst']} {via}dev {port} {rest}{odd}"
                f"{f' # {token}' if token and not odd else ''}"
            )


def _others(found: Mapping[str, Any], known: AbstractSet[str]) -> str:
    """What `ip` says beyond *known*, such as another source, in its words.

    The flags that only say that the port is down belong to the port.
    """
    said = [f"{name} {found[name]}" for name in sorted(found.keys() - known - _USUAL.keys())]
    said += sorted(set(found.get("flags", ())) - {"dead", "linkdown"})
    said += [
        f"{name} {found[name]}"
        for name, usual in sorted(_USUAL.items())
        if name in found and found[name] != usual
    ]
    return "".join(f" {each}" for each in said)


def places(statements: AbstractSet[str]) -> dict[_Place, list[str]]:
    """What `ip -batch` is told for each place in which *statements* have a route."""
    hops: dict[_Place, list[re.Match[str]]] = defaultdict(list)
    for statement in sorted(statements):
        if match := _ROUTE.fullmatch(statement):
            hops[match["prefix"], int(match["metric"]), match["table"] or ""].append(match)
    return {place: _arguments(matches) for place, matches in hops.items()}


def ways(statements: AbstractSet[str]) -> list[dict[str, str | int]]:
    """The hops towards addresses that have more than one, as the hub's watcher reads them."""
    by_official: dict[str, list[dict[str, str | int]]] = defaultdict(list)
    for statement in sorted(statements):
        match = _ROUTE.fullmatch(statement)
        if match and match["via"] and not match["table"]:
            by_official[match["prefix"]].append(
                {
                    "official": match["prefix"],
                    "metric": int(match["metric"]),
                    "via": match["via"],
                    "port": match["port"],
                }
            )
    return [way for several in by_official.values() if len(several) > 1 for way in several]


def _arguments(hops: list[re.Match[str]]) -> list[str]:
    if hops[0]["type"]:
        return [f"{hops[0]['type'].strip()}{hops[0]['others']}"]
    found = [
        (f"via {hop['via']} " if hop["via"] else "") + f"dev {hop['port']}{hop['others']}"
        for hop in hops
    ]
    return found if len(found) == 1 else [f"nexthop {each}" for each in found]


def replace_line(place: _Place, arguments: list[str]) -> str:
    """What makes *place* lead where *arguments* say."""
    kind = f"{arguments[0]} " if " " not in arguments[0] else ""
    hops = "" if kind else " " + " ".join(arguments)
    return f"route replace {kind}{_named(place)}{hops}"


def delete_line(place: _Place) -> str:
    """What empties *place*."""
    return f"route del {_named(place)}"


def _named(place: _Place) -> str:
    prefix, metric, table = place
    where = f" table {table}" if table else ""
    return f"{prefix}{where} metric {metric} proto {names.ROUTE_PROTOCOL}"


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the routes of *running* those of *intended*."""
    old, new = places(running), places(intended)
    return Change(
        early=batch(
            "ip",
            [
                replace_line(place, arguments)
                for place, arguments in sorted(new.items())
                if old.get(place) != arguments
            ],
        ),
        late=batch("ip", [delete_line(place) for place in sorted(old.keys() - new.keys())]),
    )
