"""Resources put together from our lines, leniently; `parse` judges them."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe import aces, crypto, names
from ksz_netops.resources import (
    BundlePort,
    CryptoProfile,
    E1Port,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    IPInterface,
    IPNetwork,
    Owner,
    PartnerFilter,
    Perimeter,
    Permit,
    Port,
    Resource,
    Route,
    Secret,
    Shaper,
    Tunnel,
    TunnelEnd,
    Way,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ksz_netops.platforms.ios_xe.tree import Tree
    from ksz_netops.resources import IPAddress

_ROUTE: Final = re.compile(
    r"ip(?:v6)? route (?P<to>\S+)(?: 255\.255\.255\.255)? (?P<way>[A-Za-z]\S+)"
    r"(?: (?P<via>[\d.]+\.\d+|[0-9a-f:]*:[0-9a-f:.]*))?(?: (?P<distance>\d+))?"
    r" name (?P<token>\S+)(?: track \d+)?"
)


def candidates(own: Tree) -> Iterator[Resource]:
    """What *own* may hold, each key once.

    Where a value cannot be read, as after an edit by hand, its resource is left out.
    """
    ports = _ports(own)
    builders: tuple[Callable[[Tree, dict[str, Port]], Iterable[Callable[[], Resource]]], ...] = (
        _perimeters,
        _handoffs,
        _routes,
        _tunnels,
        _filters,
        _shapers,
    )
    seen = set()
    for builder in builders:
        for build in builder(own, ports):
            with suppress(ValueError, KeyError, IndexError, StopIteration):
                resource = build()
                if key_of(resource) not in seen:
                    seen.add(key_of(resource))
                    yield resource


def value(below: Tree, start: str) -> str:
    """What follows *start* on the first line that begins so.

    Raises:
        KeyError: If none does.
    """
    for line in below:
        if line.startswith(start):
            return line.removeprefix(start)
    raise KeyError(start)


def _maybe(below: Tree, start: str) -> str | None:
    with suppress(KeyError):
        return value(below, start)
    return None


def _ports(own: Tree) -> dict[str, Port]:
    """The lines and bundles of the E1 controllers, by interface."""
    lines: dict[str, E1Port] = {}
    for header, below in own.items():
        if not header.startswith("controller E1 "):
            continue
        for line in below:
            group = re.fullmatch(
                r"channel-group (\d+) (?:(unframed)|timeslots (\d+)(?:-(\d+))?)", line
            )
            if group:
                slots = None if group[2] else (int(group[3]), int(group[4] or group[3]))
                port = E1Port(header.split()[2], int(group[1]), slots)
                lines[names.interface(port)] = port
    bundles: dict[int, list[E1Port]] = {}
    for name, port in lines.items():
        group_number = _maybe(own.get(f"interface {name}", {}), "ppp multilink group ")
        if group_number:
            bundles.setdefault(int(group_number), []).append(port)
    found: dict[str, Port] = dict(lines)
    for number, members in bundles.items():
        bundle = BundlePort(number, tuple(sorted(members)))
        found[names.interface(bundle)] = bundle
    return found


def _port(name: str, ports: dict[str, Port]) -> Port:
    if name in ports:
        return ports[name]
    if name.startswith(("Serial", "Multilink", "Tunnel", "Null")):
        raise KeyError(name)
    return names.ethernet(name)


def _way(name: str, ports: dict[str, Port]) -> Way:
    if name.startswith("Tunnel"):
        return TunnelEnd(int(name.removeprefix("Tunnel")))
    return _port(name, ports)


def _entries(own: Tree, name: str) -> Iterator[aces.Ace]:
    """The entries of access list *name* of either family, without remarks."""
    for start, family in (("ip access-list extended ", 4), ("ipv6 access-list ", 6)):
        for line in own.get(f"{start}{name}", {}):
            ace = aces.read(line, family)
            if ace:
                yield ace


def _bound(own: Tree, name: str) -> EthernetPort:
    """The port where access list *name* is bound inwards."""
    for header, below in own.items():
        if header.startswith("interface ") and f"ip access-group {name} in" in below:
            return names.ethernet(header.split()[1])
    raise KeyError(name)


def _perimeters(own: Tree, _ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    for header in own:
        found = re.fullmatch(r"ip access-list extended (KSZ-\S+)-MGMT", header)
        if found:
            yield partial(_perimeter, own, found[1])


def _perimeter(own: Tree, token: str) -> Perimeter:
    def port(side: str) -> EthernetPort | None:
        with suppress(KeyError):
            return _bound(own, f"{token}-{side}")
        return None

    sources = [
        ace.source
        for name in (f"{token}-MGMT", f"{token}-MGMT6")
        for ace in _entries(own, name)
        if ace.action == "permit" and ace.protocol in {"ip", "ipv6"}
    ]
    return Perimeter(
        owner=Owner(token),
        management=_bound(own, f"{token}-MGMT"),
        management_sources=tuple(
            each for each in sources if not isinstance(each, str) and each.prefixlen
        ),
        extranet=port("EXT"),
        extranet_prefixes=(
            *group_members(own.get(f"object-group network {token}-EXTRANET", {})),
            *group_members(own.get(f"object-group v6-network {token}-EXTRANET6", {})),
        ),
        internet=port("WAN"),
    )


def group_members(below: Tree) -> tuple[IPNetwork, ...]:
    """The prefixes of an object group."""
    found = []
    for line in below:
        with suppress(ValueError):
            words = line.split()
            found.append(ip_network(words[1] if words[0] == "host" else "/".join(words)))
    return tuple(found)


def _handoffs(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    for header, below in own.items():
        name = header.partition(" ")[2]
        if not header.startswith("interface ") or name.startswith("Tunnel"):
            continue
        bundled = name.startswith("Serial") and _maybe(below, "ppp multilink group ")
        if not bundled and _maybe(below, "description KSZ-"):
            yield partial(_handoff, below, name, ports)


def _handoff(below: Tree, name: str, ports: dict[str, Port]) -> Handoff:
    return Handoff(
        owner=Owner(value(below, "description ")),
        port=_port(name, ports),
        addresses=tuple(_addresses(below)),
    )


def _addresses(below: Tree) -> Iterator[IPInterface]:
    for line in below:
        four = re.fullmatch(r"ip address (\S+) (\S+)(?: secondary)?", line)
        six = re.fullmatch(r"ipv6 address (\S+)", line)
        if four:
            yield ip_interface(f"{four[1]}/{four[2]}")
        elif six:
            yield ip_interface(six[1])


def _static_routes(own: Tree) -> Iterator[tuple[Owner, IPAddress, str, str | None, int]]:
    """Owner, destination, interface, next hop and preference of each of our routes."""
    for header in own:
        found = _ROUTE.fullmatch(header)
        owner = Owner.read(found["token"]) if found else None
        if found and owner:
            network = ip_network(found["to"])
            distance = int(found["distance"] or 1)
            yield owner, network.network_address, found["way"], found["via"], distance


def _routes(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    hops: dict[tuple[Owner, IPAddress], list[tuple[str, str, int]]] = {}
    tunnels = set()
    for owner, official, way, via, distance in _static_routes(own):
        if way.startswith("Tunnel"):
            tunnels.add(owner)
        elif via:
            hops.setdefault((owner, official), []).append((way, via, distance))
    for owner, official in _without_hops(own):
        if owner not in tunnels:
            hops.setdefault((owner, official), [])
    for (owner, official), found in hops.items():
        yield partial(_route, owner, official, found, ports)


def _route(
    owner: Owner, official: IPAddress, found: list[tuple[str, str, int]], ports: dict[str, Port]
) -> Route:
    return Route(
        owner=owner,
        official=official,
        hops=tuple(
            Hop(port=_port(way, ports), next_hop=ip_address(via), preference=distance)
            for way, via, distance in found
        ),
    )


def _without_hops(own: Tree) -> Iterator[tuple[Owner, IPAddress]]:
    """Connections with a filter to whose official address nothing but the discard route leads."""
    for token, official in _filtered(own):
        owner = Owner.read(token)
        if owner and any(
            header.endswith(f" Null0 250 name {names.discard(owner)}") for header in own
        ):
            yield owner, official


def _tunnels(own: Tree, _ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    for header, below in own.items():
        if header.startswith("interface Tunnel"):
            number = int(header.removeprefix("interface Tunnel"))
            yield partial(_tunnel, own, number, below)


def _tunnel(own: Tree, number: int, below: Tree) -> Tunnel:
    token = value(below, "tunnel protection ipsec profile ")
    ipsec = own[f"crypto ipsec profile {token}"]
    profile = own[f"crypto ikev2 profile {token}"]
    ((_, peer),) = own[f"crypto ikev2 keyring {token}"].items()
    local = ip_address(value(below, "tunnel source "))
    [(official, preference)] = [
        (official, distance)
        for owner, official, way, _, distance in _static_routes(own)
        if owner.token == token and way == f"Tunnel{number}"
    ]
    selectors = _entries(own, _maybe(below, "tunnel protection ipsec policy ipv4 ") or
                         value(below, "tunnel protection ipsec policy ipv6 "))  # fmt: skip
    sources = [ace.source for ace in selectors]
    return Tunnel(
        owner=Owner(token),
        number=number,
        local=local,
        peer=ip_address(value(below, "tunnel destination ")),
        local_prefixes=tuple(each for each in sources if not isinstance(each, str)),
        official=official,
        crypto=CryptoProfile(
            name=value(profile, f"description {token} "),
            ike_proposals=tuple(_ike(own, own[f"crypto ikev2 policy {names.policy(local)}"])),
            esp_proposals=tuple(_esp(own, ipsec)),
            ike_lifetime_s=int(_maybe(profile, "lifetime ") or 86400),
            esp_lifetime_s=int(_maybe(ipsec, "set security-association lifetime seconds ") or 3600),
        ),
        secret=Secret(
            name=token.removeprefix("KSZ-"),
            fingerprint=value(peer, f"description {token} psk "),
        ),
        preference=preference,
    )


def _ike(own: Tree, policy: Tree) -> Iterator[str]:
    for line in policy:
        if line.startswith("proposal "):
            below = own[f"crypto ikev2 {line}"]
            words = crypto.ike_words(
                crypto.IkeProposal(
                    name="",
                    encryption=value(below, "encryption "),
                    integrity=_maybe(below, "integrity "),
                    prf=value(below, "prf "),
                    group=value(below, "group "),
                    pqc=_maybe(below, "pqc "),
                )
            )
            if words is None:
                raise KeyError(line)
            yield words


def _esp(own: Tree, ipsec: Tree) -> Iterator[str]:
    for name in value(ipsec, "set transform-set ").split():
        start = f"crypto ipsec transform-set {name} "
        transform = value(own, start)
        words = crypto.esp_words(transform, value(ipsec, "set pfs "))
        if words is None:
            raise KeyError(name)
        yield words


def _filtered(own: Tree) -> dict[tuple[str, IPAddress], None]:
    """Whose blocks stand in the lists that are bound inwards, in their order."""
    found: dict[tuple[str, IPAddress], None] = {}
    for _, below in _inward(own):
        for line in below:
            remark = re.fullmatch(r"(?:sequence )?\d+ remark (KSZ-P\d{5}-S\d{1,2}) (\S+)", line)
            if remark:
                with suppress(ValueError):
                    found[remark[1], ip_address(remark[2])] = None
    return found


def _inward(own: Tree) -> Iterator[tuple[str, Tree]]:
    """Each interface with each of its lists inwards: the bound one, else the one of its name."""
    kinds = (
        (r"ip access-group (KSZ-\S+) in", "ip access-list extended", ""),
        (r"ipv6 traffic-filter (KSZ-\S+) in", "ipv6 access-list", "6"),
    )
    for header, below in own.items():
        if not header.startswith("interface "):
            continue
        name = header.split()[1]
        owner = Owner.read(_maybe(below, "description ") or "")
        for form, start, six in kinds:
            bound = [found[1] for line in below if (found := re.fullmatch(form, line))]
            called = bound[0] if bound else owner and f"{names.base_of(owner, name)}-IN{six}"
            entries = own.get(f"{start} {called}") if called else None
            if entries is not None:
                yield name, entries


def _filters(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    for token, official in _filtered(own):
        yield partial(_filter, own, ports, token, official)


def _filter(own: Tree, ports: dict[str, Port], token: str, official: IPAddress) -> PartnerFilter:
    owner = Owner(token)
    first = names.block(owner) or 0
    permits: set[Permit] = set()
    entries = []
    for name, below in _inward(own):
        mine = [
            line for line in below if first <= (aces.number_of(line) or 0) < first + names.BLOCK
        ]
        if not mine:
            continue
        entries.append(Entry(way=_way(name, ports)))
        for line in mine:
            ace = aces.read(line, official.version)
            said = aces.permit_of(ace) if ace else None
            if said and said[0] == official:
                permits.add(said[1])
    return PartnerFilter(
        owner=owner, official=official, entries=tuple(entries), permits=tuple(permits)
    )


def _shapers(own: Tree, ports: dict[str, Port]) -> Iterator[Callable[[], Resource]]:
    for header, below in own.items():
        found = re.fullmatch(r"class-map match-any (KSZ-P\d{5}-S\d{1,2})", header)
        if found:
            yield partial(_shaper, own, ports, found[1], below)


def _shaper(own: Tree, ports: dict[str, Port], token: str, below: Tree) -> Shaper:
    number = int(value(below, f"description {token} number "))
    source = next(_entries(own, value(below, "match access-group name "))).source
    if isinstance(source, str):
        raise KeyError(source)
    rates = []
    for header, lines in own.items():
        policy = _maybe(lines, "service-policy output ") if header.startswith("interf") else None
        limits = own.get(f"policy-map {policy}", {}).get(f"class {token}") if policy else None
        if limits:
            rate = int(value(limits, "shape average ")) // 1000
            rates.append((_way(header.split()[1], ports), rate))
    return Shaper(
        owner=Owner(token),
        number=number,
        official=source.network_address,
        rates_kbps=tuple(rates),
    )
