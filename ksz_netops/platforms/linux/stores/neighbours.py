"""Neighbours of ours: the MAC addresses of next hops, whoever else claims to be one of them.

Each bears our protocol number, as a route does. The kernel never asks for such a neighbour, and
never believes an answer about it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.stores.steps import Change, batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

_NEIGHBOUR: Final = re.compile(r"neighbour (?P<port>\S+) (?P<address>\S+) (?P<mac>\S+)")


def read(neighbours: list[dict[str, Any]]) -> Iterator[str]:
    """The statements in the answers to `ip -j neighbour show nud permanent`."""
    for each in neighbours:
        if str(each.get("protocol")) == str(names.ROUTE_PROTOCOL):
            yield f"neighbour {each['dev']} {each['dst']} {each.get('lladdr', 'none')}"


def places(statements: AbstractSet[str]) -> dict[tuple[str, str], str]:
    """The MAC addresses in *statements* by port and next hop."""
    found = (_NEIGHBOUR.fullmatch(each) for each in statements)
    return {(match["port"], match["address"]): match["mac"] for match in found if match}


def replace_line(port: str, address: str, mac: str) -> str:
    """What makes the next hop *address* on *port* have the address *mac*."""
    return (
        f"neighbour replace {address} lladdr {mac} dev {port} nud permanent"
        f" protocol {names.ROUTE_PROTOCOL}"
    )


def delete_line(port: str, address: str) -> str:
    """What has the kernel ask for the next hop *address* on *port* again."""
    return f"neighbour del {address} dev {port}"


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the neighbours of *running* those of *intended*."""
    old, new = places(running), places(intended)
    return Change(
        early=batch(
            "ip",
            [
                replace_line(port, address, mac)
                for (port, address), mac in sorted(new.items())
                if old.get((port, address)) != mac
            ],
        ),
        late=batch("ip", [delete_line(*place) for place in sorted(old.keys() - new.keys())]),
    )
