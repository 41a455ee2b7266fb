"""What a check is: its id, what it reads, its criterion, and why it must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OBSERVATIONS: Final = "observations"
NOTE: Final = "KSZ, Methods of connection to the extranet (2016)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so."""

    id: str
    title: str
    reads: str
    """Kind of resource, `observations`, `foreign` or `intent`."""
    criterion: str
    source: str
    """Why it must be so."""
