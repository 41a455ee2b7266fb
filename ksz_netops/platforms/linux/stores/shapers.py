"""Shaping: on each port that has some a root HTB with our handle, and a class per connection.

Packets find their class by the priority that the filter gives them, so there are no tc filters.
Each class has a leaf of its own, since the kernel's default holds a thousand packets: at 128 kbit/s
that is 90 s.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names, tc
from ksz_netops.platforms.linux.stores.steps import Change, batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect

_R2Q: Final = 10
"""What tc takes where it is not told; the classes name their quantum themselves."""
_STATEMENT: Final = re.compile(
    r"class (?P<port>\S+) (?P<id>4b5a:[\da-f]+) rate (?P<rate>\d+)kbit leaf (?P<leaf>\d+)b"
)


def read(qdiscs: str, classes: Mapping[str, str], dialect: Dialect) -> Iterator[str]:
    """The statements in the answers to `tc -j qdisc show` and, by port, `tc -j class show`."""
    queues = tc.qdiscs(qdiscs)
    leaves = {(each.port, each.parent): _leaf(each) for each in queues}
    for root in queues:
        if (root.kind, root.handle, root.parent) != ("htb", names.SHAPING_HANDLE, None):
            continue
        name = dialect.neutral(root.port)
        yield f"shaping {name}{_odd_root(root)}"
        for each in tc.htb_classes(classes.get(root.port, "")):
            if each.id.startswith(names.SHAPING_HANDLE):
                leaf = leaves.get((root.port, each.id), "none")
                rate = _rate(each.rate_bps)
                yield f"class {name} {each.id} rate {rate}{_odd_class(each)} leaf {leaf}"


def _leaf(queue: tc.Qdisc) -> str:
    match queue.kind, queue.options:
        case "bfifo", (("limit", int(limit)),):
            return f"{limit}b"
        case kind, options:
            return " ".join([kind, *(f"{name} {value}" for name, value in options)])


def _odd_root(root: tc.Qdisc) -> str:
    """What differs from the root that `root_line` makes, in tc's words."""
    usual = {("default", "0"), ("r2q", _R2Q)}
    return "".join(f" {name} {value}" for name, value in root.options if (name, value) not in usual)


def _odd_class(found: tc.HtbClass) -> str:
    """What differs from the class that `classes_of` makes for this rate, in tc's words."""
    odd = [] if found.parent is None else [f"parent {found.parent}"]
    if found.ceil_bps != found.rate_bps:
        odd.append(f"ceil {_rate(found.ceil_bps)}")
    intended = _burst(found.rate_bps // 1000)
    # tc counts bursts in time and rounds them: 1 %, 16 octets, or the octets of 3 microseconds.
    tolerated = max(16, intended // 100, found.rate_bps * 3 // 8_000_000)
    for name, octets in (("burst", found.burst), ("cburst", found.cburst)):
        if abs(octets - intended) > tolerated:
            odd.append(f"{name} {octets}b")
    return "".join(f" {each}" for each in (*odd, *found.others))


def _rate(bps: int) -> str:
    return f"{bps // 1000}kbit" if bps % 1000 == 0 else f"{bps}bit"


def _burst(rate_kbps: int) -> int:
    """Octets that a class may send at once: 10 ms of its rate, at least two full packets."""
    return max(4000, rate_kbps * 5 // 4)


def classes_of(statements: AbstractSet[str], dialect: Dialect) -> dict[str, dict[str, list[str]]]:
    """What `tc -batch` is told for each class among *statements*, by the box's port and class."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for statement in statements:
        if match := _STATEMENT.fullmatch(statement):
            port, rate = dialect.port(match["port"]), int(match["rate"])
            burst = _burst(rate)
            found[port][match["id"]] = [
                (
                    f"class replace dev {port} parent {names.SHAPING_HANDLE} classid {match['id']}"
                    f" htb rate {rate}kbit ceil {rate}kbit burst {burst} cburst {burst}"
                    " quantum 1514"
                ),
                f"qdisc replace dev {port} parent {match['id']} bfifo limit {match['leaf']}",
            ]
    return found


def changes(running: AbstractSet[str], intended: AbstractSet[str], dialect: Dialect) -> Change:
    """What makes the shaping of *running* that of *intended*.

    The tunnels' port is left out where it is not there: the agent shapes it once charon makes it.
    """
    old, new = classes_of(intended & running, dialect), classes_of(intended, dialect)
    had, has = _roots(running, dialect), _roots(intended, dialect)
    early: list[str] = []
    for port, root in sorted(has.items()):
        if dialect.lacks(port):
            continue
        fresh = had.get(port) != root
        if fresh:
            if port in had:
                early.append(root_gone(port))
            early.append(root_line(port))
        for class_id, lines in sorted(new[port].items()):
            if fresh or class_id not in old[port]:
                early.extend(lines)
    late: list[str] = []
    wanted = {(port, class_id) for port, classes in new.items() for class_id in classes}
    for port, class_id in sorted(_class_ids(running, dialect) - wanted):
        if had.get(port) == has.get(port) and not dialect.lacks(port):
            late.append(f"class del dev {port} classid {class_id}")
    gone = sorted(had.keys() - has.keys())
    late.extend(root_gone(port) for port in gone if not dialect.lacks(port))
    return Change(early=batch("tc", early), late=batch("tc", late))


def root_line(port: str) -> str:
    """What gives the box's *port* our root; what has no class passes unshaped."""
    return f"qdisc add dev {port} root handle {names.SHAPING_HANDLE} htb default 0"


def root_gone(port: str) -> str:
    """What takes our root, and all its classes, from the box's *port*."""
    return f"qdisc del dev {port} root handle {names.SHAPING_HANDLE}"


def _roots(statements: AbstractSet[str], dialect: Dialect) -> dict[str, str]:
    return {
        dialect.port(each.split()[1]): each for each in statements if each.startswith("shaping ")
    }


def _class_ids(statements: AbstractSet[str], dialect: Dialect) -> set[tuple[str, str]]:
    words = (each.split() for each in statements if each.startswith("class "))
    return {(dialect.port(port), class_id) for _, port, class_id, *_ in words}
