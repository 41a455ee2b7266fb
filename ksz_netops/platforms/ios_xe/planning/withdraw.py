"""The first stage of a change: nothing leads any more to what goes or is about to change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import normal
from ksz_netops.platforms.ios_xe.planning.model import ACL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

ROUTES: Final = ("ip route ", "ipv6 route ")
_TRACK: Final = re.compile(r"(track \d+) .*")
_SCHEDULE: Final = re.compile(r"(ip sla schedule (\d+)) .*")
_OPERATION: Final = re.compile(r"(ip sla \d+)")


def released(now: Tree, new: Tree) -> Iterator[str]:
    """The lines that take away whatever leads to what is not in *new* as it is now."""
    for header in now:
        if header.startswith(ROUTES) and header not in new and " Null0 " not in header:
            yield f"no {header}"
    yield from _retracted(now, new)
    stale = _stale_names(now, new)
    for header in interfaces(now):
        if header not in new:
            yield from _given_back(header, now[header])
        else:
            yield from _quiet(header, now, new, stale)
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


def _given_back(header: str, below: Tree) -> Iterator[str]:
    if logical(header):
        yield f"no {header}"
    elif not _serial(header):
        yield header
        if described(below):
            yield " shutdown"
        ranked = sorted(below, key=normal.rank, reverse=True)
        yield from (f" no {line}" for line in ranked if line != "shutdown")


def _quiet(header: str, now: Tree, new: Tree, stale: set[str]) -> Iterator[str]:
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
    if header.startswith("interface Tunnel") and _tunnel_changes(held, wanted, stale):
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


def _tunnel_changes(held: Tree, wanted: Tree, stale: set[str]) -> bool:
    """Whether a tunnel, or something that it is made of, is not as it must be."""

    def tunnel_lines(below: Tree) -> set[str]:
        return {line for line in below if line.startswith("tunnel ")}

    if tunnel_lines(held) != tunnel_lines(wanted):
        return True
    return any(line.split()[-1] in stale for line in held if line.startswith("tunnel protection "))


def _stale_names(now: Tree, new: Tree) -> set[str]:
    """The words in the headers of lists and crypto objects that change."""
    return {
        word
        for header in now.keys() | new.keys()
        if header.startswith(("crypto ", *ACL)) and now.get(header) != new.get(header)
        for word in header.split()
    }


def logical(header: str) -> bool:
    """Whether the interface is there only while it is configured."""
    name = header.removeprefix("interface ")
    return "." in name or name.startswith(("Tunnel", "Multilink"))


def _serial(header: str) -> bool:
    return header.startswith("interface Serial")


def described(below: Tree) -> bool:
    """Whether an interface is wholly ours."""
    return any(line.startswith("description ") for line in below)


def interfaces(whole: Tree) -> list[str]:
    """The headers of the interfaces of *whole*."""
    return [header for header in whole if header.startswith("interface ")]
