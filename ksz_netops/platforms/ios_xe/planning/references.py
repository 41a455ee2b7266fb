"""What a line of ours uses, and which sections name something."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_Use: TypeAlias = "tuple[str, tuple[str, ...]]"
"""A name, and how the headers of what it may name begin."""
LISTS: Final = ("ip access-list ", "ipv6 access-list ")
_TRANSFORMS: Final = "crypto ipsec transform-set "
_USES: Final = tuple(
    (re.compile(form), starts)
    for form, starts in (
        (r"ip access-group (\S+) (?:in|out)", ("ip access-list extended ",)),
        (r"ipv6 traffic-filter (\S+) (?:in|out)", ("ipv6 access-list ",)),
        (r"match access-group name (\S+)", ("ip access-list extended ", "ipv6 access-list ")),
        (r"tunnel protection ipsec policy ipv4 (\S+)", ("ip access-list extended ",)),
        (r"tunnel protection ipsec policy ipv6 (\S+)", ("ipv6 access-list ",)),
        (r"tunnel protection ipsec profile (\S+)", ("crypto ipsec profile ",)),
        (r"set ikev2-profile (\S+)", ("crypto ikev2 profile ",)),
        (r"set transform-set (\S.*)", (_TRANSFORMS,)),
        (r"keyring local (\S+)", ("crypto ikev2 keyring ",)),
        (r"proposal (\S+)", ("crypto ikev2 proposal ",)),
        (r"service-policy (?:input|output) (\S+)", ("policy-map ",)),
        (r"class (KSZ-\S+)", ("class-map match-any ", "class-map match-all ")),
        (r".* object-group (\S+).*", ("object-group network ", "object-group v6-network ")),
    )
)
"""Forms of lines that use something, and how the header of that something begins."""


@lru_cache(maxsize=100_000)
def _used(line: str) -> tuple[_Use, ...]:
    return tuple(
        (name, starts)
        for form, starts in _USES
        if (found := form.fullmatch(line))
        for name in found[1].split()
    )


def _there(now: Tree, start: str, name: str) -> bool:
    if start == _TRANSFORMS:
        return any(each.startswith(f"{start}{name} ") for each in now)
    header = f"{start}{name}"
    return header in now and (bool(now[header]) or not header.startswith(LISTS))


def _lines(below: Tree) -> set[str]:
    """Every line of *below*, however deep."""
    found = set(below)
    if any(below.values()):
        found.update(*map(_lines, below.values()))
    return found


class Index:
    """Which sections of a configuration have a word in them, and what they use.

    It is kept while the configuration changes, at the price of what changes.
    """

    def __init__(self, whole: Tree) -> None:
        self._whole = whole
        self._lines: dict[str, set[str]] = {}
        self._words: dict[str, Counter[str]] = {}
        self._sections: dict[str, set[str]] = {}
        self._uses: dict[str, Counter[_Use]] = {}
        for header in whole:
            self.follow(header)

    def follow(self, header: str) -> None:
        """Takes note of what section *header* holds by now, if it is there at all."""
        old = self._lines.get(header, set())
        new = _lines(self._whole.get(header, {}))
        words = self._words.setdefault(header, Counter())
        uses = self._uses.setdefault(header, Counter())
        for line in new - old:
            for word in _words(line):
                words[word] += 1
                self._sections.setdefault(word, set()).add(header)
            uses.update(_used(line))
        for line in old - new:
            for word in _words(line):
                words[word] -= 1
                if not words[word]:
                    self._sections[word].discard(header)
            uses.subtract(_used(line))
        self._lines[header] = new

    def affected(self, top: str) -> list[str]:
        """The sections for which a change of *top* may have changed something, *top* among them."""
        found = {top} if top in self._whole else set()
        found |= self._naming({top.rsplit(maxsplit=1)[-1], *top.split()[2:4]})
        lists = {each.split()[-1] for each in found if each != top and each.startswith(LISTS)}
        return sorted(found | self._naming(lists))

    def lacking(self, headers: Iterable[str]) -> Iterator[str]:
        """What the sections called *headers* use that is not there, or is an empty access list."""
        for header in headers:
            for (name, starts), count in self._uses.get(header, {}).items():
                if count and not any(_there(self._whole, start, name) for start in starts):
                    yield f"{header} uses {name}, which is empty or not there"

    def _naming(self, words: Iterable[str]) -> set[str]:
        return {header for word in words for header in self._sections.get(word, ())}


@lru_cache(maxsize=100_000)
def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())
