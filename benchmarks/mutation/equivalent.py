"""Mutants that are the same hub in other words, or none that there can be, each with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.mutation.mutants import Mutant

_REASONS: Final = (
    ("a route by another port", r'"type": "blackhole"', "a discard route leads to no port"),
    ("a removed address", r"^no ip address$", "an interface without an address says so or not"),
    (
        "a port that is down",
        r"^Serial",
        "a member of a bundle: what `show ppp multilink` says of it is judged, and was not changed",
    ),
)


def equivalent(mutant: Mutant) -> str:
    """Why nothing is wrong with *mutant*; empty where something is."""
    for operator, site, reason in _REASONS:
        if mutant.operator == operator and re.search(site, mutant.site):
            return reason
    return ""
