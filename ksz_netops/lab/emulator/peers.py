"""The other ends of tunnels, as a script: what each offers, and what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from ksz_netops.lab.emulator.config import Configuration
    from ksz_netops.lab.emulator.tree import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A partner's gateway."""

    address: str
    key: str
    official: str
    """The one prefix that it offers as its own side."""
    up: bool = True
    packets: int = 0
    """How many came in through each child, and went out."""
    rekeyed: bool = False
    """Whether its children were made anew since the IKE SA came up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """An IKE SA of the router."""

    tunnel: str
    local: str
    peer: str
    vrf: str
    proposal: Section
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A pair of ESP SAs."""

    local: IPv4Network | IPv6Network
    remote: IPv4Network | IPv6Network
    transform: str
    group: str
    packets: int
    rekeyed: bool


def value(section: Section, start: str) -> str | None:
    """What follows *start* on the first line of *section* that begins so."""
    for line in section.lines:
        if line.startswith(start):
            return line.removeprefix(start).strip()
    return None


def associations(config: Configuration, peers: Iterable[Peer]) -> Iterator[Association]:
    """The IKE SAs that come up between what the router holds and what the *peers* offer."""
    by_address = {peer.address: peer for peer in peers if peer.up}
    for header, interface in config.root.lines.items():
        if not header.startswith("interface Tunnel") or "shutdown" in interface.lines:
            continue
        peer = by_address.get(value(interface, "tunnel destination ") or "")
        if peer is None:
            continue
        found = _association(config, header.split()[1], interface, peer)
        if found is not None:
            yield found


def _association(
    config: Configuration, tunnel: str, interface: Section, peer: Peer
) -> Association | None:
    lines = config.root.lines
    ipsec = lines.get(
        f"crypto ipsec profile {value(interface, 'tunnel protection ipsec profile ')}"
    )
    profile = ipsec and lines.get(f"crypto ikev2 profile {value(ipsec, 'set ikev2-profile ')}")
    keyring = profile and lines.get(f"crypto ikev2 keyring {value(profile, 'keyring local ')}")
    local = value(interface, "tunnel source ") or ""
    if ipsec is None or not profile or not keyring or not _same_key(config, keyring, peer):
        return None
    proposal = _proposal(config, local)
    transform = _transform(config, value(ipsec, "set transform-set ") or "")
    if proposal is None or transform is None:
        return None
    group = value(ipsec, "set pfs ") or ""
    children = tuple(
        Child(
            local=local_side,
            remote=remote_side,
            transform=transform,
            group=group,
            packets=peer.packets,
            rekeyed=peer.rekeyed,
        )
        for local_side, remote_side in _selectors(config, interface)
        if remote_side == ip_network(peer.official)
    )
    return Association(
        tunnel=tunnel,
        local=local,
        peer=peer.address,
        vrf=value(interface, "tunnel vrf ") or "none",
        proposal=proposal,
        children=children,
    )


def _same_key(config: Configuration, keyring: Section, peer: Peer) -> bool:
    for below in keyring.lines.values():
        address = (value(below, "address ") or "").split("/")[0]
        stored = [
            (value(below, f"pre-shared-key {side} ") or "").split() for side in ("local", "remote")
        ]
        if address == peer.address and all(stored):
            return all(config.keys.get(each[-1], each[-1]) == peer.key for each in stored)
    return False


def _proposal(config: Configuration, local: str) -> Section | None:
    for header, policy in config.root.lines.items():
        if not header.startswith("crypto ikev2 policy "):
            continue
        if f"match address local {local}" in policy.lines:
            name = value(policy, "proposal ")
            return config.root.lines.get(f"crypto ikev2 proposal {name}")
    return None


def _transform(config: Configuration, names: str) -> str | None:
    first = names.split(maxsplit=1)[0] if names else ""
    for header in config.root.lines:
        if header.startswith(f"crypto ipsec transform-set {first} "):
            return " ".join(header.split()[4:])
    return None


def _selectors(
    config: Configuration, interface: Section
) -> Iterator[tuple[IPv4Network | IPv6Network, IPv4Network | IPv6Network]]:
    for family, start in (("ipv4", "ip access-list extended "), ("ipv6", "ipv6 access-list ")):
        name = value(interface, f"tunnel protection ipsec policy {family} ")
        entries = config.root.lines.get(f"{start}{name}")
        for line in entries.lines if entries else ():
            match = re.match(r"(?:sequence )?\d+ permit +(?:ip|ipv6) (.+)", line)
            if match:
                words = match[1].split()
                yield _network(words), _network(words)


def _network(words: list[str]) -> IPv4Network | IPv6Network:
    first = words.pop(0)
    if first == "host":
        return ip_network(words.pop(0))
    if "/" in first:
        return ip_network(first)
    return ip_network(f"{first}/{words.pop(0)}")
