"""What a connection is judged against, and what it takes for itself alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.intent.words import Violation, suggestion

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.models.hub import Attachment, Hub
    from ksz_netops.intent.words import Path
    from ksz_netops.state.resources import IPAddress, IPInterface, IPNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something that only one may have; whoever comes second breaks the rule."""

    kind: str
    """As messages call it, `vlan` or `peer`."""
    value: Hashable
    code: str
    fix: str
    path: Path
    """From the connection to the value."""
    hub: str | None = None
    """Exclusive on this hub; None is exclusive in the whole inventory."""
    own: bool = False
    """Exclusive among the connections of one partner only."""
    shareable: bool = False
    """Whether the same partner may have it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkNetwork:
    """A prefix between a hub and a partner, seen from the hub."""

    hub: str
    address: IPInterface
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OurAddresses:
    """The addresses of hubs, of their gateways and networks, and from where hubs are managed."""

    single: Mapping[IPAddress, str]
    """What each is, in words."""
    management: Mapping[IPNetwork, str]
    """By prefix, the hub that is managed from there."""

    @classmethod
    def of(cls, hubs: Mapping[str, Hub]) -> OurAddresses:
        """Those of the *hubs*."""
        single: dict[IPAddress, str] = {}
        management: dict[IPNetwork, str] = {}
        for name, hub in hubs.items():
            for own in hub.addresses():
                network = own.network
                if network.num_addresses > 2:  # noqa: PLR2004 - a link of two has hosts only
                    for end in (network.network_address, network.broadcast_address):
                        single.setdefault(end, f"the first or last address of {network}")
            if hub.internet and hub.internet.gateway:
                single[hub.internet.gateway] = f"the gateway of {name}"
            management |= {source: name for source in hub.management.sources if source.prefixlen}
        single |= {
            own.ip: f"an address of {name}" for name, hub in hubs.items() for own in hub.addresses()
        }
        return cls(single=single, management=management)

    def at(self, address: IPAddress) -> str | None:
        """What *address* is to a hub, in words; None where it is nothing."""
        if address in self.single:
            return self.single[address]
        return next(
            (
                f"in {prefix}, from where {name} is managed"
                for prefix, name in self.management.items()
                if address in prefix
            ),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What surrounds the connections of one partner."""

    extranet: Extranet
    hubs: Mapping[str, Hub]
    ours: OurAddresses
    """The addresses that no partner can have, since a hub stands there."""
    official: IPAddress | None
    """None where it is itself wrong, so that nothing is said about its IP version."""
    unreadable: frozenset[str] = frozenset()
    """Hubs whose own file is wrong, so that nothing is said about what refers to them."""

    @property
    def family(self) -> int | None:
        """The IP version of the official address, where that is known."""
        return self.official.version if self.official else None

    def unknown_hub(self, name: str, *path: str | int) -> Iterator[Violation]:
        """That there is no hub *name*."""
        if name not in self.hubs and name not in self.unreadable:
            what = f"there is no hub '{name}'"
            yield Violation(
                code="KSZ115", what=what, fix=suggestion(name, self.hubs), path=(*path, "hub")
            )

    def attachment(self, hub: str, name: str) -> Attachment | None:
        """The attachment *name* of *hub*, where both exist."""
        return self.hubs[hub].attachments.get(name) if hub in self.hubs else None

    def unknown_attachment(
        self, hub: str, name: str, *path: str | int, network: str | None = None
    ) -> Iterator[Violation]:
        """That *hub* has no attachment *name* for a line, or for the interconnect of *network*."""
        if hub not in self.hubs:
            return
        attachments = self.hubs[hub].attachments
        fitting = {key for key, each in attachments.items() if each.network == network}
        if name in fitting:
            return
        found = attachments.get(name)
        if found is None:
            what = f"{hub} has no attachment '{name}'"
        elif network is None:
            what = f"attachment '{name}' of {hub} is the interconnect with {found.network}"
        else:
            what = f"attachment '{name}' of {hub} is not an interconnect with {network}"
        yield Violation(
            code="KSZ170", what=what, fix=suggestion(name, fitting), path=(*path, "attachment")
        )
