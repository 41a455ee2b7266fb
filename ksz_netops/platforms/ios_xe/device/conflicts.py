"""What others hold on a router that a change would meet, found before the first line is sent.

Only what the change adds is looked at: what has stood beside ours so far is the audit's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_SUBINTERFACE: Final = re.compile(r"interface (\S+)\.\d+")
_GUARD: Final = re.compile(r"(ip access-group|ipv6 traffic-filter) (\S+) (in|out)")
_IN_USE: Final = re.compile(
    r"(?:ip address (?:\d|dhcp|negotiated)|ipv6 address |(?:ip )?vrf forwarding |ip unnumbered "
    r"|service-policy (?:in|out)put |switchport|channel-group |ppp multilink group "
    r"|tunnel |crypto map |xconnect |bridge-|service instance )"
)
_CHANNEL: Final = re.compile(r"channel-group (\d+) (?:(unframed)|timeslots (\d+)(?:-(\d+))?)")
_ROUTE: Final = re.compile(r"(ip route \S+ 255\.255\.255\.255|ipv6 route \S+/128) .*")
_ADDRESS: Final = re.compile(r"ip address (\S+) \S+.*|ipv6 address ([^/\s]+)/\d+")
_NUMBERED: Final = re.compile(r"(track \d+|ip sla \d+)(?: |$)")
_KEY: Final = re.compile(r"address (\S+?)(?:/128| 255\.255\.255\.255)?")
_NAMED_ALIKE: Final = (
    (re.compile(r"ip access-list extended (\S+)"), ("ip access-list standard {}",)),
    (re.compile(r"class-map match-any (\S+)"), ("class-map match-all {}", "class-map {}")),
    (re.compile(r"object-group network (\S+)"), ("object-group service {}",)),
)
"""Objects that share one space of names with those of ours."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What a router holds, what of it is ours, and what ours must become."""

    running: Tree
    own: Tree
    new: Tree
    controllers: frozenset[str]
    """The headers of the E1 controllers that are ours now."""

    def fresh(self, start: str) -> Iterator[tuple[str, Tree]]:
        """The sections of ours that begin so and are not there yet as ours."""
        for header, wanted in self.new.items():
            if header.startswith(start) and header not in self.own:
                yield header, wanted

    def others(self, start: str) -> Iterator[tuple[str, Tree]]:
        """The sections of others that begin so."""
        for header, held in self.running.items():
            if header.startswith(start) and header not in self.own:
                yield header, held


def conflicts(running: Tree, own: Tree, new: Tree) -> Iterator[str]:
    """What of others is in the way of turning *own* into *new*, each once."""
    change = _Change(running, own, new, ownership.own_controllers(running))
    found: dict[str, None] = {}
    for finder in _FINDERS:
        found.update(dict.fromkeys(finder(change)))
    yield from found


def _numbers(change: _Change) -> Iterator[str]:
    """A track or a probe of others with a number of ours."""
    taken = {
        found[1]: header
        for start in ("track ", "ip sla ")
        for header, _ in change.others(start)
        if (found := _NUMBERED.match(header))
    }
    for start in ("track ", "ip sla "):
        for header, _ in change.fresh(start):
            found = _NUMBERED.match(header)
            if found and found[1] in taken:
                yield f"'{taken[found[1]]}' is somebody else's"


def _interfaces(change: _Change) -> Iterator[str]:
    for header, wanted in change.new.items():
        held = change.running.get(header)
        if held is None or not header.startswith("interface "):
            continue
        yield from _guards(header, held, wanted)
        if ownership.is_described(wanted) and not ownership.is_own_port(
            header, held, change.controllers
        ):
            used = [line for line in held if _IN_USE.match(line)]
            logical = header.startswith(("interface Tunnel", "interface Multilink"))
            yield from (f"'{header}' is somebody else's: '{line}'" for line in used)
            if logical and not used:
                yield f"'{header}' is somebody else's"


def _guards(header: str, held: Tree, wanted: Tree) -> Iterator[str]:
    """A list of others where one of ours must be bound, since a port has one for each direction."""
    places = {(found[1], found[3]) for found in map(_GUARD.fullmatch, wanted) if found}
    for line in held:
        found = _GUARD.fullmatch(line)
        if found and (found[1], found[3]) in places and not ownership.is_attached(line):
            yield f"'{header}' has somebody else's '{line}'"


def _vlans(change: _Change) -> Iterator[str]:
    """Another subinterface of the same port that has the same VLAN."""
    taken = {}
    for header, held in change.others("interface "):
        parent = _SUBINTERFACE.fullmatch(header)
        for line in held:
            if parent and line.startswith("encapsulation dot1Q "):
                taken[parent[1], line.split()[2]] = header
    for header, wanted in change.fresh("interface "):
        parent = _SUBINTERFACE.fullmatch(header)
        for line in wanted:
            other = parent and taken.get((parent[1], line.split()[-1]))
            if other and line.startswith("encapsulation dot1Q ") and other != header:
                yield f"'{other}' has VLAN {line.split()[-1]} of the same port"


def _timeslots(change: _Change) -> Iterator[str]:
    """A channel group of others with the same number, or with a timeslot that ours needs."""
    for header, wanted in change.new.items():
        held = change.running.get(header, {})
        if not header.startswith("controller ") or header in change.own:
            continue
        groups = [found for found in map(_CHANNEL.fullmatch, wanted) if found]
        for line in held:
            other = _CHANNEL.fullmatch(line)
            if other and any(
                each[1] == other[1] or _slots(each) & _slots(other) for each in groups
            ):
                yield f"'{header}' has somebody else's '{line}'"


def _slots(group: re.Match[str]) -> set[int]:
    if group[2]:
        return set(range(32))
    return set(range(int(group[3]), int(group[4] or group[3]) + 1))


def _official_addresses(change: _Change) -> Iterator[str]:
    """A route or an interface of others that has an official address."""
    wanted = {found[1] for found in map(_ROUTE.fullmatch, change.new) if found}
    wanted -= {found[1] for found in map(_ROUTE.fullmatch, change.own) if found}
    hosts = {each.split()[2].removesuffix("/128") for each in wanted}
    for header in change.running:
        found = _ROUTE.fullmatch(header)
        if found and found[1] in wanted and not ownership.is_own_route(header):
            yield f"'{header}' leads to an official address"
    for header, held in change.others("interface "):
        if any(line.startswith("vrf forwarding ") for line in held):
            continue
        for line in held:
            address = _ADDRESS.fullmatch(line)
            if address and (address[1] or address[2].lower()) in hosts:
                yield f"'{header}' has an official address: '{line}'"


def _peers(change: _Change) -> Iterator[str]:
    """A tunnel or a key of others for the peer of a new tunnel."""
    peers = {
        line.split()[-1]
        for _, wanted in change.fresh("interface Tunnel")
        for line in wanted
        if line.startswith("tunnel destination ")
    }
    for header, held in change.others("interface Tunnel"):
        for line in held:
            if line.startswith("tunnel destination ") and line.split()[-1].lower() in peers:
                yield f"'{header}' is somebody else's tunnel to {line.split()[-1]}"
    for header, held in change.others("crypto ikev2 keyring "):
        for nested in held.values():
            for line in nested:
                key = _KEY.fullmatch(line)
                if key and key[1].lower() in peers:
                    yield f"'{header}' is somebody else's key for {key[1]}"
    for header, _ in change.others("crypto isakmp key "):
        address = header.rpartition(" address ")[2].split()[0]
        if address in peers:
            yield f"a 'crypto isakmp key' of somebody else is for {address}"


def _ike_policies(change: _Change) -> Iterator[str]:
    """An IKE policy of others at one of our local addresses, which the router may choose."""
    ours = {
        line
        for _, wanted in change.fresh("crypto ikev2 policy ")
        for line in wanted
        if line.startswith("match address local ")
    }
    for header, held in change.others("crypto ikev2 policy "):
        for line in held:
            if line in ours:
                yield f"'{header}' is somebody else's for {line.split()[-1]}"


def _names(change: _Change) -> Iterator[str]:
    """An object of others of another kind that has a name of ours."""
    for header, _ in change.fresh(""):
        for form, alike in _NAMED_ALIKE:
            found = form.fullmatch(header)
            for other in alike if found else ():
                held = other.format(found[1] if found else "")
                if held in change.running and held not in change.own:
                    yield f"'{held}' has the name of an object of ours"


_FINDERS: Final[tuple[Callable[[_Change], Iterator[str]], ...]] = (
    _numbers,
    _interfaces,
    _vlans,
    _timeslots,
    _official_addresses,
    _peers,
    _ike_policies,
    _names,
)
