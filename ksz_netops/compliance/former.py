"""What one hub had counted when it was audited last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ksz_netops.compliance.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """Counter values with which the next audit compares."""

    at: datetime
    packets: Mapping[str, int]
    """Refused packets by reason."""
    fragments: Mapping[str, int] = field(default_factory=dict)
    """Lost fragments by bundle."""

    @classmethod
    def of(cls, reading: Reading, at: datetime) -> Former | None:
        """The counters of *reading*, taken *at* a moment; None if they were not read."""
        seen = reading.observations
        if seen is None:
            return None
        return cls(
            at=at,
            packets={reason: counter.packets for reason, counter in seen.dropped},
            fragments={
                bundle.name: bundle.lost_fragments
                for bundle in seen.bundles
                if bundle.lost_fragments is not None
            },
        )
