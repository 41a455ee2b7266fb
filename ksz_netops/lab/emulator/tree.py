"""A configuration as a tree of lines, read from text and written as the router shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_FAMILIES: Final = (
    r"version |service |hostname |boot|enable |aaa |username |password |key ",
    r"vrf definition ",
    r"ip domain|ip ssh|ip scp",
    r"object-group ",
    r"archive",
    r"crypto ikev2 proposal ",
    r"crypto ikev2 policy ",
    r"crypto ikev2 keyring ",
    r"crypto ikev2 profile ",
    r"crypto ikev2 ",
    r"controller ",
    r"track ",
    r"class-map ",
    r"policy-map ",
    r"crypto ipsec transform-set ",
    r"crypto ipsec profile ",
    r"crypto ",
    r"interface ",
    r"router ",
    r"ip route |ipv6 route ",
    r"ip access-list |ip prefix-list ",
    r"ip sla",
    r"logging |snmp-server ",
    r"route-map ",
    r"ipv6 access-list ",
)
_RANK: Final = [re.compile(family) for family in _FAMILIES]
_SEQUENCE: Final = re.compile(r"(?:sequence )?(\d+) ")
_OPAQUE: Final = re.compile(r"banner \S+ (\^C|\S)")
_ADDRESSED: Final = re.compile(r"(?:no )?ip (?:address|unnumbered)\b")


@dataclass(slots=True)
class Section:
    """The lines below one line, by their text."""

    lines: dict[str, Section] = field(default_factory=dict)

    def copy(self) -> Section:
        """The same tree again."""
        return Section({line: below.copy() for line, below in self.lines.items()})

    def walk(self) -> Iterator[tuple[Section, str]]:
        """Every line of the tree with the section that holds it."""
        for line, below in self.lines.items():
            yield self, line
            yield from below.walk()


def plain(section: Section) -> Tree:
    """*section* as nested dictionaries."""
    return {line: plain(below) for line, below in section.lines.items()}


def read(text: str) -> Section:
    """The tree of a configuration *text*; depth is indentation, as the router writes it."""
    root = Section()
    open_sections: list[tuple[int, Section]] = [(-1, root)]
    waiting = iter(text.splitlines())
    for raw in waiting:
        line = raw.strip()
        if not line or line.startswith("!") or line in {"end", "no ip address"}:
            continue
        banner = _OPAQUE.match(line)
        if banner and line.count(banner[1]) == 1:
            line = _until(waiting, raw, banner[1])
        elif line.startswith("certificate "):
            line = _until(waiting, line, "quit")
        depth = len(raw) - len(raw.lstrip())
        while open_sections[-1][0] >= depth:
            open_sections.pop()
        below = open_sections[-1][1].lines.setdefault(line, Section())
        open_sections.append((depth, below))
    return root


def _until(waiting: Iterator[str], first: str, last: str) -> str:
    """Lines that are one thing, up to the one that ends in *last*, with their own line breaks."""
    taken = [first]
    for line in waiting:
        taken.append(line)
        if line.rstrip().endswith(last):
            break
    return "\n".join(taken)


def _family(line: str) -> int:
    for rank, pattern in enumerate(_RANK):
        if pattern.match(line):
            return rank
    return len(_RANK)


def _shown(section: Section, depth: int) -> Iterator[str]:
    for line in ordered(section):
        yield " " * depth + line
        below = section.lines[line]
        if line.startswith("interface ") and not any(map(_ADDRESSED.match, below.lines)):
            yield " " * (depth + 1) + "no ip address"
        yield from _shown(below, depth + 1)


def ordered(section: Section) -> list[str]:
    """The lines of *section* in the router's own order: entries by number, families together."""
    numbers = {line: match for line in section.lines if (match := _SEQUENCE.match(line))}
    if numbers and len(numbers) == len(section.lines):
        return sorted(
            section.lines, key=lambda line: (int(numbers[line][1]), " remark " not in line)
        )
    return list(section.lines)


def write(root: Section) -> str:
    """The configuration as `show running-config` gives it, after its header."""
    shown: list[str] = []
    former = None
    for line in sorted(root.lines, key=_family):
        below = root.lines[line]
        family = _family(line)
        if shown and (below.lines or family != former):
            shown.append("!")
        former = family if not below.lines else None
        shown.extend(_shown(Section({line: below}), 0))
    return "\n".join([*shown, "!", "end", ""])
