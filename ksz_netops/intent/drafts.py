"""What could be read of an inventory, though some of it may be wrong.

Rules between files see drafts, so that one run reports every problem and not only those of the
first stage that failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.intent.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.intent.extranet import Extranet
    from ksz_netops.intent.hub import Hub
    from ksz_netops.intent.partner import Connection, Flow, Partner
    from ksz_netops.intent.source import Source
    from ksz_netops.resources import IPAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """As much of a partner's file as could be read."""

    source: Source
    partner: Partner[Connection]
    missing: frozenset[str] = frozenset()
    """Keys of the top level whose values in `partner` are placeholders."""
    lost: frozenset[tuple[str, int]] = frozenset()
    """Items of `connections` and `flows` that could not be read."""

    @property
    def official(self) -> IPAddress | None:
        """The one address, where it could be read."""
        return None if "official_ip" in self.missing else self.partner.official_ip

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing and not self.lost

    def connections(self) -> Iterator[tuple[int, Connection]]:
        """What could be read of the connections, with the indexes in the file."""
        if "connections" not in self.missing:
            yield from zip(self._kept("connections"), self.partner.connections, strict=False)

    def flows(self) -> Iterator[tuple[int, Flow]]:
        """What could be read of the flows, with the indexes in the file."""
        if "flows" not in self.missing:
            yield from zip(self._kept("flows"), self.partner.flows, strict=False)

    def _kept(self, key: str) -> Iterator[int]:
        items = range(len(self.source.data.get(key) or ()))
        return (index for index in items if (key, index) not in self.lost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """As much of an inventory as could be read."""

    extranet: Extranet | None
    """None where its file is wrong."""
    extranet_source: Source | None
    hubs: Mapping[str, Hub]
    hub_sources: Mapping[str, Source]
    unreadable_hubs: frozenset[str]
    partners: tuple[Draft, ...]
    """In the order of their files."""

    def ground(self, extranet: Extranet, draft: Draft) -> Ground:
        """What the connections of *draft* stand on."""
        return Ground(
            extranet=extranet,
            hubs=self.hubs,
            official=draft.official,
            unreadable=self.unreadable_hubs,
        )
