"""What statements that no resource explains do to a filter, as far as they are understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ksz_netops.proof.rules import Rule
    from ksz_netops.state.resources import Entry, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A permit in a filter of ours that no resource explains."""

    entry: Entry
    """Where the packets come in that it admits."""
    rule: Rule
    strays: tuple[str, ...] = ()
    """The statements that open it."""
    after: tuple[Rule, ...] = ()
    """The denials that stand before it; permits before it change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A statement that may change a filter and was not understood."""

    statement: str
    reason: str
    way: Way | None = None
    """Where it may change what passes; None is everywhere on the hub."""

    def __str__(self) -> str:
        return f"{self.statement}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """All of one hub."""

    opened: tuple[Opening, ...] = ()
    closed: tuple[Opening, ...] = ()
    """Denials that no resource explains; those after which nothing of ours stands are left out."""
    doubts: tuple[Doubt, ...] = ()
