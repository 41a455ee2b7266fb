"""Which statements of a router are ours: only the exact forms that we write, where we write them.

The organisation is itself called KSZ, so its letters alone say nothing. What has them and is not
one of these forms belongs to somebody else: it is reported, and never changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import crypto

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_CONNECTION: Final = r"KSZ-P\d{5}-S\d{1,2}"
_NETWORK: Final = r"KSZ-NET(?:-[A-Z0-9]+)+"
_PORT_NAME: Final = r"-[A-Z]{1,2}-?\d+(?:-\d+)*"
_WAY: Final = rf"(?:{_CONNECTION}|{_NETWORK}(?={_PORT_NAME}-))(?:{_PORT_NAME})?"
"""What the lists and policies of a way in are called, before their direction."""
_LIST: Final = rf"(?:KSZ-HUB-(?:MGMT|EXT|WAN)|{_WAY}-(?:IN|OUT)|{_CONNECTION}-(?:CM|TS))"
_ADDRESS: Final = r"(?:\d{1,3}(?:-\d{1,3}){3}|[0-9A-F]*-[0-9A-F-]*)"
_HEADER: Final = re.compile(
    r"object-group network KSZ-HUB-(?:EXTRANET|PEERS)"
    r"|object-group v6-network KSZ-HUB-(?:EXTRANET|PEERS)6"
    rf"|crypto ikev2 proposal {crypto.IKE_NAME}"
    rf"|crypto ikev2 policy KSZ-IKE-{_ADDRESS}"
    rf"|crypto (?:ikev2 (?:keyring|profile)|ipsec profile) {_CONNECTION}"
    rf"|crypto ipsec transform-set {crypto.ESP_NAME} .*"
    rf"|class-map match-(?:any|all) {_CONNECTION}"
    rf"|policy-map {_WAY}-(?:IN|OUT)"
    rf"|ip access-list extended {_LIST}|ipv6 access-list {_LIST}6"
)
_ROUTE: Final = re.compile(
    rf"ip(?:v6)? route (?!vrf ).*\bname (?:{_CONNECTION}|KSZ-P\d{{5}}-FC)(?: .*)?"
)
_DESCRIPTION: Final = re.compile(rf"description (?:{_CONNECTION}|{_NETWORK})")
_CONTROLLER: Final = "controller E1 "
_PORT: Final = re.compile(
    r"interface (?!Loopback|Null|Vlan|BDI|BVI|Virtual|Dialer|nve|vasi|Async|LISP)\S+", re.IGNORECASE
)
"""Interfaces of the kinds on which we write; never a loopback, a VLAN or a virtual one."""
_ATTACHED: Final = re.compile(
    rf"ip access-group {_LIST} (?:in|out)|ipv6 traffic-filter {_LIST}6 (?:in|out)"
    rf"|service-policy (?:input|output) {_WAY}-(?:IN|OUT)"
)
"""Our lines on an interface that is somebody else's."""
_TAG: Final = re.compile(rf"tag {_CONNECTION}")
_PROBE: Final = re.compile(r"(?:ip sla|ip sla schedule|track) (\d+)(?: .*)?")
_LETTERS: Final = "KSZ-"


def is_own_object(header: str) -> bool:
    """Whether a top section is an object of ours, by its name."""
    return _HEADER.fullmatch(header) is not None


def is_own_route(header: str) -> bool:
    """Whether *header* is a static route of ours: of the global table, with a name of ours."""
    return header.startswith(("ip route ", "ipv6 route ")) and bool(_ROUTE.fullmatch(header))


def is_described(below: Iterable[str]) -> bool:
    """Whether a port or controller has our description, and nothing else in it."""
    return described(below) is not None


def described(below: Iterable[str]) -> str | None:
    """The token in our description of a port, or None where it has none."""
    for line in below:
        words = " ".join(line.split())
        if _DESCRIPTION.fullmatch(words):
            return words.removeprefix("description ")
    return None


def is_attached(line: str) -> bool:
    """Whether *line* attaches a list or policy of ours to an interface."""
    return _ATTACHED.fullmatch(line) is not None


def own_controllers(running: Tree) -> frozenset[str]:
    """The headers of the E1 controllers that have our description."""
    return frozenset(
        header
        for header, below in running.items()
        if header.startswith(_CONTROLLER) and is_described(below)
    )


def is_own_port(header: str, below: Tree, controllers: frozenset[str]) -> bool:
    """Whether the whole interface is ours.

    The serial interface of a channel group comes and goes with its controller, so it is ours where
    the controller is.
    """
    if _PORT.fullmatch(header) is None:
        return False
    serial = re.fullmatch(r"interface Serial([\d/]+):\d+", header)
    return is_described(below) or bool(serial and f"{_CONTROLLER}{serial[1]}" in controllers)


def own_probes(running: Tree) -> frozenset[str]:
    """The numbers of the probes and tracks that are ours.

    A probe has our tag. One that has none counts as ours where a route of ours is tracked by it,
    since somebody may have taken the tag away; one with another tag never does.
    """
    tagged: set[str] = set()
    others: set[str] = set()
    tracked: set[str] = set()
    for header, below in running.items():
        if is_own_route(header):
            tracked.update(re.findall(r" track (\d+)", header))
        elif re.fullmatch(r"ip sla \d+", header):
            tags = [line for line in _all_below(below) if line.startswith("tag ")]
            if tags:
                ours = any(map(_TAG.fullmatch, tags))
                (tagged if ours else others).add(header.split()[2])
    return frozenset(tagged | (tracked - others))


def is_own_probe(header: str, probes: frozenset[str]) -> bool:
    """Whether *header* is an operation, schedule or track with a number of *probes*."""
    found = _PROBE.fullmatch(header)
    return found is not None and found[1] in probes


def namesakes(running: Tree, own: Tree) -> Iterator[str]:
    """Statements of others that have our letters, each with the header of its section."""
    for header, below in running.items():
        if header in own or is_own_object(header) or is_own_route(header):
            continue
        if _LETTERS in header:
            yield header
        for line in _all_below(below):
            if _LETTERS in line and not is_attached(line):
                yield f"{header} / {line}"


def _all_below(below: Tree) -> Iterator[str]:
    for line, nested in below.items():
        yield line
        yield from _all_below(nested)
