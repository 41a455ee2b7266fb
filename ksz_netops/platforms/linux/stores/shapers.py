"""Shaping: on each port that has some a root HTB with our handle, and a class per connection.

Packets find their class by the priority that the filter gives them, so there are no tc filters.
Each class has a leaf of its own, since the kernel's default holds a thousand packets: at 128 kbit/s
that is 90 s.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.stores.steps import Change, batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect

_ROOT: Final = re.compile(r"qdisc htb 4b5a: dev (\S+) root .*?default (\S+)")
_LEAF: Final = re.compile(r"qdisc (\S+) \S+ dev (\S+) parent (4b5a:[\da-f]+)(?: limit (\d+)b)?")
_CLASS: Final = re.compile(r"class htb (4b5a:[\da-f]+) (\S+) .*?rate (\S+) ceil (\S+) ")
_STATEMENT: Final = re.compile(
    r"class (?P<port>\S+) (?P<id>4b5a:[\da-f]+) rate (?P<rate>\d+)kbit leaf (?P<leaf>\d+)b"
)
_UNITS: Final = {"bit": 0.001, "Kbit": 1, "Mbit": 1_000, "Gbit": 1_000_000}


def shaped_ports(qdiscs: str) -> dict[str, str]:
    """The box's ports that have our root in the answer to `tc qdisc show`, with its default."""
    return dict(_ROOT.findall(qdiscs))


def read(qdiscs: str, classes: Mapping[str, str], dialect: Dialect) -> Iterator[str]:
    """The statements in the answers to `tc qdisc show` and, by port, `tc class show`."""
    leaves = {
        (port, parent): f"{limit}b" if kind == "bfifo" else kind
        for kind, port, parent, limit in _LEAF.findall(qdiscs)
    }
    for port, default in shaped_ports(qdiscs).items():
        name = dialect.neutral(port)
        yield f"shaping {name}" + ("" if default in {"0", "0x0"} else f" default {default}")
        for class_id, parent, rate, ceil in _CLASS.findall(classes.get(port, "")):
            odd = "" if parent == "root" else f" {parent}"
            odd += "" if rate == ceil else f" ceil {_kbit(ceil)}"
            leaf = leaves.get((port, class_id), "none")
            yield f"class {name} {class_id} rate {_kbit(rate)}{odd} leaf {leaf}"


def _kbit(rate: str) -> str:
    match = re.fullmatch(r"(\d+)(\w+)", rate)
    if match is None or match[2] not in _UNITS:
        return rate
    kbit = int(match[1]) * _UNITS[match[2]]
    return f"{kbit:.0f}kbit" if kbit == int(kbit) else rate


def classes_of(statements: AbstractSet[str], dialect: Dialect) -> dict[str, dict[str, list[str]]]:
    """What `tc -batch` is told for each class among *statements*, by the box's port and class."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for statement in statements:
        if match := _STATEMENT.fullmatch(statement):
            port, rate = dialect.port(match["port"]), int(match["rate"])
            burst = max(4000, rate * 5 // 4)
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
    """What makes the shaping of *running* that of *intended*."""
    old, new = classes_of(intended & running, dialect), classes_of(intended, dialect)
    had, has = _roots(running, dialect), _roots(intended, dialect)
    early: list[str] = []
    for port, root in sorted(has.items()):
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
        if had.get(port) == has.get(port):
            late.append(f"class del dev {port} classid {class_id}")
    late.extend(root_gone(port) for port in sorted(had.keys() - has.keys()))
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
