"""Resources put together from our lines, leniently; `parse` judges them.

Where a value cannot be read, as after an edit by hand, its resource is left out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config.rebuild.filters import filters, shapers
from ksz_netops.platforms.ios_xe.config.rebuild.ports import handoffs, perimeters
from ksz_netops.platforms.ios_xe.config.rebuild.routes import routes
from ksz_netops.platforms.ios_xe.config.rebuild.sections import Sections
from ksz_netops.platforms.ios_xe.config.rebuild.tunnels import tunnels
from ksz_netops.state.resources import Resource, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree


def candidates(own: Tree) -> Iterator[Resource]:
    """What *own* may hold, each key once."""
    sections = Sections.of(own)
    builders: tuple[Callable[[Sections], Iterable[Callable[[], Resource]]], ...] = (
        perimeters,
        handoffs,
        routes,
        tunnels,
        filters,
        shapers,
    )
    seen = set()
    for builder in builders:
        for build in builder(sections):
            with suppress(ValueError, KeyError, IndexError, StopIteration):
                resource = build()
                if key_of(resource) not in seen:
                    seen.add(key_of(resource))
                    yield resource
