"""What access lists counted, as a router shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.observe.answers import misshapen
from ksz_netops.state.observations import Counter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

COMMANDS: Final = {4: "show ip access-lists", 6: "show ipv6 access-list"}
_START: Final = {4: "ip access-list extended ", 6: "ipv6 access-list "}
_HEADER: Final = re.compile(r" *(?:(?:Extended|Standard) IP|IPv6) access list (\S+)")
_ENTRY: Final = re.compile(r" +(?:sequence )?(?:(\d+) )?(permit|deny) +\S")
_LAST_NUMBER: Final = re.compile(r"\bsequence (\d+)\s*$")
_MATCHES: Final = re.compile(r"\((\d+) match(?:es)?\)")
_COUNTED: Final = re.compile(r"KSZ-\S+-(?:IN|WAN)6?")

Totals = tuple[tuple[str, Counter], ...]


class _Entry(NamedTuple):
    number: int
    action: str
    matches: int


def counters(answers: dict[int, str], own: Tree) -> tuple[Totals, Totals]:
    """Packets that partners' entries let in, and that the last entries refused.

    Raises:
        ReadbackError: If a list that the router holds is missing in an answer, whole or in part.
    """
    owners = _blocks(own)
    admitted: dict[str, int] = {}
    dropped: dict[str, int] = {}
    for family, answer in answers.items():
        shown = _lists(answer)
        for name, held in _held(own, family):
            entries = shown.get(name)
            if entries is None or len(entries) != held:
                raise misshapen(COMMANDS[family], f"list {name} is not whole")
            for entry in entries:
                block = entry.number - entry.number % names.BLOCK
                if entry.number == names.LAST:
                    reason = "untunnelled" if "-WAN" in name else "unauthorised"
                    dropped[reason] = dropped.get(reason, 0) + entry.matches
                elif block in owners and entry.action == "permit":
                    token = owners[block]
                    admitted[token] = admitted.get(token, 0) + entry.matches
    return _totals(admitted), _totals(dropped)


def _totals(counts: dict[str, int]) -> Totals:
    return tuple((key, Counter(packets=n, octets=0)) for key, n in sorted(counts.items()))


def _held(own: Tree, family: int) -> Iterator[tuple[str, int]]:
    """The lists of ours that count, with the number of their entries; remarks are never shown."""
    start = _START[family]
    for header, below in own.items():
        if header.startswith(start) and _COUNTED.fullmatch(name := header.removeprefix(start)):
            yield name, sum(" remark " not in line for line in below)


def _lists(answer: str) -> dict[str, list[_Entry]]:
    """The entries of each list that is shown.

    A list of IPv6 has the number of an entry at the end of its line.
    """
    lists: dict[str, list[_Entry]] = {}
    entries: list[_Entry] = []
    for line in answer.splitlines():
        header = _HEADER.match(line)
        if header:
            entries = lists.setdefault(header[1], [])
            continue
        found, matches = _ENTRY.match(line), _MATCHES.search(line)
        if found:
            last = _LAST_NUMBER.search(line)
            number = found[1] or (last[1] if last else "0")
            entries.append(_Entry(int(number), found[2], int(matches[1]) if matches else 0))
    return lists


def _blocks(own: Tree) -> dict[int, str]:
    """Whose the block of entries is that begins at a number."""
    found = {}
    for header, below in own.items():
        if header.startswith(tuple(_START.values())):
            for line in below:
                remark = re.match(r"(?:sequence )?(\d+) remark (KSZ-\S+)", line)
                if remark:
                    found[int(remark[1])] = remark[2]
    return found
