"""Which lines the router knows, in which mode, as templates.

A template is a line of words: a literal, alternatives `in|out`, or a kind in braces. `REST` takes
what is left of the line. The first word that fits no template gives IOS's caret, a line that ends
too early gives its `% Incomplete command.`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REST: Final = "{rest}"
INTERFACE: Final = re.compile(
    r"(?:(?:Ten|Hundred|TwentyFive)?Gig(?:abit)?(?:E|abitEthernet|Ethernet)?[\d/]+(?:\.\d+)?"
    r"|Serial[\d/]+:\d+|(?:Tunnel|Multilink|Loopback|Null)\d+)"
)


def _is_ipv4(word: str) -> bool:
    try:
        IPv4Address(word)
    except AddressValueError:
        return False
    return True


def _is_ipv6(word: str) -> bool:
    try:
        IPv6Address(word)
    except AddressValueError:
        return False
    return True


def _is_ipv6_prefix(word: str) -> bool:
    try:
        IPv6Network(word, strict=False)
    except ValueError:
        return False
    return "/" in word


def _number(low: int, high: int) -> Callable[[str], bool]:
    return lambda word: word.isdecimal() and low <= int(word) <= high


KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "{ip}": _is_ipv4,
    "{ip6}": _is_ipv6,
    "{prefix6}": _is_ipv6_prefix,
    "{word}": lambda word: bool(re.fullmatch(r"[^\s?]+", word)),
    "{interface}": lambda word: INTERFACE.fullmatch(word) is not None,
    "{number}": _number(0, 4294967295),
    "{vlan}": _number(1, 4094),
    "{tunnel}": _number(0, 2147483647),
    "{bundle}": _number(1, 2147483647),
    "{track}": _number(1, 1000),
    "{distance}": _number(1, 255),
    "{slot}": lambda word: re.fullmatch(r"\d+/\d+/\d+", word) is not None,
    "{slots}": lambda word: re.fullmatch(r"\d{1,2}(-\d{1,2})?", word) is not None,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a line fits: all of it, all of it but too short, or up to one word."""

    fits: bool
    incomplete: bool = False
    words: int = 0
    """How many of the line's words fit."""


@dataclass(frozen=True)
class Template:
    """One line that a mode knows."""

    text: str
    mode: str | None = None
    """The mode that the line opens."""
    single: bool = False
    """Whether a later line of this template takes the place of an earlier one."""

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return tuple(self.text.split())

    def match(self, words: tuple[str, ...]) -> Verdict:
        """How well the *words* of a line fit."""
        for position, wanted in enumerate(self._words):
            if wanted == REST:
                return Verdict(
                    fits=position < len(words),
                    incomplete=position >= len(words),
                    words=len(words),
                )
            if position >= len(words):
                return Verdict(fits=False, incomplete=True, words=len(words))
            if not self._takes(wanted, words[position]):
                return Verdict(fits=False, words=position)
        fits = len(words) == len(self._words)
        return Verdict(fits=fits, words=len(self._words))

    @staticmethod
    def _takes(wanted: str, word: str) -> bool:
        kind = KINDS.get(wanted)
        if kind is not None:
            return kind(word)
        return word in wanted.split("|")


def one(text: str, mode: str | None = None) -> Template:
    """A line of which a section holds one at a time."""
    return Template(text, mode, single=True)


def many(*texts: str) -> tuple[Template, ...]:
    """Lines that stand beside each other."""
    return tuple(Template(text) for text in texts)


def opens(text: str, mode: str) -> Template:
    """A line that opens *mode*."""
    return Template(text, mode)


@cache
def split(line: str) -> tuple[str, ...]:
    """The words of *line*."""
    return tuple(line.split())


def find(templates: Iterable[Template], line: str) -> Template | None:
    """The template that *line* fits wholly."""
    words = split(line)
    return next((each for each in templates if each.match(words).fits), None)


def complaint(templates: Iterable[Template], line: str) -> str:
    """What the router says about a *line* that fits no template."""
    words = split(line)
    verdicts = [each.match(words) for each in templates]
    if any(verdict.incomplete for verdict in verdicts):
        return "% Incomplete command.\n"
    known = max((verdict.words for verdict in verdicts), default=0)
    column = len(" ".join(words[:known])) + (1 if known else 0)
    return f"{' ' * column}^\n% Invalid input detected at '^' marker.\n"


def may_be_negated(templates: Iterable[Template], line: str) -> bool:
    """Whether `no` *line* is a command: the line itself, or its beginning."""
    words = split(line)
    return any((verdict := each.match(words)).fits or verdict.incomplete for each in templates)
