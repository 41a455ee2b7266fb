"""A mutant: what one hub would have answered, had one thing on it been otherwise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from random import Random
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Device: TypeAlias = "Callable[[str], str]"
"""What a hub answers to a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One hub with one thing wrong."""

    hub: str
    operator: str
    """What kind of wrong, the same words on every platform."""
    site: str
    """Where, and what stands there now."""
    device: Callable[[], Device]


def dice(seed: object) -> Random:
    """A generator that draws alike each time."""
    return Random(str(seed))  # noqa: S311 - a sample, not a secret


def drawn(mutants: Iterable[Mutant], most: int, random: Random) -> list[Mutant]:
    """At most *most* of them, the rare kinds whole and the frequent ones in equal shares."""
    kinds: defaultdict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        kinds[mutant.hub, mutant.operator].append(mutant)
    for some in kinds.values():
        random.shuffle(some)
    taken: list[Mutant] = []
    while any(kinds.values()) and len(taken) < most:
        for some in kinds.values():
            if some and len(taken) < most:
                taken.append(some.pop())
    return taken


def one_bit(address: str, random: Random) -> str:
    """*address* with one of its last bits the other way."""
    found = ip_address(address)
    return str(type(found)(int(found) ^ (1 << random.randrange(16))))


def wider(prefix: str) -> str:
    """*prefix* with one bit less."""
    return str(ip_network(prefix, strict=False).supernet())


def is_address(word: object) -> bool:
    """Whether *word* is an address, without a length."""
    try:
        ip_address(str(word))
    except ValueError:
        return False
    return isinstance(word, str)
