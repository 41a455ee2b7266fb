"""A host's devices, addresses and routes as lines for `ip -batch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.lab.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.lab.topology import Host, StaticRoute
    from ksz_netops.state.resources import IPAddress


def device_lines(host: Host) -> Iterator[str]:
    """Brings up what is plugged in, and its VLANs."""
    for link in host.links:
        if link.up:
            # Between namespaces a sender may hand over several segments as one; a hub's shaper
            # must see frames as a real line carries them.
            whole = "" if host.role is Role.HUB else " gso_max_segs 1"
            yield f"link set {link.interface}{whole} up"
        if link.vlan is not None:
            yield f"link add link {link.interface} name {link.device} type vlan id {link.vlan}"
            yield f"link set {link.device} up"


def address_lines(host: Host) -> Iterator[str]:
    """Gives the host its addresses; each line may be repeated."""
    for address in host.loopback:
        yield f"address replace {address}/{address.max_prefixlen} dev lo{_at_once(address)}"
    for link in host.links:
        for interface in link.addresses:
            yield f"address replace {interface} dev {link.device}{_at_once(interface)}"


def _at_once(address: IPAddress) -> str:
    # Nobody else in the lab can have the address, and looking for a duplicate takes a second in
    # which it cannot be used.
    return " nodad" if address.version == 6 else ""  # noqa: PLR2004 - IP version


def route_lines(host: Host, *, through_ipsec0: bool = False) -> Iterator[str]:
    """Gives the host its routes; each line may be repeated.

    With *through_ipsec0* one device carries every tunnel.
    """
    for route in host.routes:
        yield f"route replace {_route(route, through_ipsec0=through_ipsec0)}"


def _route(route: StaticRoute, *, through_ipsec0: bool) -> str:
    words = [str(route.prefix)]
    if route.source is not None:
        words.append(f"src {route.source}")
    if route.metric:
        words.append(f"metric {route.metric}")
    several = len(route.gateways) > 1
    for gateway, name in route.gateways:
        device = "ipsec0" if through_ipsec0 and name.startswith("ipsec") else name
        if several:
            words.append("nexthop")
        # A gateway is a neighbour on the segment, whatever the prefix of our own address says.
        words.append(f"dev {device}" if gateway is None else f"via {gateway} dev {device} onlink")
    return " ".join(words)


def undone(line: str) -> str:
    """The line that takes back an address or a route."""
    kind, _, rest = line.partition(" replace ")
    return f"{kind} del {rest}".removesuffix(" nodad")
