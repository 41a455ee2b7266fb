"""What a line of ours uses, and which sections name something."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.platforms.ios_xe.planning.model import Effect

_Use: TypeAlias = "tuple[str, tuple[str, ...]]"
"""A name, and how the headers of what it may name begin."""
LISTS: Final = ("ip access-list ", "ipv6 access-list ")
_TRANSFORMS: Final = "crypto ipsec transform-set "
_NAMED: Final = (
    "object-group ",
    "crypto ",
    "class-map ",
    "policy-map ",
    *LISTS,
)
"""How the headers of what can be named begin."""
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
_STARTS: Final = frozenset(starts for _, starts in _USES)


@lru_cache(maxsize=100_000)
def _used(line: str) -> tuple[_Use, ...]:
    return tuple(
        (name, starts)
        for form, starts in _USES
        if (found := form.fullmatch(line))
        for name in found[1].split()
    )


def _lines(below: Tree) -> Iterator[str]:
    """Every line of *below*, however deep."""
    for line, nested in below.items():
        yield line
        yield from _lines(nested)


class Index:
    """Which sections of a configuration have a word in them, and what they use.

    It is kept while the configuration changes, at the price of what changes.
    """

    def __init__(self, whole: Tree) -> None:
        self._whole = whole
        self._sections: dict[str, Counter[str]] = {}
        self._users: dict[_Use, Counter[str]] = {}
        self._transforms: Counter[str] = Counter()
        for header, below in whole.items():
            self._note(header, header, 1)
            for line in _lines(below):
                self._note(header, line, 1)

    def follow(self, effects: Iterable[Effect]) -> None:
        """Takes note of what a typed line changed."""
        for effect in effects:
            self._note(effect.header, effect.line, 1 if effect.is_there else -1)

    def _note(self, header: str, line: str, times: int) -> None:
        if line == header:
            if header.startswith(_TRANSFORMS):
                self._transforms[header.split()[3]] += times
            return
        for word in set(_words(line)):
            sections = self._sections.setdefault(word, Counter())
            sections[header] += times
            if not sections[header]:
                del sections[header]
        for use in _used(line):
            self._users.setdefault(use, Counter())[header] += times

    def affected(self, top: str) -> list[str]:
        """The sections for which a change of *top* may have changed something, *top* among them."""
        found = {top} if top in self._whole else set()
        name = _name_of(top)
        if name is not None:
            found |= self._naming({name})
        lists = {_name_of(each) for each in found if each != top and each.startswith(LISTS)}
        return sorted(found | self._naming({each for each in lists if each}))

    def lacking(self) -> Iterator[str]:
        """What any section uses that is not there, or is an empty access list."""
        for use in list(self._users):
            yield from self._lacking_of(use)

    def lacking_after(self, effects: Iterable[Effect]) -> Iterator[str]:
        """What is lacking by *effects*: what they use, and what uses that which they took away."""
        for effect in effects:
            if effect.is_there and effect.line != effect.header:
                for use in _used(effect.line):
                    yield from self._lacking_of(use)
            elif not self._whole.get(effect.header):
                name = _name_of(effect.header)
                for starts in _STARTS if name else ():
                    yield from self._lacking_of((name or "", starts))

    def _lacking_of(self, use: _Use) -> Iterator[str]:
        name, starts = use
        users = self._users.get(use)
        if users and not any(self._is_there(start, name) for start in starts):
            for header, count in users.items():
                if count:
                    yield f"{header} uses {name}, which is empty or not there"

    def _is_there(self, start: str, name: str) -> bool:
        if start == _TRANSFORMS:
            return self._transforms[name] > 0
        below = self._whole.get(f"{start}{name}")
        return below is not None and (bool(below) or not start.startswith(LISTS))

    def _naming(self, words: Iterable[str]) -> set[str]:
        return {header for word in words for header in self._sections.get(word, ())}


def _name_of(header: str) -> str | None:
    """The name of the object that *header* defines; a route or an interface has none."""
    words = header.split()
    if header.startswith(_TRANSFORMS):
        return words[3]
    return words[-1] if header.startswith(_NAMED) else None


@lru_cache(maxsize=100_000)
def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())
