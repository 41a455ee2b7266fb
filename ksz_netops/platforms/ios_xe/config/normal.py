"""Our part of a router's configuration, in the one form of words in which we compare.

The router drops defaults, names ports, pads columns and encrypts keys anew; what is the same after
all that is equal, and nothing else is. What is not ours is left out here and never looked at again.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Interface
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl, ownership, port_lines
from ksz_netops.state.addresses import read_interface

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.config.tree import Tree

_DEFAULTS: Final = frozenset(
    {
        "encapsulation hdlc",
        "exit-peer",
        "exceed-action drop",
        "conform-action transmit",
        "frequency 60",
        "lifetime 86400",
        "no shutdown",
        "set security-association lifetime seconds 3600",
        "threshold 5000",
        "timeout 5000",
        "violate-action drop",
    }
)
"""What holds where nothing is said; said or not, it is the same."""
_KEY: Final = re.compile(r"(pre-shared-key (?:local|remote)) (?:(\d) )?(\S+)")
_FINGERPRINT: Final = re.compile(r"description KSZ-\S+ psk ([0-9a-f]{16})")
_UNREADABLE: Final = "in clear or unknown"
_ROUTE: Final = re.compile(
    r"(ip(?:v6)? route \S+(?: \d+\.\d+\.\d+\.\d+)? \S+(?: [\d.]+\.\d+| \S*:\S*:\S*)?)(.*)"
)


def own(running: Tree) -> Tree:
    """Our sections and lines of *running*, in normal form."""
    found: Tree = {}
    probes = ownership.own_probes(running)
    controllers = ownership.own_controllers(running)
    for header, below in running.items():
        if header.startswith("interface "):
            kept = _interface(header, below, controllers)
            if kept:
                found[header] = kept
        elif ownership.is_own_object(header):
            found[_words(header)] = _section(header, below)
        elif ownership.is_own_route(header):
            found[_route(header)] = {}
        elif header in controllers:
            found[header] = _lines(port_lines.mattering(header, below))
        elif ownership.is_own_probe(header, probes):
            found[header] = _lines(below)
    return found


def _section(header: str, below: Tree) -> Tree:
    family = acl.V4 if header.startswith("ip access-list ") else acl.V6
    if header.startswith(("ip access-list ", "ipv6 access-list ")):
        entries = {acl.normal(line, family): nested for line, nested in below.items()}
        return dict(sorted(entries.items(), key=lambda each: place(each[0])))
    if header.startswith("crypto ikev2 keyring "):
        return {_words(line): _peer(nested) for line, nested in below.items()}
    return _lines(below)


def place(entry: str) -> tuple[int, bool]:
    """Where an *entry* stands in its list; a remark stands before the entry of its number."""
    return acl.number_of(entry) or 0, " remark " not in entry


def _interface(header: str, below: Tree, controllers: frozenset[str]) -> Tree:
    """Our lines of an interface: those that matter where it is ours, else what we attached."""
    if ownership.is_own_port(header, below, controllers):
        return _lines(port_lines.mattering(header, below))
    return _lines({line: nested for line, nested in below.items() if ownership.is_attached(line)})


def _lines(below: Tree) -> Tree:
    kept: Tree = {}
    for line, nested in below.items():
        words = _line(line)
        if words and words not in _DEFAULTS:
            kept[words] = _lines(nested)
    return kept


def _line(line: str) -> str:
    words = _words(line)
    if words == "set pfs":
        return "set pfs group14"
    police = re.fullmatch(
        r"police (?:cir )?(\d+)(?: bc \d+)?(?: be \d+)?"
        r"(?: conform-action transmit)?(?: exceed-action drop)?",
        words,
    )
    if police:
        return f"police cir {police[1]}"
    return re.sub(r"^(shape average \d+)(?: \d+)*$", r"\1", words)


def _peer(below: Tree) -> Tree:
    """A peer of a keyring, its keys named by the fingerprint that stands beside them."""
    fingerprints = [found[1] for line in below if (found := _FINGERPRINT.match(line))]
    kept: Tree = {}
    for line, nested in _lines(below).items():
        key = _KEY.fullmatch(line)
        if key and key[2] == "6" and fingerprints:
            kept[f"{key[1]} 6 {fingerprints[0]}"] = nested
        elif key:
            kept[f"{key[1]} {_UNREADABLE}"] = nested
        else:
            kept[line] = nested
    return kept


def _words(line: str) -> str:
    """*line* with single blanks, and its IPv6 addresses in one form."""
    return " ".join(_address(word) if word.count(":") > 1 else word for word in line.split())


def _address(word: str) -> str:
    try:
        address = read_interface(word)
    except ValueError:
        return word
    if not isinstance(address, IPv6Interface):
        return word
    return str(address) if "/" in word else str(address.ip)


def _route(line: str) -> str:
    """A static route with its options in one order."""
    match = _ROUTE.fullmatch(_words(line))
    if match is None:
        return _words(line)
    words = match[2].split()
    options: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word in {"name", "track", "tag"} and words:
            options[word] = words.pop(0)
        else:
            options["distance" if word.isdecimal() else word] = word
    distance = options.pop("distance", "1")
    rest = [f"{key} {value}" if key != value else key for key, value in sorted(options.items())]
    return " ".join([match[1], *([] if distance == "1" else [distance]), *rest])


def arranged(tree: Tree) -> Tree:
    """*tree* with entries by number and interfaces' lines in the order in which they may be typed.

    An interface is guarded before it carries anything.
    """
    result: Tree = {}
    for header, below in tree.items():
        if header.startswith(("ip access-list ", "ipv6 access-list ")):
            result[header] = dict(sorted(below.items(), key=lambda each: place(each[0])))
        elif header.startswith("interface "):
            result[header] = dict(sorted(below.items(), key=lambda each: rank(each[0])))
        else:
            result[header] = below
    return result


_RANKS: Final = (
    "description ", "encapsulation ", "vrf ", "ip access-group ", "ipv6 traffic-filter ",
    "ip verify ", "ipv6 verify ", "service-policy ", "ip tcp ", "ipv6 tcp ", "tunnel source ",
    "tunnel mode ", "tunnel destination ", "tunnel vrf ", "tunnel protection ipsec policy ",
    "tunnel protection ", "ppp multilink group ", "ppp multilink", "ip unnumbered ",
)  # fmt: skip


def rank(line: str) -> int:
    """The place of *line* within an interface."""
    return next((n for n, start in enumerate(_RANKS) if line.startswith(start)), len(_RANKS))
