"""Our lines into resources: the templates' twin.

What is put together leniently is rendered again. A line that no resource would write is a stray,
and so is a line that some resource would write and that is not there: it stands as its negation.
So the resources and the strays together say exactly what the router holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.platforms import UNSAVED
from ksz_netops.platforms.ios_xe.config import names, normal, tree
from ksz_netops.platforms.ios_xe.config.rebuild import candidates
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.state.resources import (
    DeviceState,
    Handoff,
    PartnerFilter,
    Shaper,
    Stray,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Path, Tree
    from ksz_netops.state.resources import Resource, Way

ABOVE: Final = " / "
MISSING: Final = "it is missing"
_UNEXPLAINED: Final = "no resource explains it"


def parse(configuration: str) -> DeviceState:
    """What the text of a *configuration* holds; whether it is whole is for its reader to know."""
    return held(normal.own(tree.read(configuration)))


def held(own: Tree) -> DeviceState:
    """What our lines *own*, in normal form, hold."""
    resources = _grounded(list(candidates(own)))
    wanted = rendered(DeviceState.of(resources))
    strays = [
        *(
            _stray(path, own, wanted, missing=False)
            for top in _beyond(own, wanted)
            for path in _with_all_below(top, own)
        ),
        *(_stray(path, own, wanted, missing=True) for path in _beyond(wanted, own)),
    ]
    return DeviceState.of(resources, strays)


def _grounded(resources: list[Resource]) -> list[Resource]:
    """Those of *resources* whose ways are there too."""
    ways: set[Way] = {each.port for each in resources if isinstance(each, Handoff)}
    ways |= {TunnelEnd(each.number) for each in resources if isinstance(each, Tunnel)}
    return [each for each in resources if ways.issuperset(_ways(each))]


def _ways(resource: Resource) -> Iterator[Way]:
    if isinstance(resource, PartnerFilter):
        yield from (entry.way for entry in resource.entries)
    elif isinstance(resource, Shaper):
        yield from (way for way, _ in resource.rates_kbps)


def _beyond(these: Tree, those: Tree, above: Path = ()) -> Iterator[Path]:
    """The lines of *these* that *those* lack, but not what stands below such a line."""
    for line, below in these.items():
        if line in those:
            yield from _beyond(below, those[line], (*above, line))
        else:
            yield (*above, line)


def _with_all_below(path: Path, own: Tree) -> Iterator[Path]:
    """The deepest lines below *path*, or *path* itself."""
    below = own
    for line in path:
        below = below[line]
    return tree.leaves(below, path) if below else iter((path,))


def _stray(path: Path, own: Tree, wanted: Tree, *, missing: bool) -> Stray:
    *above, last = path
    return Stray(
        statement=ABOVE.join((*above, f"no {last}" if missing else last)),
        reason=MISSING if missing else _UNEXPLAINED,
        token=_token(path, own, wanted),
    )


def _token(path: Path, own: Tree, wanted: Tree) -> str | None:
    """Whose a stray is: by its own words, last line first, or by the description of its section."""
    for line in reversed(path):
        found = names.token_in(line)
        if found:
            return found
    for where in (own, wanted):
        for *_, line in tree.leaves(where.get(path[0], {})):
            if line.startswith(("description ", "tag ")):
                return names.token_in(line)
    return None


def configuration_of(state: DeviceState) -> Tree:
    """All that *state* says the router holds of ours, strays included: the inverse of `held`."""
    whole = rendered(state)
    for stray in state.strays:
        if stray == UNSAVED:
            continue
        path = tuple(stray.statement.split(ABOVE))
        if stray.reason == MISSING:
            tree.prune(whole, (*path[:-1], path[-1].removeprefix("no ")))
        else:
            tree.graft(whole, path)
    return normal.arranged(whole)
