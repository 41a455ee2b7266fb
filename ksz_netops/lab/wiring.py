"""Cables: every segment is a bridge in the sandbox, every interface one end of a veth pair."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.topology import MANAGEMENT, STATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.lab.host import RunningHost
    from ksz_netops.lab.sandbox import Sandbox
    from ksz_netops.lab.topology import Link

_NAME_LIMIT: Final = 15
"""Characters that the kernel gives a device's name."""


def bridge_of(segment: str) -> str:
    """The bridge that is *segment*."""
    plain = f"br-{segment.replace('/', '-')}"
    return plain if len(plain) <= _NAME_LIMIT else f"br-{_digest(segment)}"


def cable_of(host: str, interface: str) -> str:
    """The sandbox's end of the cable in *interface* of *host*."""
    plain = f"{host}-{interface}"
    return plain if len(plain) <= _NAME_LIMIT else f"c-{_digest(plain)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def plug(sandbox: Sandbox, cables: Iterable[tuple[RunningHost, Link]]) -> None:
    """Plugs *cables* in, and makes the segments that are not there yet."""
    wanted = list(cables)
    present = set(sandbox.inside.path("/proc/1/net/dev").read_text().split())
    lines = list(_segments({link.segment for _, link in wanted}, present))
    for host, link in wanted:
        end = cable_of(host.name, link.interface)
        peer = f"{link.interface} address {link.mac} netns {host.pid}"
        lines += [
            f"link add name {end} type veth peer name {peer}",
            f"link set {end} master {bridge_of(link.segment)} up",
        ]
    sandbox.inside.run("/usr/sbin/ip", "-batch", "-", feed="\n".join(lines) + "\n")


def unplug(sandbox: Sandbox, host: str, interface: str) -> None:
    """Takes an interface away from *host*."""
    sandbox.inside.run("/usr/sbin/ip", "link", "del", cable_of(host, interface))


def _segments(segments: set[str], present: set[str]) -> Iterator[str]:
    for segment in sorted(segments):
        bridge = bridge_of(segment)
        if f"{bridge}:" in present:
            continue
        yield f"link add name {bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        if segment == MANAGEMENT:
            yield f"address add {STATION} dev {bridge}"
        yield f"link set {bridge} up"
