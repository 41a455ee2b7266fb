"""Whether every beginning of a list of lines leaves the router safe.

After each line: no access list in use is undefined or empty, as it would then let everything pass;
what an interface lets pass lies within what it did before and will do after; nothing in use is
deleted, and nothing is used that is not there; no way leads to an official address without a
discard route behind it. What was wrong before may stay wrong, but nothing becomes so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.planning.model import Machine
from ksz_netops.platforms.ios_xe.planning.order import without_unsaid
from ksz_netops.platforms.ios_xe.planning.permitted import DIRECTIONS, passing, within
from ksz_netops.platforms.ios_xe.planning.references import LISTS, Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.platforms.ios_xe.planning.permitted import Direction, Passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What was found while the lines of a change were typed one by one."""

    danger: str | None = None
    """What goes wrong first; None where nothing does."""
    judged: int = 0
    """How many configurations were judged, one after each line."""
    interfaces: int = 0
    """Of how many it was worked out what they let pass."""
    compared: int = 0
    """How often that was compared with what they let pass before and after the whole change."""


def followed(old: Tree, new: Tree, commands: Iterable[str]) -> Course:
    """What happens while *commands* turn *old* into *new*, as far as the first danger."""
    machine = Machine(without_unsaid(old))
    judge = _Judge(without_unsaid(old), without_unsaid(new), machine.tree)
    number = 0
    for number, line in enumerate(commands, start=1):
        changed = machine.type(line)
        for danger in judge.dangers(changed):
            return Course(danger=f"after line {number}, '{line.strip()}': {danger}", judged=number)
    if _plain(machine.tree) != _plain(judge.new):
        return Course(danger="at the end it is not what was intended", judged=number)
    return Course(judged=number, interfaces=judge.interfaces, compared=judge.compared)


def first_danger(old: Tree, new: Tree, commands: Iterable[str]) -> str | None:
    """What goes wrong first while *commands* turn *old* into *new*; None where nothing does."""
    return followed(old, new, commands).danger


def _plain(whole: Tree) -> Tree:
    """*whole* without interfaces that were given back."""
    return {
        header: below
        for header, below in whole.items()
        if not (
            header.startswith(("interface ", "controller ")) and not below.keys() - {"shutdown"}
        )
    }


class _Judge:
    def __init__(self, old: Tree, new: Tree, now: Tree) -> None:
        self.old = old
        self.new = new
        self._now = now
        self._index = Index(now)
        self._lacking = set(self._index.lacking(old))
        self._may: dict[tuple[str, Direction, bool], tuple[Passing | None, Passing | None]] = {}
        self.compared = 0

    @property
    def interfaces(self) -> int:
        """Of how many interfaces it was worked out what they let pass."""
        return len({header for header, _, _ in self._may})

    def dangers(self, changed: tuple[str, ...]) -> Iterator[str]:
        """What is wrong now, after a line that *changed* those sections; the first is its own."""
        for each in changed:
            self._index.follow(each)
        touched = dict.fromkeys(header for each in changed for header in self._index.affected(each))
        for lack in self._index.lacking(touched):
            if lack not in self._lacking:
                yield lack
        top = changed[0]
        if top.startswith("object-group "):
            yield from self._wider_group(top)
        # Nothing else decides what passes.
        if any(each.startswith(("interface ", *LISTS)) for each in changed):
            for header in touched:
                if header.startswith("interface "):
                    yield from self._opened(header)
        if top.startswith(("ip route ", "ipv6 route ")):
            yield from self._unbacked(top)

    def _wider_group(self, top: str) -> Iterator[str]:
        known = {*self.old.get(top, ()), *self.new.get(top, ())}
        for line in self._now.get(top, ()):
            if line not in known:
                yield f"{top} holds {line}"

    def _opened(self, header: str) -> Iterator[str]:
        foreign = not any(
            line.startswith("description ")
            for whole in (self._now, self.old, self.new)
            for line in whole.get(header, ())
        )
        for way in DIRECTIONS:
            now = _on(self._now, header, way, foreign=foreign)
            before, after = self._may_pass(header, way, foreign=foreign)
            self.compared += 1
            if not within(now, before, after):
                yield f"{header} lets more pass{way.end}wards than before or after"

    def _may_pass(
        self, header: str, way: Direction, *, foreign: bool
    ) -> tuple[Passing | None, Passing | None]:
        """What passes on interface *header* before and after the whole change."""
        key = (header, way, foreign)
        if key not in self._may:
            self._may[key] = (
                _on(self.old, header, way, foreign=foreign),
                _on(self.new, header, way, foreign=foreign),
            )
        return self._may[key]

    def _unbacked(self, top: str) -> Iterator[str]:
        official = top.split()[2]
        ways = [
            each for each in self._now if each.startswith("ip") and f"route {official} " in each
        ]
        before = [each for each in self.old if f"route {official} " in each]
        backed = any(" Null0 " in each for each in ways)
        if ways and not backed and (not before or any(" Null0 " in each for each in before)):
            yield f"{official} would follow the default route if its way fails"


def _on(whole: Tree, header: str, way: Direction, *, foreign: bool) -> Passing | None:
    interface = {} if foreign and header not in whole else whole.get(header)
    return passing(whole, interface, way, foreign=foreign)
