"""What could be read of an inventory, though some of it may be wrong.

Rules between files see drafts, so that one run reports every problem and not only those of the
first stage that failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.intent.models.surroundings import Ground, OurAddresses
from ksz_netops.intent.reading.salvage import within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.models.hub import Hub
    from ksz_netops.intent.models.partner import Connection, Flow, Partner
    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path
    from ksz_netops.state.resources import IPAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """As much of a partner's file as could be read."""

    source: Source
    partner: Partner[Connection]
    tainted: frozenset[Path] = frozenset()
    """Where `partner` holds parts of an example, since the file is wrong there."""

    def trusts(self, *path: str | int) -> bool:
        """Whether what *path* leads to was said by the file."""
        return not (self.tainted and within(path, self.tainted))

    @property
    def official(self) -> IPAddress | None:
        """The one address, where it could be read."""
        return self.partner.official_ip if self.trusts("official_ip") else None

    def connections(self) -> Iterator[tuple[int, Connection]]:
        """What could be read of the connections, with their indexes in the file."""
        for index, connection in enumerate(self.partner.connections):
            if self.trusts("connections", index):
                yield index, connection

    def flows(self) -> Iterator[tuple[int, Flow]]:
        """What could be read of the flows, with their indexes in the file."""
        for index, flow in enumerate(self.partner.flows):
            if self.trusts("flows", index):
                yield index, flow


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
    ours: OurAddresses = field(init=False)
    """The addresses that no partner can have, since a hub stands there."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ours", OurAddresses.of(self.hubs))

    def ground(self, extranet: Extranet, draft: Draft) -> Ground:
        """What the connections of *draft* stand on."""
        return Ground(
            extranet=extranet,
            hubs=self.hubs,
            ours=self.ours,
            official=draft.official,
            unreadable=self.unreadable_hubs,
        )
