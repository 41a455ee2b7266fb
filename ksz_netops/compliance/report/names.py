"""What people call partners and their connections; reports for people add it to the ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.intent.models import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names by id; what has none is shown by its id alone."""

    partners: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By partner and connection, how it is connected."""

    @classmethod
    def of(cls, intent: Intent) -> Names:
        """The names that *intent* gives."""
        return cls(
            partners={partner.id: partner.name for partner in intent.partners},
            methods={
                (partner.id, connection.id): connection.title
                for partner in intent.partners
                for connection in partner.connections
            },
        )

    def partner(self, partner: str | None) -> str:
        """The name of *partner*, or nothing."""
        return self.partners.get(partner or "", "")

    def method(self, partner: str | None, connection: str | None) -> str:
        """How *connection* of *partner* is connected, or nothing."""
        return self.methods.get((partner or "", connection or ""), "")
