"""Statements into resources: the templates' twin.

The builders below read leniently; what they make is then rendered again, and a resource counts only
if every statement of it is there. All statements that no such resource explains are strays. So
nothing is parsed that would not be written in exactly these words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.platforms.linux.config import statements
from ksz_netops.platforms.linux.config.fields import Reading
from ksz_netops.platforms.linux.config.rebuild import candidates
from ksz_netops.platforms.linux.config.render import statements_of
from ksz_netops.state.resources import DeviceState, Perimeter, Resource, Stray, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.state.resources import EthernetPort


def parsed(found: Iterable[str]) -> DeviceState:
    """What the statements *found* hold."""
    present = set(found)
    reading = Reading.of(present)
    held: list[Resource] = []
    blame: dict[str, str] = {}
    explained: set[str] = set()
    extranet: EthernetPort | None = None
    for resource in candidates(reading):
        if isinstance(resource, Perimeter):
            extranet = resource.extranet
        needed = statements_of(resource, extranet)
        missing = [statement for statement in needed if statement not in present]
        if missing:
            reason = f"part of {key_of(resource)}, which lacks: {_brief(missing)}"
            blame.update((statement, reason) for statement in needed)
        else:
            held.append(resource)
            explained.update(needed)
    strays = [
        Stray(
            statement,
            blame.get(statement, "no resource explains it"),
            reading.token_of(statement),
        )
        for statement in present - explained
    ]
    return DeviceState.of(held, strays)


def parse_text(configuration: str) -> DeviceState:
    """What the text *configuration* holds."""
    return parsed(statements.split(configuration))


def _brief(missing: list[str]) -> str:
    first = missing[0].partition("\n")[0]
    return first if len(missing) == 1 else f"{first} and {len(missing) - 1} more"
