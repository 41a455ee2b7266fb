"""What one interface lets pass in one direction, while a change is typed.

It is compared with what the interface let pass before and will let pass after. Most lines change
one entry of a list, so counts of its entries are kept. Where they cannot decide, all is compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.planning.permitted import (
    Direction,
    Passing,
    is_closed,
    passing,
    read_entry,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.platforms.ios_xe.planning.model import Effect


@dataclass(slots=True, kw_only=True)
class Gate:
    """An interface in one direction, in the configuration *now*."""

    now: Tree
    header: str
    way: Direction
    foreign: bool
    """Whether the interface is somebody else's, so that we do not know its addresses."""
    before: Passing | None
    after: Passing | None
    list_header: str | None = None
    """The list that is bound now."""
    _allowed: frozenset[str] = frozenset()
    _decidable: bool = False
    """Whether permits alone decide before and after, so that counting them is enough."""
    _entries: int = 0
    _not_understood: int = 0
    _excess: int = 0
    """How many entries permit what neither list permits."""
    _closed: bool = field(default=True)

    def __post_init__(self) -> None:
        if self.before is not None and self.after is not None:
            self._allowed = self.before.permits | self.after.permits
            self._decidable = self.before.denies_last and self.after.denies_last
        self.look_again()

    def look_again(self) -> None:
        """Counts anew, after the interface itself changed."""
        interface = self._interface()
        self._closed = is_closed(interface, self.way, foreign=self.foreign)
        name = None if interface is None else self.way.bound(interface)
        self.list_header = None if name is None else f"{self.way.lists}{name}"
        self._entries = self._not_understood = self._excess = 0
        for line in self.now.get(self.list_header or "", ()):
            self._count(line, 1)

    def follow(self, effects: Iterable[Effect]) -> None:
        """Counts what changed in the list."""
        for effect in effects:
            if effect.header == self.list_header and effect.line != effect.header:
                self._count(effect.line, 1 if effect.is_there else -1)

    def _count(self, line: str, times: int) -> None:
        if " remark " in line:
            return
        entry = read_entry(line, self.way.family)
        self._entries += times
        if entry.ace is None:
            self._not_understood += times
        if entry.permits is not None and entry.permits not in self._allowed:
            self._excess += times

    def is_within(self) -> bool:
        """Whether nothing passes now that passed neither before nor will pass after."""
        if self._closed or self.before is None or self.after is None:
            return True
        if not self._entries or self._not_understood:
            return False
        if self._decidable and not self._excess:
            return True
        now = passing(self.now, self._interface(), self.way, foreign=self.foreign)
        return within(now, self.before, self.after)

    def _interface(self) -> Tree | None:
        return self.now.get(self.header, {} if self.foreign else None)
