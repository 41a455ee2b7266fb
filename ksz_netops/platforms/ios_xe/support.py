"""What a router of this kind has no way to hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ksz_netops.errors import Problem, UnsupportedError
from ksz_netops.platforms.ios_xe.config import crypto, names
from ksz_netops.platforms.ios_xe.config.layout import MOST_TRACKS, layout_of, watched
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.vendor.verify import refusals
from ksz_netops.state.resources import (
    EthernetPort,
    Handoff,
    PartnerFilter,
    Perimeter,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.layout import Layout
    from ksz_netops.state.resources import DeviceState, Port, Resource

_NAME = re.compile(
    r"(?!Serial|Multilink|Tunnel|Null|Loopback|Dialer|Virtual)"
    r"[A-Za-z][A-Za-z-]*[0-9]+(?:/[0-9]+){0,3}"
)
"""What an Ethernet interface can be called: a word, then numbers with slashes between them."""
_WORST = 249
"""A discard route has 250: whatever stands above it would never carry."""
_SLOWEST_KBPS = 8


def check(state: DeviceState) -> None:
    """Accepts a *state* that a router can hold.

    Raises:
        UnsupportedError: With every resource that it has no way to hold.
    """
    layout = layout_of(state)
    problems = [
        Problem(code="KSZ251", what=f"{key_of(each)}: {what}", fix=fix, origin=each.origin)
        for each in state
        for what, fix in (*_ports(each), *_refusals(each, layout))
    ]
    problems += _clashes(state)
    if not problems:
        problems += _refused(state)
    if problems:
        raise UnsupportedError(problems)


def _refused(state: DeviceState) -> Iterator[Problem]:
    """The lines of *state* that no router takes, by the vendor's models."""
    new = rendered(state)
    origins = {each.owner.token: each.origin for each in reversed(state.resources)}
    for refusal in refusals(new):
        named = (refusal.line, refusal.header, *new[refusal.header])
        tokens = (names.token_in(line) for line in named)
        token = next((each for each in tokens if each in origins), None)
        yield Problem(
            code="KSZ253",
            what=f"no router takes '{refusal.line}' in '{refusal.header}': {refusal.why}",
            fix="correct the value that stands there",
            origin=origins.get(token or ""),
        )


def _refusals(resource: Resource, layout: Layout) -> Iterator[tuple[str, str]]:
    match resource:
        case SftpAccount():
            yield "a router is no file server", "let another hub be the file server"
        case Perimeter(file_service=True):
            yield "a router is no file server", "delete `file_service`"
        case Route():
            yield from _route(resource, layout)
        case Tunnel():
            yield from _tunnel(resource)
        case PartnerFilter():
            yield from _filter(resource, layout)
        case Shaper():
            if any(rate < _SLOWEST_KBPS for _, rate in resource.rates_kbps):
                yield f"a rate below {_SLOWEST_KBPS} kbit/s", "give it more"
            if any(way not in layout.ways for way, _ in resource.rates_kbps):
                yield "a way that is not on this hub", "give it the connection's port"


def _ports(resource: Resource) -> Iterator[tuple[str, str]]:
    """Ports that *resource* configures and that no Ethernet interface is called."""
    ports: tuple[Port | None, ...] = ()
    if isinstance(resource, Perimeter):
        ports = (resource.management, resource.extranet, resource.internet)
    elif isinstance(resource, Handoff):
        ports = (resource.port,)
    for port in ports:
        if isinstance(port, EthernetPort) and not _NAME.fullmatch(port.interface):
            yield f"{port.interface} is no Ethernet interface", "name it as the router shows it"


def _route(route: Route, layout: Layout) -> Iterator[tuple[str, str]]:
    if any(not 1 <= hop.preference <= _WORST for hop in route.hops):
        yield f"a preference beyond {_WORST}", f"use 1 to {_WORST}"
    if any(hop.port not in layout.ways for hop in route.hops):
        yield "a port that is not on this hub", "give it the connection's port"
    if len(watched(route)) > 1:
        yield "several best ways before a backup", "use one, or make all equal"
    for hop in watched(route):
        number = layout.tracks[route.owner, hop]
        if not 1 <= number <= MOST_TRACKS:
            yield (
                f"its probe would have number {number}, and tracks end at {MOST_TRACKS}",
                f"add `number:` up to {MOST_TRACKS} to the connection",
            )
    if any(hop.layer2 for hop in route.hops):
        yield (
            "a next hop with a fixed MAC address has no form here",
            "give each partner a VLAN, or let the carrier separate them",
        )
    if names.block(route.owner) is None:
        yield "a route is a connection's", "report a fault of the method"


def _tunnel(tunnel: Tunnel) -> Iterator[tuple[str, str]]:
    if not 1 <= tunnel.preference <= _WORST:
        yield f"a preference beyond {_WORST}", f"use 1 to {_WORST}"
    for words in tunnel.crypto.ike_proposals:
        if crypto.ike_proposal(words) is None:
            yield f"IKE proposal {words} has no form here", "use another crypto profile"
    groups = set()
    for words in tunnel.crypto.esp_proposals:
        found = crypto.esp_proposal(words)
        if found is None:
            yield f"ESP proposal {words} has no form here", "use another crypto profile"
        else:
            groups.add(found.pfs)
    if len(groups) > 1:
        yield "ESP proposals with different groups", "use a profile with one group"
    if not tunnel.crypto.ike_proposals or not tunnel.crypto.esp_proposals:
        yield "a crypto profile without proposals", "use another crypto profile"
    if tunnel.local.version != tunnel.peer.version:
        yield "its ends have addresses of two families", "give both one family"
    if any(each.version != tunnel.official.version for each in tunnel.local_prefixes):
        yield "selectors of two families", "give the tunnel prefixes of the official family"


def _filter(partner_filter: PartnerFilter, layout: Layout) -> Iterator[tuple[str, str]]:
    if any(entry.layer2 for entry in partner_filter.entries):
        yield (
            "a routed port cannot tell senders apart by their MAC addresses",
            "give each partner a VLAN, or let the carrier separate them",
        )
    if not partner_filter.entries:
        yield "no entry", "give it the connection's port"
    if any(entry.way not in layout.ways for entry in partner_filter.entries):
        yield "an entry that is not on this hub", "give it the connection's port"
    if len(partner_filter.permits) > names.BLOCK - 2:
        yield f"more than {names.BLOCK - 2} permits", "join prefixes or ports of the services"
    if names.block(partner_filter.owner) is None:
        yield "a filter is a connection's", "report a fault of the method"


def _clashes(state: DeviceState) -> Iterator[Problem]:
    """Resources that would be one thing on a router, and are not alike."""
    said: dict[tuple[str, str], tuple[object, Resource]] = {}
    for each in state:
        for place, value in _claims(each):
            former = said.setdefault(place, (value, each))
            if former[0] != value:
                yield Problem(
                    code="KSZ252",
                    what=f"{key_of(each)} and {key_of(former[1])} need different things "
                    f"of {' '.join(place)}",
                    fix="give each its own",
                    origin=each.origin,
                )


def _claims(resource: Resource) -> Iterator[tuple[tuple[str, str], object]]:
    match resource:
        case Handoff():
            for line in names.members(resource.port):
                yield ("E1 controller", line.controller), resource.owner
            yield ("interface", names.interface(resource.port)), resource.owner
        case Tunnel():
            yield ("address", str(resource.local)), resource.crypto.ike_proposals
            yield ("tunnel", str(resource.number)), resource.owner
            yield ("way to", str(resource.official)), resource.owner.partner
        case Route():
            yield ("way to", str(resource.official)), resource.owner.partner
