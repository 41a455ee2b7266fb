"""Entries of access lists: their grammar, and how the router shows what was typed."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.vendor.entries import is_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final[Mapping[str, Mapping[str, str]]] = {
    "tcp": {
        "20": "ftp-data",
        "21": "ftp",
        "23": "telnet",
        "25": "smtp",
        "53": "domain",
        "80": "www",
        "110": "pop3",
        "179": "bgp",
        "514": "cmd",
        "515": "lpd",
    },
    "udp": {
        "53": "domain",
        "67": "bootps",
        "68": "bootpc",
        "69": "tftp",
        "123": "ntp",
        "161": "snmp",
        "162": "snmptrap",
        "500": "isakmp",
        "514": "syslog",
        "4500": "non500-isakmp",
    },
}
_PROTOCOLS: Final = {"50": "esp", "51": "ahp", "47": "gre", "89": "ospf", "103": "pim"}

_V4 = r"(?:any|host (?:\d+\.){3}\d+|object-group \S+|(?:\d+\.){3}\d+ (?:\d+\.){3}\d+)"
_V6 = r"(?:any|host [0-9A-Fa-f:.]+|object-group \S+|[0-9A-Fa-f:.]+/\d+)"
_PORT = r"(?: (?:(?:eq|gt|lt|neq) \S+|range \S+ \S+))?"
_TAIL = r"(?: (?:[a-z][a-z0-9-]*|\d+))*"
_FORM = r"(?P<action>permit|deny) +(?P<protocol>\S+) (?P<rest>{end}{port} {end}{port}{tail})"
_ENTRY: Final = {
    4: re.compile(_FORM.format(end=_V4, port=_PORT, tail=_TAIL)),
    6: re.compile(_FORM.format(end=_V6, port=_PORT, tail=_TAIL)),
}
_NUMBER: Final = {4: re.compile(r"(\d+) "), 6: re.compile(r"sequence (\d+) ")}
_LAST: Final = 2147483647


V4: Final = 4
_INVALID: Final = "            ^\n% Invalid input detected at '^' marker.\n"


class EntryError(ValueError):
    """What the router says instead of taking an entry."""


def number_of(line: str, family: int) -> int | None:
    """The sequence number that *line* states."""
    match = _NUMBER[family].match(line)
    return int(match[1]) if match else None


def place(lines: Mapping[str, object], typed: str, family: int) -> str:
    """The entry that the list *lines* gains by *typed*, as the router shows it.

    Raises:
        EntryError: With the router's words, if it refuses.
    """
    if not is_entry(typed, family):
        raise EntryError(_INVALID)
    number = number_of(typed, family)
    body = _NUMBER[family].sub("", typed, count=1)
    remark = body.startswith("remark ")
    if not remark:
        body = _canonical(body, family)
    held = {line: number_of(line, family) for line in lines}
    bodies = {_NUMBER[family].sub("", line, count=1): line for line in lines}
    if body in bodies and not remark:
        if number is not None and held[bodies[body]] != number:
            message = f"% Duplicate {body.split()[0]} statement ignored.\n"
            raise EntryError(message)
        return bodies[body]
    if number is None:
        number = max((each for each in held.values() if each is not None), default=0) + 10
    if number > _LAST:
        message = "% Sequence number is beyond the range\n"
        raise EntryError(message)
    taken = [line for line, each in held.items() if each == number]
    if not remark and any(" remark " not in line for line in taken):
        message = "% Duplicate sequence number\n"
        raise EntryError(message)
    start = f"{number} " if family == V4 else f"sequence {number} "
    return start + body


def _canonical(body: str, family: int) -> str:
    match = _ENTRY[family].fullmatch(" ".join(body.split()))
    if match is None or not is_entry(body, family):
        raise EntryError(_INVALID)
    protocol = _PROTOCOLS.get(match["protocol"], match["protocol"])
    rest = re.sub(r"((?:\d+\.){3}\d+) 0\.0\.0\.0\b", r"host \1", match["rest"])
    rest = re.sub(r"([0-9A-Fa-f:.]+)/128\b", r"host \1", rest)
    if family != V4:
        rest = re.sub(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", lambda found: found[0].upper(), rest)
    names = _PORTS.get(protocol, {})
    rest = re.sub(
        r"\b(eq|gt|lt|neq) (\d+)",
        lambda found: f"{found[1]} {names.get(found[2], found[2])}",
        rest,
    )
    rest = re.sub(
        r"\brange (\d+) (\d+)",
        lambda found: " ".join(
            ("range", names.get(found[1], found[1]), names.get(found[2], found[2]))
        ),
        rest,
    )
    action = f"{match['action']:6}" if family == V4 else match["action"]
    return f"{action} {protocol} {rest}"


def negated(lines: Mapping[str, object], typed: str, family: int) -> list[str]:
    """The entries that `no` *typed* removes: by number, or by their own words."""
    number = number_of(f"{typed} ", family)
    if number is not None and typed.rsplit(maxsplit=1)[-1] == str(number):
        return [line for line in lines if number_of(line, family) == number]
    wanted = " ".join(typed.split())
    with contextlib.suppress(EntryError):
        wanted = _canonical(wanted, family)
    return [line for line in lines if wanted in {line, _NUMBER[family].sub("", line, count=1)}]
