"""Tunnels, from the interface to the key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ksz_netops.platforms.ios_xe.config import crypto, names
from ksz_netops.platforms.ios_xe.config.rebuild.values import entries_of, maybe, value
from ksz_netops.state.addresses import read_address
from ksz_netops.state.grammar import Algorithms, Fingerprint, ProfileName, SecretName
from ksz_netops.state.resources import CryptoProfile, Owner, Resource, Secret, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.rebuild.sections import Sections, StaticRoute
    from ksz_netops.platforms.ios_xe.config.tree import Tree


def tunnels(sections: Sections) -> Iterator[Callable[[], Resource]]:
    """The tunnels, by their interfaces."""
    ways: dict[tuple[str, str], list[StaticRoute]] = {}
    for route in sections.routes:
        ways.setdefault((route.owner.token, route.way), []).append(route)
    for header, below in sections.own.items():
        if header.startswith("interface Tunnel"):
            number = int(header.removeprefix("interface Tunnel"))
            yield partial(_tunnel, sections, number, below, ways)


def _tunnel(
    sections: Sections,
    number: int,
    below: Tree,
    ways: dict[tuple[str, str], list[StaticRoute]],
) -> Tunnel:
    own = sections.own
    token = value(below, "tunnel protection ipsec profile ")
    ipsec = own[f"crypto ipsec profile {token}"]
    profile = own[f"crypto ikev2 profile {token}"]
    ((_, peer),) = own[f"crypto ikev2 keyring {token}"].items()
    local = read_address(value(below, "tunnel source "))
    [route] = ways.get((token, f"Tunnel{number}"), [])
    selectors = entries_of(own, maybe(below, "tunnel protection ipsec policy ipv4 ") or
                         value(below, "tunnel protection ipsec policy ipv6 "))  # fmt: skip
    sources = [ace.source for ace in selectors]
    return Tunnel(
        owner=Owner(token),
        number=number,
        local=local,
        peer=read_address(value(below, "tunnel destination ")),
        local_prefixes=tuple(each for each in sources if not isinstance(each, str)),
        official=route.official,
        crypto=CryptoProfile(
            name=ProfileName(value(profile, f"description {token} ")),
            ike_proposals=tuple(
                map(Algorithms, _ike(own, own[f"crypto ikev2 policy {names.policy(local)}"]))
            ),
            esp_proposals=tuple(map(Algorithms, _esp(sections, ipsec))),
            ike_lifetime_s=int(maybe(profile, "lifetime ") or 86400),
            esp_lifetime_s=int(maybe(ipsec, "set security-association lifetime seconds ") or 3600),
        ),
        secret=Secret(
            name=SecretName(token.removeprefix("KSZ-")),
            fingerprint=Fingerprint(value(peer, f"description {token} psk ")),
        ),
        preference=route.distance,
    )


def _ike(own: Tree, policy: Tree) -> Iterator[str]:
    for line in policy:
        if line.startswith("proposal "):
            below = own[f"crypto ikev2 {line}"]
            words = crypto.ike_words(
                crypto.IkeProposal(
                    name="",
                    encryption=value(below, "encryption "),
                    integrity=maybe(below, "integrity "),
                    prf=value(below, "prf "),
                    group=value(below, "group "),
                    pqc=maybe(below, "pqc "),
                )
            )
            if words is None:
                raise KeyError(line)
            yield words


def _esp(sections: Sections, ipsec: Tree) -> Iterator[str]:
    for name in value(ipsec, "set transform-set ").split():
        words = crypto.esp_words(sections.transforms[name], value(ipsec, "set pfs "))
        if words is None:
            raise KeyError(name)
        yield words
