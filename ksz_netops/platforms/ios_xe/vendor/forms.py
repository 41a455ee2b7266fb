"""Forms of configuration lines, and whether a line fits one.

A form is a line of words: a literal, alternatives `in|out`, or a kind in braces. `{8000..64000000}`
is a number in a range. `a|b+` takes one or more words, each once. Options stand in brackets at the
end, in any order, each once. `{rest}` takes what is left of the line. The first word that fits no
form gives IOS's caret; a line that ends too early gives its `% Incomplete command.`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_REST: Final = "{rest}"
_TEXT: Final = re.compile(r"\{text:(\d+)\}")
_RANGE: Final = re.compile(r"\{(\d+)\.\.(\d+)\}")
_PARTS: Final = re.compile(r"\[[^\]]+\]|\S+")
_INTERFACE: Final = re.compile(
    r"(?:[A-Z][A-Za-z]*)?(?:Ethernet|GigE)[\d/]+(?:\.\d+)?|Serial[\d/]+:\d+"
    r"|Port-channel\d+(?:\.\d+)?|(?:Tunnel|Multilink|Loopback|Vlan|BDI)\d+|Null0"
)
_MOST: Final = 2147483647
"""The highest number of a tunnel or loopback."""


def _is_ipv4(word: str) -> bool:
    try:
        IPv4Address(word)
    except AddressValueError:
        return False
    return True


def _is_mask(word: str) -> bool:
    """Whether *word* is a netmask: ones, then zeros."""
    if not _is_ipv4(word):
        return False
    inverse = int(IPv4Address(word)) ^ 0xFFFFFFFF
    return inverse & (inverse + 1) == 0


def _is_ipv6(word: str) -> bool:
    if "%" in word:
        return False
    try:
        IPv6Address(word)
    except AddressValueError:
        return False
    return True


def _is_ipv6_prefix(word: str) -> bool:
    if "%" in word or "/" not in word:
        return False
    try:
        IPv6Network(word, strict=False)
    except ValueError:
        return False
    return True


def _is_interface(word: str) -> bool:
    found = _INTERFACE.fullmatch(word)
    number = re.search(r"\d+$", word)
    lowest = 1 if word.startswith("Multilink") else 0
    return found is not None and number is not None and lowest <= int(number[0]) <= _MOST


def _is_slots(word: str) -> bool:
    """Whether *word* is timeslots of an E1: 1 to 31, the lower first."""
    found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", word)
    if found is None:
        return False
    first, last = int(found[1]), int(found[2] or found[1])
    return 1 <= first <= last <= 31  # noqa: PLR2004 - an E1 has 31 slots for use


KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "{ip}": _is_ipv4,
    "{mask}": _is_mask,
    "{ip6}": _is_ipv6,
    "{prefix6}": _is_ipv6_prefix,
    "{word}": lambda word: bool(re.fullmatch(r"[^\s?]+", word)),
    "{name}": lambda word: bool(re.fullmatch(r"[A-Za-z][^\s?]{0,63}", word)),
    "{interface}": _is_interface,
    "{slot}": lambda word: re.fullmatch(r"\d+(?:/\d+){1,3}", word) is not None,
    "{slots}": _is_slots,
}


@cache
def _taken_by(wanted: str) -> Callable[[str], bool]:
    """The test for a word that *wanted* asks for."""
    if wanted in KINDS:
        return KINDS[wanted]
    bounds = _RANGE.fullmatch(wanted)
    if bounds:
        low, high = int(bounds[1]), int(bounds[2])
        return lambda word: bool(re.fullmatch(r"\d{1,12}", word)) and low <= int(word) <= high
    allowed = frozenset(wanted.split("|"))
    return lambda word: word in allowed


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a line fits: all of it, all of it but too short, or up to one word."""

    fits: bool
    incomplete: bool = False
    words: int = 0
    """How many of the line's words fit."""


@dataclass(frozen=True)
class Form:
    """One line that a mode knows."""

    text: str
    mode: str | None = None
    """The mode that the line opens."""
    single: bool = False
    """Whether a later line of this form takes the place of an earlier one."""
    since: tuple[int, int] | None = None
    """The first release that has it; None is every release that we speak of."""

    @cached_property
    def _parts(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """The words that must come, and the options."""
        parts = _PARTS.findall(self.text)
        fixed = tuple(each for each in parts if not each.startswith("["))
        return fixed, tuple(tuple(each[1:-1].split()) for each in parts if each.startswith("["))

    def match(self, words: tuple[str, ...]) -> Fit:
        """How well the *words* of a line fit."""
        fixed, options = self._parts
        for position, wanted in enumerate(fixed):
            text = _TEXT.fullmatch(wanted)
            if wanted == _REST or text:
                length = len(" ".join(words[position:]))
                fits = 0 < length <= (int(text[1]) if text else length)
                return Fit(
                    fits=fits, incomplete=length == 0, words=len(words) if fits else position
                )
            if position >= len(words):
                return Fit(fits=False, incomplete=True, words=len(words))
            if wanted.endswith("+"):
                return self._match_set(wanted.removesuffix("+"), words, position)
            if not _taken_by(wanted)(words[position]):
                return Fit(fits=False, words=position)
        return self._match_options(options, words, len(fixed))

    @staticmethod
    def _match_set(wanted: str, words: tuple[str, ...], start: int) -> Fit:
        takes = _taken_by(wanted)
        for position in range(start, len(words)):
            if not takes(words[position]) or words[position] in words[start:position]:
                return Fit(fits=False, words=position)
        return Fit(fits=True, words=len(words))

    @staticmethod
    def _match_options(
        options: tuple[tuple[str, ...], ...], words: tuple[str, ...], position: int
    ) -> Fit:
        left = list(options)
        while position < len(words):
            taken = next((each for each in left if _fits_option(each, words[position:])), None)
            if taken is None:
                short = any(_fits_option(each[:-1], words[position:]) for each in left if each[1:])
                at_end = short and position + 1 == len(words)
                return Fit(fits=False, incomplete=at_end, words=position)
            left.remove(taken)
            position += len(taken)
        return Fit(fits=True, words=position)


def _fits_option(option: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(words) >= len(option) and all(
        _taken_by(wanted)(word) for wanted, word in zip(option, words, strict=False)
    )


def one(text: str, mode: str | None = None, since: tuple[int, int] | None = None) -> Form:
    """A line of which a section holds one at a time."""
    return Form(text, mode, single=True, since=since)


def many(*texts: str) -> tuple[Form, ...]:
    """Lines that stand beside each other."""
    return tuple(Form(text) for text in texts)


def opens(text: str, mode: str) -> Form:
    """A line that opens *mode*."""
    return Form(text, mode)


@cache
def split(line: str) -> tuple[str, ...]:
    """The words of *line*."""
    return tuple(line.split())


def find(forms: Iterable[Form], line: str) -> Form | None:
    """The form that *line* fits wholly."""
    words = split(line)
    return next((each for each in forms if each.match(words).fits), None)


def complaint(forms: Iterable[Form], line: str) -> str:
    """What the router says about a *line* that fits no form."""
    words = split(line)
    fits = [each.match(words) for each in forms]
    if any(each.incomplete for each in fits):
        return "% Incomplete command.\n"
    known = max((each.words for each in fits), default=0)
    column = len(" ".join(words[:known])) + (1 if known else 0)
    return f"{' ' * column}^\n% Invalid input detected at '^' marker.\n"


def may_be_negated(forms: Iterable[Form], line: str) -> bool:
    """Whether `no` *line* is a command: the line itself, or its beginning."""
    words = split(line)
    return any((fit := each.match(words)).fits or fit.incomplete for each in forms)
