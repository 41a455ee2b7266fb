"""What the hub's watcher of ways knows, and the routes that it took away meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.state.addresses import read_address
from ksz_netops.state.observations import Watch, WayStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SILENT_AFTER_S: Final = 30
"""The watcher writes every ten seconds, whatever happens."""
_ROUTE: Final = re.compile(
    r"route (?P<official>\S+) via (?P<via>\S+) dev (?P<port>\S+) metric (?P<metric>\d+).*"
)


def read(document: dict[str, Any] | None) -> Watch:
    """The *document* of the watcher; None is that of a watcher that never ran.

    Raises:
        ValueError: If it is not what the watcher writes; so are the other errors of its values.
    """
    if document is None:
        return Watch(running=False)
    return Watch(
        running=0 <= document["age_s"] < _SILENT_AFTER_S,
        ways=tuple(
            WayStatus(
                official=read_address(way["official"]),
                port=way["port"],
                next_hop=read_address(way["via"]),
                alive=way["alive"] is True,
                since=datetime.fromtimestamp(way["since"], UTC),
                carries=way["carries"] is True,
            )
            for way in document["ways"]
        ),
    )


def withdrawn(watch: Watch, committed: Iterable[str]) -> Iterator[str]:
    """The *committed* statements whose routes the watcher took away, since their ways are dead.

    They are what the hub holds all the same: a dead way is no drift, and no change puts it back.
    """
    dead = {
        (str(way.official), str(way.next_hop), way.port)
        for way in watch.ways
        if not way.alive and not way.carries
    }
    for statement in committed:
        match = _ROUTE.fullmatch(statement)
        if match and (match["official"], match["via"], match["port"]) in dead:
            yield statement
