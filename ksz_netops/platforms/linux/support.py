"""What a Linux hub cannot hold, said before anything is rendered."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import Problem, UnsupportedError
from ksz_netops.platforms.linux.config import names
from ksz_netops.state.resources import (
    EthernetPort,
    Handoff,
    PartnerFilter,
    Perimeter,
    Protocol,
    Resource,
    Route,
    Shaper,
    Tunnel,
    TunnelEnd,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.resources import DeviceState, Permit, Way

_INTERFACE: Final = re.compile(r"[A-Za-z0-9_-]+")
_NOT_A_PORT: Final = frozenset({"lo", "all", "default", names.TUNNELS, names.LIBIPSEC_PORT})
"""Names that mean something else: to the kernel, to sysctl, or to our own statements."""
_NAME_LIMIT: Final = 15
"""Of the kernel, for names of interfaces."""


def check(state: DeviceState) -> None:
    """Accepts a state that a Linux hub can hold.

    Raises:
        UnsupportedError: With everything that it cannot hold.
    """
    problems = [
        *_unfit_ports(state),
        *_without_perimeter(state),
        *_tunnel_beside_line(state),
        *_unlike_filters(state),
        *_overlapping_permits(state),
        *_numbers(state),
    ]
    if problems:
        raise UnsupportedError(problems)


def _problem(code: str, resource: Resource, what: str, fix: str) -> Problem:
    return Problem(code=code, what=f"{key_of(resource)}: {what}", fix=fix, origin=resource.origin)


def _ways(resource: Resource) -> Iterator[Way]:
    match resource:
        case Perimeter():
            ports = (resource.management, resource.extranet, resource.internet)
            yield from (port for port in ports if port)
        case Handoff():
            yield resource.port
        case Route():
            yield from (hop.port for hop in resource.hops)
        case PartnerFilter():
            yield from (entry.way for entry in resource.entries)
        case Shaper():
            yield from (way for way, _ in resource.rates_kbps)
        case _:
            return


def _unfit_ports(state: DeviceState) -> Iterator[Problem]:
    seen: set[tuple[str, Way]] = set()
    for resource in state:
        for way in dict.fromkeys(_ways(resource)):
            # What a connection holds on a port says the same of it: once is enough.
            if isinstance(way, TunnelEnd) or (resource.owner.token, way) in seen:
                continue
            seen.add((resource.owner.token, way))
            if not isinstance(way, EthernetPort):
                yield _problem(
                    "KSZ201",
                    resource,
                    f"{way} is not an Ethernet port",
                    "put the connection on a router, or have it handed off as Ethernet",
                )
            elif (
                len(str(way)) > _NAME_LIMIT
                or not _INTERFACE.fullmatch(way.interface)
                or str(way) in _NOT_A_PORT
            ):
                yield _problem(
                    "KSZ202",
                    resource,
                    f"{str(way)!r} is not a name that a port of ours can have",
                    f"use letters, digits, - and _; with the VLAN at most {_NAME_LIMIT} characters",
                )


def _without_perimeter(state: DeviceState) -> Iterator[Problem]:
    perimeter = next((each for each in state if isinstance(each, Perimeter)), None)
    for resource in state:
        needs = {
            Shaper.kind: "extranet",
            PartnerFilter.kind: "extranet",
            Tunnel.kind: "internet",
            "sftp_account": "internet",
        }.get(resource.kind)
        if needs and (perimeter is None or getattr(perimeter, needs) is None):
            yield _problem(
                "KSZ206",
                resource,
                f"the hub has no {needs} port",
                f"name it in {needs}: of the hub",
            )
        if (
            isinstance(resource, Handoff)
            and perimeter
            and resource.port in {perimeter.management, perimeter.extranet, perimeter.internet}
        ):
            yield _problem(
                "KSZ206",
                resource,
                f"{resource.port} is a port of the hub itself",
                "attach the line to a port of its own",
            )


def _tunnel_beside_line(state: DeviceState) -> Iterator[Problem]:
    tunnels = {each.official: each for each in state if isinstance(each, Tunnel)}
    for resource in state:
        if isinstance(resource, Route) and resource.official in tunnels:
            yield _problem(
                "KSZ203",
                resource,
                f"{resource.official} also has {key_of(tunnels[resource.official])} here, which"
                " would always win",
                "put the tunnel on another hub",
            )


def _unlike_filters(state: DeviceState) -> Iterator[Problem]:
    by_official: dict[object, list[PartnerFilter]] = defaultdict(list)
    for resource in state:
        if isinstance(resource, PartnerFilter):
            by_official[resource.official].append(resource)
            if not resource.entries or resource.owner.connection is None:
                yield _problem(
                    "KSZ205", resource, "no entry of a connection", "give it the connection's port"
                )
    for filters in by_official.values():
        first, *others = filters
        ways = [entry.way for each in filters for entry in each.entries]
        for other in others:
            if other.permits != first.permits or other.owner.partner != first.owner.partner:
                yield _problem(
                    "KSZ205",
                    other,
                    f"permits other things to {other.official} than {key_of(first)}",
                    "give all connections of a partner the same flows",
                )
        if len(set(ways)) != len(ways):
            yield _problem(
                "KSZ205",
                filters[-1],
                f"two entries of {first.official} by the same way",
                "let each connection have a port of its own",
            )


def _overlapping_permits(state: DeviceState) -> Iterator[Problem]:
    for resource in state:
        if not isinstance(resource, PartnerFilter):
            continue
        for one, other in combinations(resource.permits, 2):
            if _overlap(one, other):
                yield _problem(
                    "KSZ204",
                    resource,
                    f"{one} and {other} overlap",
                    "split the services so that each packet belongs to one",
                )
        for permit in resource.permits:
            if permit.ports is None and permit.protocol is not Protocol.ICMP:
                yield _problem(
                    "KSZ204", resource, f"{permit} has no ports", "name the ports of the service"
                )


def _overlap(one: Permit, other: Permit) -> bool:
    if one.protocol is not other.protocol or one.destination.version != other.destination.version:
        return False
    if not one.destination.overlaps(other.destination):
        return False
    if one.ports is None or other.ports is None:
        return True
    return one.ports[0] <= other.ports[1] and other.ports[0] <= one.ports[1]


def _numbers(state: DeviceState) -> Iterator[Problem]:
    seen: dict[tuple[str, int], Resource] = {}
    for resource in state:
        if not isinstance(resource, Shaper | Tunnel):
            continue
        first = seen.setdefault((resource.kind, resource.number), resource)
        if first is not resource:
            yield _problem(
                "KSZ207",
                resource,
                f"{key_of(first)} has number {resource.number} too",
                "state another number for one of the connections",
            )
        if isinstance(resource, Shaper):
            for way, _ in resource.rates_kbps:
                if isinstance(way, TunnelEnd) and way.number != resource.number:
                    yield _problem(
                        "KSZ207",
                        resource,
                        f"{way} has another number than its class, {resource.number}",
                        "give the tunnel and its class one number",
                    )
