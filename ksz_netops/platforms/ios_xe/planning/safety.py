"""Whether every beginning of a list of lines leaves the router safe.

After each line: no access list in use is undefined or empty, as it would then let everything pass;
what an interface lets pass lies within what it did before and will do after; nothing in use is
deleted, and nothing is used that is not there; no way leads to an official address without a
discard route behind it. What was wrong before may stay wrong, but nothing becomes so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.planning.gate import Gate
from ksz_netops.platforms.ios_xe.planning.model import Machine
from ksz_netops.platforms.ios_xe.planning.order import without_unsaid
from ksz_netops.platforms.ios_xe.planning.permitted import DIRECTIONS, passing
from ksz_netops.platforms.ios_xe.planning.references import LISTS, Index
from ksz_netops.platforms.ios_xe.planning.withdraw import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.platforms.ios_xe.planning.model import Effect
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
        for danger in judge.dangers(*machine.type(line)):
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
        self._lacking = set(self._index.lacking())
        self._gates: dict[str, tuple[Gate, ...]] = {}
        self._routes = _routes_by_destination(now)
        self._former_routes = _routes_by_destination(old)
        self.compared = 0

    @property
    def interfaces(self) -> int:
        """Of how many interfaces it was worked out what they let pass."""
        return len(self._gates)

    def dangers(self, top: str, effects: tuple[Effect, ...]) -> Iterator[str]:
        """What is wrong now, after a line of section *top* had *effects*."""
        self._index.follow(effects)
        self._follow_routes(effects)
        changed = dict.fromkeys((top, *(each.header for each in effects)))
        touched = dict.fromkeys(header for each in changed for header in self._index.affected(each))
        for lack in self._index.lacking_after(effects):
            if lack not in self._lacking:
                yield lack
        if top.startswith("object-group "):
            yield from self._wider_group(effects)
        # Nothing else decides what passes.
        if any(each.startswith(("interface ", *LISTS)) for each in changed):
            for header in touched:
                if header.startswith("interface "):
                    yield from self._opened(header, changed, effects)
        if top.startswith(ROUTES):
            yield from self._unbacked(top.split()[2])

    def _wider_group(self, effects: tuple[Effect, ...]) -> Iterator[str]:
        for effect in effects:
            known = self.old.get(effect.header, {}), self.new.get(effect.header, {})
            is_member = effect.is_there and effect.line != effect.header
            if is_member and not any(effect.line in each for each in known):
                yield f"{effect.header} holds {effect.line}"

    def _opened(
        self, header: str, changed: Iterable[str], effects: tuple[Effect, ...]
    ) -> Iterator[str]:
        gates = self._gates.get(header)
        if gates is None:
            gates = self._gates[header] = tuple(self._gate(header, way) for way in DIRECTIONS)
        elif header in changed:
            for gate in gates:
                gate.look_again()
        else:
            for gate in gates:
                gate.follow(effects)
        for gate in gates:
            self.compared += 1
            if not gate.is_within():
                yield f"{header} lets more pass{gate.way.end}wards than before or after"

    def _gate(self, header: str, way: Direction) -> Gate:
        foreign = not any(
            line.startswith("description ")
            for whole in (self._now, self.old, self.new)
            for line in whole.get(header, ())
        )
        return Gate(
            now=self._now,
            header=header,
            way=way,
            foreign=foreign,
            before=_on(self.old, header, way, foreign=foreign),
            after=_on(self.new, header, way, foreign=foreign),
        )

    def _follow_routes(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if effect.line == effect.header and effect.header.startswith(ROUTES):
                there = self._routes.setdefault(effect.header.split()[2], {})
                if effect.is_there:
                    there[effect.header] = None
                else:
                    there.pop(effect.header, None)

    def _unbacked(self, official: str) -> Iterator[str]:
        ways = self._routes.get(official, {})
        before = self._former_routes.get(official, {})
        backed = any(" Null0 " in each for each in ways)
        if ways and not backed and (not before or any(" Null0 " in each for each in before)):
            yield f"{official} would follow the default route if its way fails"


def _routes_by_destination(whole: Tree) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for header in whole:
        if header.startswith(ROUTES):
            found.setdefault(header.split()[2], {})[header] = None
    return found


def _on(whole: Tree, header: str, way: Direction, *, foreign: bool) -> Passing | None:
    interface = {} if foreign and header not in whole else whole.get(header)
    return passing(whole, interface, way, foreign=foreign)
