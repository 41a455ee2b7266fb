"""Changes between two states of an IOS-XE hub, drawn at random, of every kind there is."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ksz_netops.platforms.ios_xe.config.render import rendered
from support import ios_states

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from support.ios_states import Wish

Wishes: TypeAlias = "dict[int, Wish]"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a router holds, and what it must hold."""

    kind: str
    old: Tree
    new: Tree


def pair(kind: str, seed: int) -> Pair:
    """A change of *kind*, now and then with others beside it."""
    rng = ios_states.dice(seed)
    before = ios_states.wishes(rng)
    if not _subjects(before, kind):
        number = rng.randint(1, 19)
        before[number] = dataclasses.replace(
            ios_states.a_wish(rng, number), kind="vpn" if kind == "rotate crypto" else "backup"
        )
    after = dict(before)
    for each in (kind, *rng.choices(list(CHANGES), k=rng.choice([0, 0, 1, 2]))):
        CHANGES[each](rng, after)
    old = rendered(ios_states.state(before))
    if kind == "drift by hand":
        old = drifted(rng, old)
    return Pair(kind=kind, old=old, new=rendered(ios_states.state(after)))


def _subjects(wishes: Wishes, kind: str = "") -> list[Wish]:
    """The partners that can have a change of *kind*."""
    return [each for each in wishes.values() if kind != "rotate crypto" or each.kind == "vpn"]


def _picked(rng: Random, after: Wishes, kind: str = "") -> Wish | None:
    found = _subjects(after, kind)
    return rng.choice(found) if found else None


def _add(rng: Random, after: Wishes) -> None:
    free = [number for number in range(1, 20) if number not in after]
    number = rng.choice(free)
    after[number] = ios_states.a_wish(rng, number)


def _change(rng: Random, after: Wishes) -> None:
    wish = _picked(rng, after)
    if wish:
        other = ios_states.a_wish(rng, wish.number)
        name = rng.choice(["services", "rate_kbps", "preference", "connection"])
        changed: dict[str, Any] = {name: getattr(other, name)}
        after[wish.number] = dataclasses.replace(wish, **changed)


def _remove(rng: Random, after: Wishes) -> None:
    wish = _picked(rng, after)
    if wish:
        del after[wish.number]


def _renumber(rng: Random, after: Wishes) -> None:
    wish = _picked(rng, after)
    if wish:
        after[wish.number] = dataclasses.replace(wish, renumbered=not wish.renumbered)


def _move(rng: Random, after: Wishes) -> None:
    """To another port of the same kind, or to another kind of line."""
    wish = _picked(rng, after)
    if wish:
        other = ios_states.a_wish(rng, wish.number)
        slot = wish.number + 20 if wish.slot == wish.number else wish.number
        moved = wish if rng.random() < 0.5 else other
        after[wish.number] = dataclasses.replace(wish, slot=slot, kind=moved.kind, six=moved.six)


def _rotate(rng: Random, after: Wishes) -> None:
    wish = _picked(rng, after, "rotate crypto")
    if wish and rng.random() < 0.5:
        after[wish.number] = dataclasses.replace(wish, key=(wish.key + 1) % 4)
    elif wish:
        crypto = {"baseline": "high", "high": "baseline"}[wish.crypto]
        after[wish.number] = dataclasses.replace(wish, crypto=crypto)


def _nothing(_rng: Random, _after: Wishes) -> None:
    """The hand of somebody on the router is no change of what is wanted."""


CHANGES: Final[dict[str, Callable[[Random, Wishes], None]]] = {
    "add": _add,
    "change": _change,
    "remove": _remove,
    "renumber": _renumber,
    "move handoff": _move,
    "rotate crypto": _rotate,
    "drift by hand": _nothing,
}


def drifted(rng: Random, own: Tree) -> Tree:
    """*own* after somebody's hand: lines and sections lost, altered and added."""
    own = {header: dict(below) for header, below in own.items()}
    for _ in range(rng.randint(1, 3)):
        # A controller's interfaces are there exactly as long as its channel groups are.
        headers = sorted(each for each in own if not each.startswith("controller "))
        if not headers:
            break
        header = rng.choice(headers)
        section = own[header]
        if rng.random() < 0.3:
            own.pop(header)
        elif _otherwise(header) and rng.random() < 0.5:
            own = altered(own, header)
        elif rng.random() < 0.6 and section:
            section.pop(rng.choice(list(section)))
        elif header.startswith("ip access-list "):
            section["5 permit ip any any"] = {}
        elif header.startswith("interface "):
            _instead(section, "ip access-group KSZ-P00099-S1-IN in")
        elif section and header.startswith(("class-map ", "crypto ikev2 profile ")):
            _instead(section, "description KSZ-P00099-S1")
    return own


_ALTERATIONS: Final = (
    (r"(ip sla schedule \d+) .*", r"\1 life 3600 start-time now"),
    (r"(track \d+) .*", r"\1 interface Loopback0 line-protocol"),
    (r"(crypto ipsec transform-set \S+) .*", r"\1 esp-aes esp-sha-hmac"),
    (r"(ip route .*?)(?: \d+)?( name \S+)( track \d+)?", r"\1 77\2"),
)
"""How a hand turns one header into another of the same thing."""


def altered(own: Tree, header: str) -> Tree:
    """*own* with another header in the place of *header*."""
    return {_otherwise(each) or each if each == header else each: own[each] for each in own}


def _otherwise(header: str) -> str | None:
    for form, instead in _ALTERATIONS:
        if re.fullmatch(form, header):
            return re.sub(form, instead, header)
    return None


def _instead(section: Tree, line: str) -> None:
    """Puts *line* in the place of the one that says the same kind of thing."""
    first, *_, last = line.split()
    for held in list(section):
        if held.split()[0] == first and (first == "description" or held.endswith(f"-IN {last}")):
            del section[held]
    section[line] = {}
