"""Whether every beginning of a list of lines leaves the router safe.

After each line: no access list in use is undefined or empty, as it would then let everything pass;
what an interface lets pass lies within what it did before and will do after; nothing in use is
deleted, and nothing is used that is not there; no way leads to an official address without a
discard route behind it. What was wrong before may stay wrong, but nothing becomes so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe import aces
from ksz_netops.platforms.ios_xe.machine import Machine
from ksz_netops.platforms.ios_xe.plan import without_unsaid
from ksz_netops.proof import EVERYWHERE, Action, PacketSet, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.tree import Tree

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
        (r"set transform-set (\S.*)", ("crypto ipsec transform-set ",)),
        (r"keyring local (\S+)", ("crypto ikev2 keyring ",)),
        (r"proposal (\S+)", ("crypto ikev2 proposal ",)),
        (r"service-policy (?:input|output) (\S+)", ("policy-map ",)),
        (r"class (KSZ-\S+)", ("class-map match-any ", "class-map match-all ")),
        (r".* object-group (\S+).*", ("object-group network ", "object-group v6-network ")),
    )
)
"""Forms of lines that use something, and how the header of that something begins."""
_LISTS: Final = ("ip access-list ", "ipv6 access-list ")
_BINDINGS: Final = (
    (4, "ip access-group {} {}", "ip access-list extended "),
    (6, "ipv6 traffic-filter {} {}", "ipv6 access-list "),
)


def first_danger(old: Tree, new: Tree, commands: Iterable[str]) -> str | None:
    """What goes wrong first while *commands* turn *old* into *new*; None where nothing does."""
    judge = _Judge(without_unsaid(old), without_unsaid(new))
    machine = Machine(judge.old)
    for number, line in enumerate(commands, start=1):
        top = machine.type(line)
        for danger in judge.dangers(machine.tree, top):
            return f"after line {number}, '{line.strip()}': {danger}"
    if _plain(machine.tree) != _plain(judge.new):
        return "at the end it is not what was intended"
    return None


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
    def __init__(self, old: Tree, new: Tree) -> None:
        self.old = old
        self.new = new
        self._lacking = set(_lacking(old, old))

    def dangers(self, now: Tree, top: str) -> Iterator[str]:
        """What is wrong in *now*, after a line of section *top*."""
        touched = _affected(now, top)
        for lack in _lacking(now, touched):
            if lack not in self._lacking:
                yield lack
        if top.startswith("object-group "):
            yield from self._wider_group(now, top)
        for header in touched:
            if header.startswith("interface "):
                yield from self._opened(now, header)
        if top.startswith(("ip route ", "ipv6 route ")):
            yield from self._unbacked(now, top)

    def _wider_group(self, now: Tree, top: str) -> Iterator[str]:
        known = {*self.old.get(top, ()), *self.new.get(top, ())}
        for line in now.get(top, ()):
            if line not in known:
                yield f"{top} holds {line}"

    def _opened(self, now: Tree, header: str) -> Iterator[str]:
        foreign = not any(
            line.startswith("description ")
            for whole in (now, self.old, self.new)
            for line in whole.get(header, ())
        )
        for direction in ("in", "out"):
            for family, form, start in _BINDINGS:
                seen = [
                    _passing(
                        whole,
                        {} if foreign and header not in whole else whole.get(header),
                        family,
                        form.format(r"(\S+)", direction),
                        start,
                        foreign=foreign,
                    )
                    for whole in (now, self.old, self.new)
                ]
                now_passing, before, after = seen
                if not _within(now_passing, before, after, family):
                    yield f"{header} lets more pass {direction}wards than before or after"

    def _unbacked(self, now: Tree, top: str) -> Iterator[str]:
        official = top.split()[2]
        ways = [each for each in now if each.startswith("ip") and f"route {official} " in each]
        before = [each for each in self.old if f"route {official} " in each]
        backed = any(" Null0 " in each for each in ways)
        if ways and not backed and (not before or any(" Null0 " in each for each in before)):
            yield f"{official} would follow the default route if its way fails"


def _affected(now: Tree, top: str) -> list[str]:
    """The sections for which a change of *top* may have changed something, *top* among them."""
    names = {top.rsplit(maxsplit=1)[-1], *top.split()[2:4]}
    found = [top] if top in now else []
    lists = set()
    for header, below in now.items():
        if header != top and _uses(below, names):
            found.append(header)
            if header.startswith(_LISTS):
                lists.add(header.split()[-1])
    if lists:
        found += [each for each in now if each not in found and _uses(now[each], lists)]
    return found


def _uses(below: Tree, names: set[str]) -> bool:
    return any(
        not names.isdisjoint(line.split()) or _uses(nested, names) for line, nested in below.items()
    )


def _lacking(now: Tree, headers: Iterable[str]) -> Iterator[str]:
    """What the sections called *headers* use that is not there, or is an empty access list."""
    for header in headers:
        for line in _all(now[header]):
            for form, starts in _USES:
                found = form.fullmatch(line)
                for name in found[1].split() if found else ():
                    there = [
                        each
                        for start in starts
                        for each in _called(now, start, name)
                        if now[each] or not each.startswith(_LISTS)
                    ]
                    if not there:
                        yield f"{header} uses {name}, which is empty or not there"


def _called(now: Tree, start: str, name: str) -> list[str]:
    if start != "crypto ipsec transform-set ":
        return [f"{start}{name}"] if f"{start}{name}" in now else []
    return [each for each in now if each.startswith(f"{start}{name} ")]


def _all(below: Tree) -> Iterator[str]:
    for line, nested in below.items():
        yield line
        yield from _all(nested)


class _Everything:
    """Each packet passes."""


def _passing(  # noqa: PLR0913 - where, and in which form
    whole: Tree,
    below: Tree | None,
    family: int,
    form: str,
    start: str,
    *,
    foreign: bool,
) -> list[aces.Ace] | _Everything:
    """The entries that decide what passes on an interface; an empty list is that nothing does.

    One that is somebody else's has addresses of which we know nothing.
    """
    if below is None or "shutdown" in below or not (foreign or _carries(below, family)):
        return []
    bound = [found[1] for line in below if (found := re.fullmatch(form, line))]
    if not bound:
        return _Everything()
    entries = [line for line in whole.get(f"{start}{bound[0]}", ()) if " remark " not in line]
    if not entries:
        return _Everything()
    read = [
        aces.read(line, family) for line in sorted(entries, key=lambda e: aces.number_of(e) or 0)
    ]
    return [each for each in read if each] if all(read) else _Everything()


def _carries(below: Tree, family: int) -> bool:
    """Whether an interface has that IP version."""
    starts = (
        ("ip address ", "ip unnumbered ") if family == aces.V4 else ("ipv6 address ", "ipv6 en")
    )
    return any(line.startswith(starts) for line in below)


def _within(
    now: list[aces.Ace] | _Everything,
    old: list[aces.Ace] | _Everything,
    new: list[aces.Ace] | _Everything,
    family: int,
) -> bool:
    if isinstance(old, _Everything) or isinstance(new, _Everything):
        return True
    if isinstance(now, _Everything):
        return False
    known = {str(each).partition("permit")[2] for each in (*old, *new) if each.action == "permit"}
    mine = {str(each).partition("permit")[2] for each in now if each.action == "permit"}
    if mine <= known and _denies_last(old) and _denies_last(new):
        return True
    return _set(now, family) <= _set(old, family) | _set(new, family)


def _denies_last(entries: list[aces.Ace]) -> bool:
    actions = [each.action for each in entries]
    return "permit" not in actions[actions.index("deny") :] if "deny" in actions else True


def _set(entries: list[aces.Ace], family: int) -> PacketSet:
    """What *entries* let pass; a group stands for itself, as its members are watched apart."""
    anyone = EVERYWHERE[0] if family == aces.V4 else EVERYWHERE[1]
    rules: list[Rule] = []
    for entry in entries:
        ends = {
            str(end): (anyone,) for end in (entry.source, entry.destination) if isinstance(end, str)
        }
        found = aces.rule(entry, ends)
        if found is not None and not (ends and found.action is Action.DENY):
            rules.append(found)
    return PacketSet.permitted(rules)
