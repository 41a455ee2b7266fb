"""The order in which a change is typed, so that every beginning of it is safe.

First what leads to things that go is taken away, then new things are made ready without being used,
then they are used, and last what nothing uses any more is deleted. Each stage looks at what the
router would hold by then, so that none has to know what another did. `safety` judges the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl, names, normal, tree
from ksz_netops.platforms.ios_xe.planning.model import ACL, Machine
from ksz_netops.platforms.ios_xe.planning.remediation import remedies
from ksz_netops.platforms.ios_xe.planning.withdraw import (
    ROUTES,
    described,
    interfaces,
    logical,
    released,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

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
_PROBES: Final = ("ip sla ", "track ")
_UNSAID: Final = "no ip address"


def planned(old: Tree, new: Tree) -> tuple[str, ...]:
    """The lines that turn *old* into *new*."""
    machine = Machine(without_unsaid(old))
    wanted = without_unsaid(new)
    lines: list[str] = []
    stages: tuple[Callable[[Tree, Tree], Iterator[str]], ...] = (
        released,
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
    last = [line for line in fresh if acl.number_of(line) == names.LAST]
    yield from (_without(line) for line in stale if last and acl.number_of(line) == names.LAST)
    yield from (f" {line}" for line in last)
    stale = [line for line in stale if not (last and acl.number_of(line) == names.LAST)]
    permits = [line for line in stale if " permit " in line]
    others = [line for line in stale if " permit " not in line]
    for line in sorted(permits, key=normal.place, reverse=True):
        yield _without(line)
    for line in sorted(others, key=normal.place, reverse=True):
        yield _without(line)
    yield from (f" {line}" for line in fresh if acl.number_of(line) != names.LAST)


def _one_by_one(stale: list[str], fresh: list[str]) -> Iterator[str]:
    """Entry by entry, since what such a list picks must never be everything, as an empty one does.

    Those whose number is free come first: so that one stands while the only other is replaced.
    """
    taken = {acl.number_of(line): line for line in stale}
    for line in sorted(fresh, key=lambda each: acl.number_of(each) in taken):
        former = taken.pop(acl.number_of(line), None)
        if former:
            yield _without(former)
        yield f" {line}"
    yield from (_without(line) for line in taken.values())


def _without(entry: str) -> str:
    """The removal of *entry*: by its number, but for a remark, which shares one."""
    number = acl.number_of(entry)
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
    differing = [each for each in interfaces(new) if now.get(each) != new[each]]
    told = remedies(now, new, differing)
    for header in differing:
        lines = sorted(told.get(header, {}), key=_typed)
        if header not in now and described(new[header]) and not logical(header):
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
    fresh = [header for header in new if header.startswith(ROUTES) and header not in now]
    yield from sorted(fresh, key=lambda each: " Null0 " not in each)


# Stage 7: what nothing uses any more is deleted, users before what they used.


def _clear(now: Tree, new: Tree) -> Iterator[str]:
    yield from (f"no {each}" for each in now if each.startswith(ROUTES) and each not in new)
    gone = [header for header in now if header.startswith(_OBJECTS) and header not in new]
    for header in sorted(gone, key=_dependency, reverse=True):
        yield f"no {header}"
