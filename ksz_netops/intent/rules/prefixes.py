"""Prefixes that must not overlap: the extranet's, the links', the official addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.intent.words import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.reading.drafts import Drafts
    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path
    from ksz_netops.state.resources import IPAddress, IPNetwork


@dataclass(frozen=True, slots=True)
class _Network:
    """A prefix, and where it is written."""

    prefix: IPNetwork
    source: Source
    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.what} {self.prefix} ({self.source.at(self.path)})"


class _Space:
    """Prefixes that were given away, found by the addresses in them."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int, int], _Network] = {}
        self._lengths: set[tuple[int, int]] = set()

    def add(self, network: _Network) -> _Network | None:
        """Gives *network* away, unless it lies in another one, which is returned."""
        holder = self.holder(network.prefix.network_address, network.prefix.prefixlen)
        if holder is None:
            version, length = network.prefix.version, network.prefix.prefixlen
            self._held[version, length, int(network.prefix.network_address)] = network
            self._lengths.add((version, length))
        return holder

    def holder(self, address: IPAddress, longest: int = 128) -> _Network | None:
        """The prefix of at most *longest* bits in which *address* lies."""
        bits, value = address.max_prefixlen, int(address)
        for version, length in self._lengths:
            if version == address.version and length <= longest:
                start = value >> (bits - length) << (bits - length)
                found = self._held.get((version, length, start))
                if found is not None:
                    return found
        return None


def violations(drafts: Drafts, extranet: Extranet) -> Iterator[tuple[Source, Violation]]:
    """Links inside the extranet or another link, and official addresses inside either."""
    space = _Space()
    # The wider one comes first, so that whatever overlaps lies wholly in one that is there.
    for network in sorted(_networks(drafts, extranet), key=lambda each: each.prefix.prefixlen):
        holder = space.add(network)
        if holder is not None and network.what != "extranet prefix":
            what = f"{network.what} {network.prefix} overlaps {holder}"
            fix = "give each link a prefix of its own, outside the extranet"
            yield network.source, Violation(code="KSZ104", what=what, fix=fix, path=network.path)
    for draft in drafts.partners:
        if draft.official is not None:
            for violation in _misplaced(draft.official, space, drafts):
                yield draft.source, violation


def _misplaced(official: IPAddress, space: _Space, drafts: Drafts) -> Iterator[Violation]:
    """An official address that is ours, or lies where partners cannot be."""
    path: Path = ("official_ip",)
    holder = space.holder(official)
    placed = drafts.ours.at(official)
    if placed:
        what = f"official_ip {official} is {placed}"
        yield Violation(code="KSZ103", what=what, fix="give the partner's own address", path=path)
    elif holder is not None:
        what = f"official_ip {official} lies in {holder}"
        fix = "give an address of the partner's own, outside the extranet and its links"
        yield Violation(code="KSZ104", what=what, fix=fix, path=path)


def _networks(drafts: Drafts, extranet: Extranet) -> Iterator[_Network]:
    if drafts.extranet_source is not None:
        for index, prefix in enumerate(extranet.prefixes):
            path: Path = ("prefixes", index)
            yield _Network(prefix, drafts.extranet_source, path, "extranet prefix")
    for name, hub in drafts.hubs.items():
        for key, attachment in hub.attachments.items():
            for index, address in enumerate(attachment.addresses):
                path = ("ksz_hub", "attachments", key, "addresses", index)
                source = drafts.hub_sources[name]
                yield _Network(address.network, source, path, "interconnect")
    for draft in drafts.partners:
        for index, connection in draft.connections():
            for link in connection.networks():
                path = ("connections", index, *link.path)
                yield _Network(link.address.network, draft.source, path, "link")
