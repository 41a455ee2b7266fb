"""The order in which a change is typed, so that every beginning of it is safe.

First what leads to things that go is taken away, then new things are made ready without being used,
then they are used, and last what nothing uses any more is deleted. Each stage looks at what the
router would hold by then, so that none has to know what another did. `safety` judges the result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe import aces, names, normal, tree
from ksz_netops.platforms.ios_xe.machine import ACL, Machine
from ksz_netops.platforms.ios_xe.remedy import remedies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.tree import Tree

_OBJECTS: Final = (
    "object-group ",
    "crypto ikev2 proposal ",
    "crypto ikev2 policy ",
    "crypto ikev2 keyring ",
    "crypto ikev2 profile ",
    "crypto ipsec transform-set ",
    "crypto ipsec profile ",
    "ip access-list ",
    "ipv6 access-list ",
    "class-map ",
    "policy-map ",
)
"""Who uses stands after whom it uses."""
_ROUTES: Final = ("ip route ", "ipv6 route ")
_PROBES: Final = ("ip sla ", "track ")
_TRACK: Final = re.compile(r"(track \d+) .*")
_SCHEDULE: Final = re.compile(r"(ip sla schedule (\d+)) .*")
_OPERATION: Final = re.compile(r"(ip sla \d+)")
_UNSAID: Final = "no ip address"


def planned(old: Tree, new: Tree) -> tuple[str, ...]:
    """The lines that turn *old* into *new*."""
    machine = Machine(without_unsaid(old))
    wanted = without_unsaid(new)
    lines: list[str] = []
    stages: tuple[Callable[[Tree, Tree], Iterator[str]], ...] = (
        _release,
        _prepare,
        _connect,
        _open,
        _probe,
        _lead,
        _clear,
    )
    for stage in stages:
        for line in list(stage(machine.tree, wanted)):
            machine.type(line)
            lines.append(line)
    return tuple(lines)


def without_unsaid(whole: Tree) -> Tree:
    """*whole* without the lines by which the router says that something is not there."""
    return {
        header: {line: nested for line, nested in below.items() if line != _UNSAID}
        for header, below in whole.items()
    }


def _logical(header: str) -> bool:
    name = header.removeprefix("interface ")
    return "." in name or name.startswith(("Tunnel", "Multilink"))


def _serial(header: str) -> bool:
    return header.startswith("interface Serial")


def _described(below: Tree) -> bool:
    return any(line.startswith("description ") for line in below)


def _interfaces(whole: Tree) -> list[str]:
    return [header for header in whole if header.startswith("interface ")]


# Stage 1: nothing leads any more to what goes or is about to change.


def _release(now: Tree, new: Tree) -> Iterator[str]:
    for header in now:
        if header.startswith(_ROUTES) and header not in new and " Null0 " not in header:
            yield f"no {header}"
    yield from _retracted(now, new)
    for header in _interfaces(now):
        if header not in new:
            yield from _released(header, now[header])
        else:
            yield from _quiet(header, now, new)
    for header in now:
        if header.startswith("controller "):
            yield from _cut(header, now[header], new.get(header))


def _retracted(now: Tree, new: Tree) -> Iterator[str]:
    """Takes away what watches a line and changes, users first: what runs cannot be edited."""
    stale = [header for header in now if now[header] != new.get(header)]
    yield from (f"no {found[1]}" for found in map(_TRACK.fullmatch, stale) if found)
    operations = {found[1] for found in map(_OPERATION.fullmatch, stale) if found}
    for found in filter(None, map(_SCHEDULE.fullmatch, stale)):
        if f"ip sla {found[2]}" not in operations:  # with which it goes
            yield f"no {found[1]}"
    yield from (f"no {each}" for each in sorted(operations))


def _cut(header: str, held: Tree, wanted: Tree | None) -> Iterator[str]:
    """Takes from a controller the lines that go, or all of it that is ours."""
    gone = [
        line
        for line in held
        if wanted is None or (line not in wanted and line.startswith("channel-group "))
    ]
    if gone:
        yield header
        yield from (f" no {line}" for line in gone)


def _released(header: str, below: Tree) -> Iterator[str]:
    if _logical(header):
        yield f"no {header}"
    elif not _serial(header):
        yield header
        if _described(below):
            yield " shutdown"
        ranked = sorted(below, key=normal.rank, reverse=True)
        yield from (f" no {line}" for line in ranked if line != "shutdown")


def _quiet(header: str, now: Tree, new: Tree) -> Iterator[str]:
    """Takes off an interface that stays whatever must not be there while the rest changes."""
    held, wanted = now[header], new[header]
    lines = []
    addresses = [line for line in held if line.startswith("ip address ")]
    if any(line not in wanted for line in addresses):
        lines.append(" no ip address")
    lines += [
        f" no {line}"
        for line in held
        if line not in wanted and line.startswith(("ipv6 address ", "ipv6 enable", "ip unnumbered"))
    ]
    lines += [
        f" no {line}"
        for line in held
        if line not in wanted and line.startswith("ppp multilink group ")
    ]
    if header.startswith("interface Tunnel") and _tunnel_changes(held, wanted, now, new):
        lines.append(" shutdown")
        for line in held:
            policy = re.fullmatch(r"tunnel protection ipsec policy (ipv\d) (\S+)", line)
            if policy and _selectors(policy, now) != _selectors(policy, new):
                lines.append(f" no {line}")
    if lines:
        yield header
        yield from lines


def _selectors(policy: re.Match[str], whole: Tree) -> Tree | None:
    start = "ip access-list extended" if policy[1] == "ipv4" else "ipv6 access-list"
    return whole.get(f"{start} {policy[2]}")


def _tunnel_changes(held: Tree, wanted: Tree, now: Tree, new: Tree) -> bool:
    def tunnel_lines(below: Tree) -> set[str]:
        return {line for line in below if line.startswith("tunnel ")}

    if tunnel_lines(held) != tunnel_lines(wanted):
        return True
    tokens = {line.split()[-1] for line in held if line.startswith("tunnel protection ")}
    return any(
        now.get(header) != new.get(header)
        for header in now.keys() | new.keys()
        if header.startswith(("crypto ", *ACL)) and tokens.intersection(header.split())
    )


# Stage 2: all objects are as they must be, none that goes is deleted yet.


def _prepare(now: Tree, new: Tree) -> Iterator[str]:
    differing = [
        header for header in new if header.startswith(_OBJECTS) and now.get(header) != new[header]
    ]
    others = [header for header in differing if not header.startswith(("object-group ", *ACL))]
    told = remedies(now, new, others)
    for header in sorted(differing, key=_dependency):
        held, wanted = now.get(header, {}), new[header]
        if header.startswith("object-group "):
            yield header
            yield from (f" {line}" for line in wanted if line not in held)
            yield from (f" no {line}" for line in held if line not in wanted)
        elif header.startswith(ACL):
            yield header
            yield from _entries(header, held, wanted)
        elif header.startswith("crypto ikev2 policy "):
            yield header
            yield from _ordered(held, wanted)
        else:
            yield from tree.indented({header: told.get(header, {})})


def _dependency(header: str) -> int:
    return next(rank for rank, start in enumerate(_OBJECTS) if header.startswith(start))


def _entries(header: str, held: Tree, wanted: Tree) -> Iterator[str]:
    stale = [line for line in held if line not in wanted]
    fresh = sorted((line for line in wanted if line not in held), key=normal.place)
    if header.endswith(("-CM", "-CM6", "-TS", "-TS6")):
        yield from _one_by_one(stale, fresh)
        return
    # What denies the rest comes first: so the list is never empty, and never lets more pass.
    last = [line for line in fresh if aces.number_of(line) == names.LAST]
    yield from (_without(line) for line in stale if last and aces.number_of(line) == names.LAST)
    yield from (f" {line}" for line in last)
    stale = [line for line in stale if not (last and aces.number_of(line) == names.LAST)]
    permits = [line for line in stale if " permit " in line]
    others = [line for line in stale if " permit " not in line]
    for line in sorted(permits, key=normal.place, reverse=True):
        yield _without(line)
    for line in sorted(others, key=normal.place, reverse=True):
        yield _without(line)
    yield from (f" {line}" for line in fresh if aces.number_of(line) != names.LAST)


def _one_by_one(stale: list[str], fresh: list[str]) -> Iterator[str]:
    """Entry by entry, since what such a list picks must never be everything."""
    taken = {aces.number_of(line): line for line in stale}
    for line in fresh:
        former = taken.pop(aces.number_of(line), None)
        if former:
            yield _without(former)
        yield f" {line}"
    yield from (_without(line) for line in taken.values())


def _without(entry: str) -> str:
    """The removal of *entry*: by its number, but for a remark, which shares one."""
    number = aces.number_of(entry)
    if number is None or " remark " in entry:
        return f" no {entry}"
    return f" no sequence {number}" if entry.startswith("sequence ") else f" no {number}"


def _ordered(held: Tree, wanted: Tree) -> Iterator[str]:
    """Lines whose order counts: from the first that differs, all are typed again."""
    old, new = list(held), list(wanted)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    yield from (f" no {line}" for line in old[same:])
    yield from (f" {line}" for line in new[same:])


# Stages 3 to 6: what is ready is put to use.


def _connect(now: Tree, new: Tree) -> Iterator[str]:
    for header, wanted in new.items():
        held = now.get(header, {})
        if header.startswith("controller ") and held != wanted:
            yield header
            yield from (f" no {line}" for line in held if line not in wanted)
            yield from (f" {line}" for line in wanted if line not in held)


def _open(now: Tree, new: Tree) -> Iterator[str]:
    differing = [each for each in _interfaces(new) if now.get(each) != new[each]]
    told = remedies(now, new, differing)
    for header in differing:
        lines = sorted(told.get(header, {}), key=_typed)
        if header not in now and _described(new[header]) and not _logical(header):
            lines.append("no shutdown")
        yield header
        yield from (f" {line}" for line in lines)


def _typed(line: str) -> tuple[int, int]:
    """When *line* is typed on an interface: guards first, then what goes, then all else."""
    if line == "no shutdown":
        return 4, 0
    if line.startswith(("description ", "encapsulation ", "ip access-group ", "ipv6 traffic-f")):
        return 0, normal.rank(line)
    if line.startswith("no "):
        return 1, -normal.rank(line.removeprefix("no "))
    return 2, normal.rank(line)


def _probe(now: Tree, new: Tree) -> Iterator[str]:
    for header in sorted(new, key=lambda each: (each.startswith("track"), "schedule" in each)):
        if header.startswith(_PROBES) and header not in now:
            yield from tree.indented({header: new[header]})


def _lead(now: Tree, new: Tree) -> Iterator[str]:
    fresh = [header for header in new if header.startswith(_ROUTES) and header not in now]
    yield from sorted(fresh, key=lambda each: " Null0 " not in each)


# Stage 7: what nothing uses any more is deleted, users before what they used.


def _clear(now: Tree, new: Tree) -> Iterator[str]:
    yield from (f"no {each}" for each in now if each.startswith(_ROUTES) and each not in new)
    gone = [header for header in now if header.startswith(_OBJECTS) and header not in new]
    for header in sorted(gone, key=_dependency, reverse=True):
        yield f"no {header}"
