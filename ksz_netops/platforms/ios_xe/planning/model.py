"""The effect of typed lines on our part of a configuration, as the router would have it.

It knows what our sections need: negation, lines that take each other's place, entries by number,
and what goes when something else goes. It answers nothing and refuses nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ksz_netops.platforms.ios_xe.config import acl, tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

ACL: Final = ("ip access-list ", "ipv6 access-list ")
_PLACES: Final = tuple(
    re.compile(form)
    for form in (
        r"description ",
        r"ip access-group \S+ in$",
        r"ip access-group \S+ out$",
        r"ipv6 traffic-filter \S+ in$",
        r"ipv6 traffic-filter \S+ out$",
        r"(?:ip|ipv6) verify unicast source reachable-via ",
        r"service-policy input ",
        r"service-policy output ",
        r"ip (?:address \S+ \S+$|unnumbered )",
        r"tunnel (?:source|destination|mode|vrf) ",
        r"tunnel protection ipsec policy ipv4 ",
        r"tunnel protection ipsec policy ipv6 ",
        r"tunnel protection ipsec profile ",
        r"ppp multilink group ",
        r"encapsulation ",
        r"shape average ",
        r"police ",
        r"address ",
        r"pre-shared-key local ",
        r"pre-shared-key remote ",
        r"identity local ",
        r"keyring local ",
        r"lifetime ",
        r"dpd ",
        r"set security-association ",
        r"set transform-set ",
        r"set pfs ",
        r"set ikev2-profile ",
    )
)
"""What a section holds one of: a line takes the place of the one of the same form."""
_WHOLES: Final = (
    re.compile(r"(ip(?:v6)? route \S+(?: \d+\.\d+\.\d+\.\d+)? \S+(?: \S*[.:]\S+)?)(?: .*)?"),
    re.compile(r"(crypto ipsec transform-set \S+) .*"),
)
"""Top lines that begin so say one thing: a later one takes the place of an earlier one."""
SHOWN_NEGATIONS: Final = frozenset({"no config-exchange request"})
"""Negations that the router keeps and shows, since what they negate holds by default."""
_MOST_WORDS: Final = 4
"""How many words tell one header from another: `ip sla schedule 5`."""
_OPERATION: Final = re.compile(r"ip sla \d+")


def _whole(header: str) -> str | None:
    return next((found[1] for form in _WHOLES if (found := form.fullmatch(header))), None)


class Effect(NamedTuple):
    """What one typed line did to one line of the configuration."""

    header: str
    """The top section that it belongs to."""
    line: str
    """The header itself, where a whole section came or went."""
    is_there: bool
    """Whether the line is there now."""


class _Headers:
    """The headers of a configuration by their first words, as a negation names them."""

    def __init__(self, headers: Iterable[str]) -> None:
        self._by_start: dict[tuple[str, ...], dict[str, None]] = {}
        self._wholes: dict[str, dict[str, None]] = {}
        for each in headers:
            self.add(each)

    def add(self, header: str) -> None:
        """Takes note of a section that came."""
        for start in self._starts(header):
            self._by_start.setdefault(start, {})[header] = None
        whole = _whole(header)
        if whole is not None:
            self._wholes.setdefault(whole, {})[header] = None

    def remove(self, header: str) -> None:
        """Takes note of a section that went."""
        for start in self._starts(header):
            self._by_start.get(start, {}).pop(header, None)
        whole = _whole(header)
        if whole is not None:
            self._wholes.get(whole, {}).pop(header, None)

    @staticmethod
    def _starts(header: str) -> Iterator[tuple[str, ...]]:
        words = tuple(header.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS])
        return (words[:length] for length in range(1, len(words) + 1))

    def beginning(self, line: str) -> list[str]:
        """The headers that begin with the words of *line*."""
        words = tuple(line.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS])
        found = self._by_start.get(words, {})
        return [each for each in found if f"{each} ".startswith(f"{line} ")]

    def replaced_by(self, header: str) -> list[str]:
        """The headers of which the router keeps one, whose place *header* takes."""
        whole = _whole(header)
        return [] if whole is None else list(self._wholes.get(whole, ()))


class Machine:
    """Our part of a configuration while lines are typed.

    The price of a line is that of what it changes, not that of the configuration.
    """

    def __init__(self, start: Tree) -> None:
        self.tree = tree.copied(start)
        self._path: list[str] = []
        self._effects: list[Effect] = []
        self._headers = _Headers(self.tree)
        self._numbers: dict[str, dict[int, dict[str, None]]] = {}

    def type(self, typed: str) -> tuple[str, tuple[Effect, ...]]:
        """Takes a line whose depth is its indentation.

        Returns:
            The top line that it belongs to, and what it changed there and elsewhere.
        """
        depth = len(typed) - len(typed.lstrip())
        line = typed.strip()
        del self._path[depth:]
        self._effects = []
        section = self.tree
        for above in self._path:
            if above not in section:
                self._put(section, above, self._path[0])
            section = section[above]
        top = self._path[0] if self._path else line.removeprefix("no ")
        if line.startswith("no ") and line not in SHOWN_NEGATIONS:
            self._remove(section, line.removeprefix("no "), top)
        else:
            self._add(section, line, top)
            self._path.append(line)
        return top, tuple(self._effects)

    def _add(self, section: Tree, line: str, top: str) -> None:
        if line in section:
            return
        if f"no {line}" in section:
            # A router shows a negation where the positive is the default, which it does not show.
            self._take(section, f"no {line}", top)
            return
        for held in self._rivals(section, line):
            self._take(section, held, top)
        self._put(section, line, top)
        if line.startswith("channel-group "):
            serial = self._serial(top, line)
            if serial not in self.tree:
                self._put(self.tree, serial, serial)

    def _rivals(self, section: Tree, line: str) -> list[str]:
        """The lines whose place *line* takes."""
        if section is self.tree:
            return self._headers.replaced_by(line)
        place = self._place(line)
        return [] if place is None else [each for each in section if self._place(each) == place]

    def _put(self, section: Tree, line: str, top: str) -> None:
        section[line] = {}
        if section is self.tree:
            self._headers.add(line)
            self._effects.append(Effect(line, line, is_there=True))
            return
        self._effects.append(Effect(top, line, is_there=True))
        if top.startswith(ACL):
            self._entries(top).setdefault(acl.number_of(line) or 0, {})[line] = None

    def _take(self, section: Tree, line: str, top: str) -> None:
        below = section.pop(line, None)
        if below is None:
            return
        if section is self.tree:
            self._headers.remove(line)
            self._numbers.pop(line, None)
            top = line
        elif top.startswith(ACL):
            self._entries(top).get(acl.number_of(line) or 0, {}).pop(line, None)
        self._effects += [Effect(top, each, is_there=False) for each in _all_below(below)]
        self._effects.append(Effect(top, line, is_there=False))

    def _entries(self, header: str) -> dict[int, dict[str, None]]:
        """The entries of a list by their numbers."""
        if header not in self._numbers:
            found: dict[int, dict[str, None]] = {}
            for line in self.tree.get(header, ()):
                found.setdefault(acl.number_of(line) or 0, {})[line] = None
            self._numbers[header] = found
        return self._numbers[header]

    @staticmethod
    def _place(line: str) -> str | None:
        found = next((form for form in _PLACES if form.match(line)), None)
        if found is None:
            return None
        if found.pattern.startswith(("tunnel (", "(?:ip|ipv6) verify")):
            return " ".join(line.split()[:2])
        return found.pattern

    def _remove(self, section: Tree, line: str, top: str) -> None:
        for held in self._negated(section, line, top):
            self._take(section, held, top)
            if held.startswith("channel-group "):
                serial = self._serial(top, held)
                self._take(self.tree, serial, serial)
            elif _OPERATION.fullmatch(held):
                for schedule in self._headers.beginning(held.replace("sla", "sla schedule")):
                    self._take(self.tree, schedule, schedule)

    def _negated(self, section: Tree, line: str, top: str) -> list[str]:
        """What `no` *line* takes away: what it says wholly, or the beginning of."""
        if section is self.tree:
            return self._headers.beginning(line)
        if top.startswith(ACL):
            number = re.fullmatch(r"(?:sequence )?(\d+)", line)
            if number:
                return list(self._entries(top).get(int(number[1]), ()))
            return [line] if line in section else []
        return [held for held in section if f"{held} ".startswith(f"{line} ")]

    @staticmethod
    def _serial(controller: str, line: str) -> str:
        return f"interface Serial{controller.split()[2]}:{line.split()[1]}"


def _all_below(below: Tree) -> Iterator[str]:
    for line, nested in below.items():
        yield line
        yield from _all_below(nested)
