"""What a line of ours uses, and which sections name something."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.tree import Tree

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


def lacking(now: Tree, headers: Iterable[str]) -> Iterator[str]:
    """What the sections called *headers* use that is not there, or is an empty access list."""
    for header in headers:
        for line in lines_of(now[header]):
            for name, starts in _used(line):
                if not any(_there(now, start, name) for start in starts):
                    yield f"{header} uses {name}, which is empty or not there"


@lru_cache(maxsize=100_000)
def _used(line: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
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


def lines_of(below: Tree) -> Iterator[str]:
    """Every line of *below*, however deep."""
    for line, nested in below.items():
        yield line
        if nested:
            yield from lines_of(nested)


class Index:
    """Which sections of a configuration have a word in them, kept while it changes."""

    def __init__(self, whole: Tree) -> None:
        self._whole = whole
        self._words: dict[str, frozenset[str]] = {}
        self._sections: dict[str, set[str]] = {}
        for header in whole:
            self.follow(header)

    def follow(self, header: str) -> None:
        """Takes note of what section *header* holds by now, if it is there at all."""
        old = self._words.pop(header, frozenset())
        new = frozenset(
            word for line in lines_of(self._whole.get(header, {})) for word in _words(line)
        )
        for word in old - new:
            self._sections[word].discard(header)
        for word in new - old:
            self._sections.setdefault(word, set()).add(header)
        if new:
            self._words[header] = new

    def affected(self, top: str) -> list[str]:
        """The sections for which a change of *top* may have changed something, *top* among them."""
        found = {top} if top in self._whole else set()
        found |= self._naming({top.rsplit(maxsplit=1)[-1], *top.split()[2:4]})
        lists = {each.split()[-1] for each in found if each != top and each.startswith(LISTS)}
        return sorted(found | self._naming(lists))

    def _naming(self, words: Iterable[str]) -> set[str]:
        return {header for word in words for header in self._sections.get(word, ())}


@lru_cache(maxsize=100_000)
def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())
