"""The grammar of access-list entries.

Sources: Cisco-IOS-XE-acl 17.18.1; the names of ports and ICMP messages are those that routers show.
"""

from __future__ import annotations

import re
from typing import Final

from ksz_netops.platforms.ios_xe.config import acl
from ksz_netops.platforms.ios_xe.vendor.forms import KINDS

_HIGHEST: Final = {acl.V4: 2147483647, acl.V6: 4294967294}
_PROTOCOLS: Final = {
    acl.V4: frozenset({"ip", "tcp", "udp", "icmp", "esp", "ahp", "gre", "ospf", "pim", "igmp",
                       "eigrp", "sctp", "ipinip", "nos", "pcp"}),
    acl.V6: frozenset({"ipv6", "tcp", "udp", "icmp", "esp", "ahp", "sctp", "pcp", "hbh"}),
}  # fmt: skip
_WITH_PORTS: Final = frozenset({"tcp", "udp", "sctp"})
_COMPARED: Final = frozenset({"eq", "gt", "lt", "neq"})
_ICMP: Final = frozenset(
    {
        "echo", "echo-reply", "echo-request", "unreachable", "packet-too-big", "time-exceeded",
        "nd-na", "nd-ns", "router-advertisement", "router-solicitation", "redirect",
        "administratively-prohibited", "host-unreachable", "net-unreachable", "port-unreachable",
        "ttl-exceeded", "traceroute", "timestamp-request", "timestamp-reply",
    }
)  # fmt: skip
_TCP: Final = frozenset({"established", "ack", "fin", "psh", "rst", "syn", "urg"})
_ANYWHERE: Final = frozenset({"log", "log-input", "fragments"})
_VALUED: Final = frozenset({"dscp", "precedence", "tos", "time-range", "ttl"})
_HIGHEST_PORT: Final = 65535
_HIGHEST_PROTOCOL: Final = 255


class _Invalid(ValueError):  # noqa: N818 - it never leaves this module
    """A word that the grammar does not know."""


def is_entry(line: str, family: int) -> bool:
    """Whether a router takes *line*, with or without its number, in a list of *family*."""
    words = line.split()
    try:
        _number(words, family)
        if words[0] == "remark":
            return 1 <= len(" ".join(words[1:])) <= 100  # noqa: PLR2004 - the model's length
        if words.pop(0) not in {"permit", "deny"}:
            return False
        protocol = _protocol(words, family)
        _end(words, family)
        _ports(words, protocol)
        _end(words, family)
        _ports(words, protocol)
        _tail(words, protocol)
    except (_Invalid, IndexError):
        return False
    return True


def _number(words: list[str], family: int) -> None:
    if family == acl.V6 and words[0] == "sequence":
        words.pop(0)
    elif family == acl.V6 or not words[0].isdecimal():
        return
    number = words.pop(0)
    if not (number.isdecimal() and 1 <= int(number) <= _HIGHEST[family]):
        raise _Invalid(number)


def _protocol(words: list[str], family: int) -> str:
    protocol = words.pop(0)
    numbered = protocol.isdecimal() and int(protocol) <= _HIGHEST_PROTOCOL
    if protocol not in _PROTOCOLS[family] and not numbered:
        raise _Invalid(protocol)
    return protocol


def _end(words: list[str], family: int) -> None:
    first = words.pop(0)
    if first == "any":
        return
    if first == "object-group":
        if not KINDS["{name}"](words.pop(0)):
            raise _Invalid(first)
        return
    address = KINDS["{ip}"] if family == acl.V4 else KINDS["{ip6}"]
    if first == "host":
        fits = address(words.pop(0))
    elif family == acl.V6:
        fits = KINDS["{prefix6}"](first)
    else:
        fits = address(first) and address(words.pop(0))
    if not fits:
        raise _Invalid(first)


def _ports(words: list[str], protocol: str) -> None:
    if not words or words[0] not in {*_COMPARED, "range"}:
        return
    kind = words.pop(0)
    if protocol not in _WITH_PORTS:
        raise _Invalid(kind)
    low = _port(words.pop(0), protocol)
    if kind == "range" and _port(words.pop(0), protocol) < low:
        raise _Invalid(kind)


def _port(word: str, protocol: str) -> int:
    if re.fullmatch(r"\d{1,5}", word) and int(word) <= _HIGHEST_PORT:
        return int(word)
    named = acl.NAMED_PORTS.get(protocol, {}).get(word)
    if named is None:
        raise _Invalid(word)
    return named


def _tail(words: list[str], protocol: str) -> None:
    while words:
        word = words.pop(0)
        if word in _VALUED:
            words.pop(0)
        elif protocol == "icmp" and word.isdecimal() and int(word) <= _HIGHEST_PROTOCOL:
            continue
        elif not (
            word in _ANYWHERE
            or (protocol == "icmp" and word in _ICMP)
            or (protocol == "tcp" and word in _TCP)
        ):
            raise _Invalid(word)
