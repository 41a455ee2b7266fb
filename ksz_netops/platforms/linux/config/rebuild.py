"""Resources put together from the fields of statements, leniently; `parse` judges them."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.state.addresses import read_address, read_interface, read_network
from ksz_netops.state.grammar import (
    Algorithms,
    DirectoryName,
    Fingerprint,
    KeyAlgorithm,
    KeyBlob,
    Mac,
    ProfileName,
    SecretName,
)
from ksz_netops.state.resources import (
    CryptoProfile,
    Entry,
    Handoff,
    Hop,
    IPAddress,
    Owner,
    PartnerFilter,
    Perimeter,
    Permit,
    Protocol,
    Resource,
    Route,
    Secret,
    SftpAccount,
    Shaper,
    SshKey,
    Tunnel,
    TunnelEnd,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.linux.config.fields import Element, Reading

_PROFILE: Final = re.compile(r"# profile (\S+), preference (\d+)")


def candidates(reading: Reading) -> Iterator[Resource]:
    """What *reading* may hold, each key once; a perimeter comes first.

    Where a value cannot be read, as after an edit by hand, its resource is left out.
    """
    seen = set()
    builders: tuple[Callable[[Reading], Iterator[Callable[[], Resource]]], ...] = (
        _perimeters,
        _handoffs,
        _routes,
        _tunnels,
        _filters,
        _shapers,
        _accounts,
    )
    for builder in builders:
        for build in builder(reading):
            try:
                resource = build()
            except (ValueError, KeyError, IndexError):
                continue
            key = (resource.kind, resource.owner, getattr(resource, "port", None))
            if key not in seen:
                seen.add(key)
                yield resource


def _perimeters(reading: Reading) -> Iterator[Callable[[], Resource]]:
    def port(name: str) -> str | None:
        return next((element.key[0] for element in reading.elements.get(name, ())), None)

    def prefixes(name: str) -> list[str]:
        found = (reading.elements.get(f"{name}{version}", ()) for version in (4, 6))
        return [element.key[0] for elements in found for element in elements]

    def perimeter(management: str, token: str) -> Perimeter:
        extranet, internet = port("extranet_port"), port("internet_port")
        return Perimeter(
            owner=Owner(token),
            management=names.port_of(management),
            management_sources=tuple(read_network(each) for each in prefixes("management")),
            extranet=names.port_of(extranet) if extranet else None,
            extranet_prefixes=tuple(read_network(each) for each in prefixes("extranet")),
            internet=names.port_of(internet) if internet else None,
            file_service=bool(port("file_service")),
        )

    for element in reading.elements.get("management_port", ())[:1]:
        yield partial(perimeter, element.key[0], element.token)


def _handoffs(reading: Reading) -> Iterator[Callable[[], Resource]]:
    def handoff(port: str, token: str) -> Handoff:
        return Handoff(
            owner=Owner(token),
            port=names.port_of(port),
            addresses=tuple(read_interface(each) for each in reading.addresses.get(port, ())),
        )

    for port, token in reading.links.items():
        yield partial(handoff, port, token)


def _mac(text: str | None) -> Mac | None:
    return None if text is None else Mac(text)


def _routes(reading: Reading) -> Iterator[Callable[[], Resource]]:
    def route(token: str, official: str) -> Route:
        return Route(
            owner=Owner(token),
            official=read_address(official),
            hops=tuple(
                Hop(
                    port=names.port_of(port),
                    next_hop=read_address(via),
                    preference=metric,
                    layer2=_mac(reading.neighbours.get((port, via))),
                )
                for port, via, metric in reading.hops[token, official]
            ),
        )

    for token, official in reading.hops:
        yield partial(route, token, official)


def _tunnels(reading: Reading) -> Iterator[Callable[[], Resource]]:
    def tunnel(token: str, block: str) -> Tunnel:
        values: dict[str, list[str]] = defaultdict(list)
        for line in block.splitlines():
            name, _, value = line.strip().partition(" = ")
            values[name].append(value)
        profile = _PROFILE.search(block)
        if profile is None:
            message = "no profile"
            raise ValueError(message)
        [official] = {read_network(each) for each in values["remote_ts"]}
        return Tunnel(
            owner=Owner(token),
            number=int(values["reqid"][0]) - names.REQID_BASE,
            local=read_address(values["local_addrs"][0]),
            peer=read_address(values["remote_addrs"][0]),
            local_prefixes=tuple(read_network(each) for each in values["local_ts"]),
            official=official.network_address,
            crypto=CryptoProfile(
                name=ProfileName(profile[1]),
                ike_proposals=tuple(map(Algorithms, values["proposals"][0].split(","))),
                esp_proposals=tuple(map(Algorithms, values["esp_proposals"][0].split(","))),
                ike_lifetime_s=int(values["rekey_time"][0].removesuffix("s")),
                esp_lifetime_s=int(values["rekey_time"][1].removesuffix("s")),
            ),
            secret=Secret(
                name=SecretName(token.removeprefix("KSZ-")),
                fingerprint=Fingerprint(reading.secrets[token]),
            ),
            preference=int(profile[2]),
        )

    for token, block in reading.connections.items():
        yield partial(tunnel, token, block)


def _filters(reading: Reading) -> Iterator[Callable[[], Resource]]:
    entries: dict[str, list[Entry]] = defaultdict(list)
    officials: dict[str, IPAddress] = {}

    def enter(element: Element, way_of: Callable[[str], Way], layer2: str | None = None) -> None:
        with suppress(ValueError):
            entry = Entry(way=way_of(element.key[0]), layer2=Mac(layer2) if layer2 else None)
            officials[element.token] = read_address(element.key[-1])
            entries[element.token].append(entry)

    for v in (4, 6):
        for each in reading.elements.get(f"tunnel_in{v}", ()):
            enter(each, lambda number: TunnelEnd(int(number)))
        for each in reading.elements.get(f"bound_in{v}", ()):
            enter(each, names.port_of, each.key[1])
        for each in reading.elements.get(f"line_in{v}", ()):
            enter(each, names.port_of)

    permits = _permits(reading)

    def partner_filter(token: str) -> PartnerFilter:
        official = officials[token]
        partner = names.partner_token(Owner(token)).token
        return PartnerFilter(
            owner=Owner(token),
            official=official,
            entries=tuple(entries[token]),
            permits=tuple(permits.get((partner, str(official)), ())),
        )

    for token in entries:
        yield partial(partner_filter, token)


def _permits(reading: Reading) -> dict[tuple[str, str], list[Permit]]:
    """By token and official address; an element with another token is not the partner's."""
    permits: dict[tuple[str, str], list[Permit]] = defaultdict(list)
    for v in (4, 6):
        for name in (f"flows{v}", f"echo{v}"):
            for element in reading.elements.get(name, ()):
                with suppress(ValueError):
                    official, permit = _permit(element.key)
                    permits[element.token, official].append(permit)
    return permits


def _permit(key: tuple[str, ...]) -> tuple[str, Permit]:
    official, destination, *service = key
    if not service:
        return official, Permit(read_network(destination), Protocol.ICMP)
    protocol, ports = service
    first, _, last = ports.partition("-")
    range_ = (int(first), int(last or first))
    return official, Permit(read_network(destination), Protocol(protocol), range_)


def _shapers(reading: Reading) -> Iterator[Callable[[], Resource]]:
    ways: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for v in (4, 6):
        for element in reading.elements.get(f"class_to{v}", ()):
            with suppress(ValueError):
                port, official = element.key
                number = int(element.data.partition(":")[2] or "0", 16)
                ways[element.token, official, number].append(port)

    def shaper(token: str, official: str, number: int) -> Shaper:
        return Shaper(
            owner=Owner(token),
            number=number,
            official=read_address(official),
            rates_kbps=tuple(
                (
                    TunnelEnd(number) if port == names.TUNNELS else names.port_of(port),
                    reading.rates[port, number],
                )
                for port in ways[token, official, number]
            ),
        )

    for key in ways:
        yield partial(shaper, *key)


def _accounts(reading: Reading) -> Iterator[Callable[[], Resource]]:
    def account(name: str, uid: int, token: str) -> SftpAccount:
        keys = reading.keys[name]
        return SftpAccount(
            owner=Owner(token),
            number=uid - names.USER_BASE,
            official=read_address(keys[0][0]),
            keys=tuple(SshKey(KeyAlgorithm(kind), KeyBlob(blob)) for _, kind, blob in keys),
            directories=tuple(map(DirectoryName, reading.directories.get(name, ()))),
        )

    for name, (uid, token) in reading.accounts.items():
        yield partial(account, name, uid, token)
