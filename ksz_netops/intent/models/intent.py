"""A whole inventory, and what one connection needs of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem
from ksz_netops.state.resources import Owner, Permit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ksz_netops.errors import Origin
    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.models.hub import Hub
    from ksz_netops.intent.models.partner import (
        Connection,
        Partner,
    )
    from ksz_netops.state.resources import IPAddress, IPNetwork, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A whole inventory, valid in itself."""

    extranet: Extranet
    hubs: Mapping[str, Hub]
    partners: tuple[Partner[Connection], ...]
    """In the order of their ids."""
    origins: Mapping[tuple[str, ...], Origin] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Where things were said: `(partner id,)`, `(partner id, connection id)`, `("hub", name)`."""
    _by_hub: dict[str, list[tuple[Partner[Connection], Connection]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Filled at the first question: a fleet asks once for each of its hubs."""

    def connections_on(self, hub: str) -> Sequence[tuple[Partner[Connection], Connection]]:
        """The connections that end on *hub*, each with its partner, in the order of their ids."""
        if not self._by_hub:
            for partner in self.partners:
                for connection in partner.connections:
                    for name in connection.hubs():
                        self._by_hub.setdefault(name, []).append((partner, connection))
        return self._by_hub.get(hub, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that a connection needs to know to say what one hub must hold for it."""

    partner: Partner[Connection]
    hub_name: str
    hub: Hub
    extranet: Extranet
    permits: tuple[Permit, ...]
    """What the partner's flows open on the day the state is for."""
    secrets: Mapping[str, Secret]
    """Pre-shared keys by name; their fingerprints only."""
    origin: Origin | None = None

    @property
    def official(self) -> IPAddress:
        """The partner's one address."""
        return self.partner.official_ip

    @property
    def extranet_prefixes(self) -> tuple[IPNetwork, ...]:
        """Those of the official address's IP version."""
        family = self.official.version
        return tuple(each for each in self.extranet.prefixes if each.version == family)

    def owner(self, connection: Connection) -> Owner:
        """The owner of what *connection* needs."""
        return Owner.of(self.partner.id, connection.id)

    def number(self, connection: Connection) -> int:
        """The number of *connection* on the hub."""
        return connection.number or self.partner.number

    def secret(self, name: str) -> Secret:
        """The secret called *name*.

        Raises:
            IntentError: If the vault holds none.
        """
        if name not in self.secrets:
            what = f"the vault holds no secret '{name}'"
            fix = "run `ksz-netops secrets generate`"
            raise IntentError(Problem(code="KSZ603", what=what, fix=fix, origin=self.origin))
        return self.secrets[name]
