"""What tc lists of queues and classes, as values.

`tc -j` gives both as JSON from iproute2 6.15 on; 6.1 gives classes in its dump whatever it is asked
for. Either way a word that is not known here stays part of the value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_RATE: Final = re.compile(r"(\d+)(bit|Kbit|Mbit|Gbit|Tbit)")
_RATE_UNITS: Final = {"bit": 1, "Kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9, "Tbit": 10**12}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)(b|Kb|Mb)")
_SIZE_UNITS: Final = {"b": 1, "Kb": 1024, "Mb": 1024**2}
_FLAGS: Final = frozenset({"root", "offload"})
_COUNTS: Final = frozenset({"direct_packets_stat", "direct_qlen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Qdisc:
    """A queue on a port."""

    port: str
    kind: str
    handle: str
    parent: str | None
    """None for the root of a port's egress."""
    options: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HtbClass:
    """A class of an HTB queue."""

    id: str
    parent: str | None
    """None where it hangs on the queue itself."""
    rate_bps: int
    ceil_bps: int
    burst: int
    """Octets, as far as tc rounds them."""
    cburst: int
    others: tuple[str, ...]
    """All other settings, in tc's words."""


def qdiscs(answer: str) -> list[Qdisc]:
    """The queues in *answer*, that of `tc -j qdisc show`."""
    return [
        Qdisc(
            port=each["dev"],
            kind=each["kind"],
            handle=each["handle"],
            parent=None if each.get("root") else each["parent"],
            options=tuple(
                (name, value)
                for name, value in sorted(each["options"].items())
                if name not in _COUNTS
            ),
        )
        for each in json.loads(answer or "[]")
    ]


def htb_classes(answer: str) -> list[HtbClass]:
    """The HTB classes in *answer*, that of `tc -j class show`, be it JSON or a dump.

    Raises:
        ValueError: If a line is not one of tc's, or a class has no rate.
    """
    found = json.loads(answer) if answer.startswith("[") else map(dumped, answer.splitlines())
    return [_class(each) for each in found if each["class"] == "htb"]


def dumped(line: str) -> dict[str, Any]:
    """A line of the dump with the names and units of the JSON.

    Raises:
        ValueError: If it is not one of tc's, or a measure in it is not.
    """
    words = iter(line.split())
    if next(words, None) != "class":
        message = f"not a class of tc's: {line!r}"
        raise ValueError(message)
    fields: dict[str, Any] = {"class": next(words, ""), "handle": next(words, "")}
    for word in words:
        if word in _FLAGS:
            fields[word] = True
        elif word in {"rate", "ceil"}:
            # JSON gives octets a second.
            fields[word] = _measured(next(words, ""), _RATE, _RATE_UNITS) // 8
        elif word in {"burst", "cburst"}:
            fields[word] = _measured(next(words, ""), _SIZE, _SIZE_UNITS)
        else:
            fields[word] = next(words, "")
    return fields


def _measured(word: str, pattern: re.Pattern[str], units: dict[str, int]) -> int:
    match = pattern.fullmatch(word)
    if match is None:
        message = f"not a measure of tc's: {word!r}"
        raise ValueError(message)
    return int(float(match[1]) * units[match[2]])


def _class(fields: dict[str, Any]) -> HtbClass:
    return HtbClass(
        id=fields["handle"],
        parent=None if fields.get("root") else fields["parent"],
        rate_bps=fields["rate"] * 8,
        ceil_bps=fields["ceil"] * 8,
        burst=fields["burst"],
        cburst=fields["cburst"],
        others=tuple(_others(fields)),
    )


def _others(fields: dict[str, Any]) -> Iterator[str]:
    known = {"class", "handle", "root", "parent", "leaf", "rate", "ceil", "burst", "cburst"}
    for name, value in sorted(fields.items()):
        if name not in known and (name, str(value)) != ("prio", "0"):
            yield f"{name} {value}"
