"""What an interface lets pass in one direction, and whether that lies within what it may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl
from ksz_netops.proof import EVERYWHERE, Action, PacketSet, Rule

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.config.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """One IP version on its way into or out of an interface."""

    family: int
    guard: str
    """How the line begins that binds an access list."""
    end: str
    """And how it ends."""
    lists: str
    """How the header of such a list begins."""

    def bound(self, interface: Tree) -> str | None:
        """The name of the list that guards *interface*."""
        for line in interface:
            if line.startswith(self.guard) and line.endswith(self.end):
                return line.removeprefix(self.guard).removesuffix(self.end)
        return None


DIRECTIONS: Final = tuple(
    Direction(family=family, guard=guard, end=f" {end}", lists=lists)
    for end in ("in", "out")
    for family, guard, lists in (
        (acl.V4, "ip access-group ", "ip access-list extended "),
        (acl.V6, "ipv6 traffic-filter ", "ipv6 access-list "),
    )
)
_CARRIERS: Final = {
    acl.V4: ("ip address ", "ip unnumbered "),
    acl.V6: ("ipv6 address ", "ipv6 en"),
}
"""Lines by which an interface has an IP version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """The entries that decide; none is that nothing passes."""

    family: int
    entries: tuple[acl.Ace, ...] = ()
    permits: frozenset[str] = frozenset()
    """What the permits among them say, without their numbers."""
    denies_last: bool = True
    """Whether no permit stands below a denial, so that it is the permits alone that decide."""


def is_closed(interface: Tree | None, way: Direction, *, foreign: bool) -> bool:
    """Whether nothing passes on *interface*, whatever its list says.

    One that is somebody else's has addresses of which we know nothing.
    """
    if interface is None or "shutdown" in interface:
        return True
    return not foreign and not any(line.startswith(_CARRIERS[way.family]) for line in interface)


def passing(
    whole: Tree, interface: Tree | None, way: Direction, *, foreign: bool
) -> Passing | None:
    """What passes on an *interface* of *whole*; None is everything."""
    if interface is None or is_closed(interface, way, foreign=foreign):
        return Passing(family=way.family)
    name = way.bound(interface)
    lines = [] if name is None else list(whole.get(f"{way.lists}{name}", ()))
    entries = sorted(
        (read_entry(line, way.family) for line in lines if " remark " not in line),
        key=lambda each: each.number,
    )
    if not entries or not all(each.ace for each in entries):
        return None
    said = [each.permits for each in entries]
    first = said.index(None) if None in said else len(said)
    return Passing(
        family=way.family,
        entries=tuple(each.ace for each in entries if each.ace),
        permits=frozenset(each for each in said if each is not None),
        denies_last=all(each is None for each in said[first:]),
    )


def within(now: Passing | None, old: Passing | None, new: Passing | None) -> bool:
    """Whether *now* lets nothing pass that neither *old* nor *new* does."""
    if old is None or new is None:
        return True
    if now is None:
        return False
    if now.permits <= old.permits | new.permits and old.denies_last and new.denies_last:
        return True
    return _set(now) <= _set(old) | _set(new)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A line of an access list."""

    number: int
    ace: acl.Ace | None
    """None where the line was not understood."""
    permits: str | None
    """What it permits, without its number; None where it denies."""


@lru_cache(maxsize=100_000)
def read_entry(line: str, family: int) -> ListEntry:
    """The entry that *line* is."""
    ace = acl.read(line, family)
    permits = str(ace).partition("permit")[2] if ace and ace.action == "permit" else None
    return ListEntry(acl.number_of(line) or 0, ace, permits)


def _set(these: Passing) -> PacketSet:
    """All of it, exactly; a group stands for itself, as its members are watched apart."""
    anyone = EVERYWHERE[0] if these.family == acl.V4 else EVERYWHERE[1]
    rules: list[Rule] = []
    for entry in these.entries:
        ends = {
            str(end): (anyone,) for end in (entry.source, entry.destination) if isinstance(end, str)
        }
        found = acl.rule(entry, ends)
        if found is not None and not (ends and found.action is Action.DENY):
            rules.append(found)
    return PacketSet.permitted(rules)
