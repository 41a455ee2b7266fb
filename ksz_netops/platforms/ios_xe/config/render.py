"""Resources into configuration, by one template per kind.

A template receives addresses, numbers and ids only; `parse` is its twin.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import jinja2

from ksz_netops.borders.templates import DeviceTemplates, Literal
from ksz_netops.platforms.ios_xe.config import acl, crypto, names, normal, tree
from ksz_netops.platforms.ios_xe.config.layout import Layout, layout_of, ways_of
from ksz_netops.proof import EVERYWHERE
from ksz_netops.state.grammar import Words
from ksz_netops.state.resources import (
    BundlePort,
    E1Port,
    EthernetPort,
    Handoff,
    Owner,
    Port,
    Shaper,
    Tunnel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import jinja2

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState, IPAddress, IPNetwork, Resource


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


_V = TypeVar("_V", bound=_Versioned)
_P = TypeVar("_P", crypto.IkeProposal, crypto.EspProposal)


def rendered(state: DeviceState) -> Tree:
    """The configuration that holds *state*; its strays take no part."""
    layout = layout_of(state)
    return normal.arranged(tree.merged(part for each in state for part in _parts(each, layout)))


def _parts(resource: Resource, layout: Layout) -> Iterator[Tree]:
    ways = ways_of(resource, layout)
    values: dict[str, Any] = {"r": resource, "layout": layout, "ways": ways}
    if isinstance(resource, Handoff | Tunnel):
        values["way"] = ways[0]
        yield tree.read(_template("way").render(values))
    if isinstance(resource, Shaper):
        values["rates"] = [
            (layout.ways[way], rate) for way, rate in resource.rates_kbps if way in layout.ways
        ]
        values["total_kbps"] = sum(rate for _, rate in resource.rates_kbps)
    yield tree.read(_template(resource.kind).render(values))


def of_family(values: Iterable[_V], family: int) -> list[_V]:
    """Those of *values* that are of IP version *family*."""
    return [each for each in values if each.version == family]


def route(
    official: IPAddress,
    way: str,
    preference: int,
    name: Owner | str,
    track: int | None = None,
) -> str:
    """The static route to *official*; the router does not show a preference of 1."""
    distance = "" if preference == 1 else f" {preference}"
    tracked = f" track {track}" if track else ""
    destination = f"{official} 255.255.255.255" if official.version == acl.V4 else f"{official}/128"
    command = "ip route" if official.version == acl.V4 else "ipv6 route"
    return f"{command} {destination} {way}{distance} name {name}{tracked}"


def _ace(  # noqa: PLR0913, PLR0917 - an entry has so many parts
    family: int,
    number: int,
    action: str,
    protocol: str,
    source: IPNetwork | IPAddress | str,
    destination: IPNetwork | IPAddress | str,
    *tail: str,
    port: int | None = None,
) -> str:
    return str(
        acl.Ace(
            family=family,
            number=number,
            action=action,
            protocol=protocol,
            source=acl.end_of(source),
            destination=acl.end_of(destination),
            ports=None if port is None else (port, port),
            tail=tail,
        )
    )


def _neighbours(family: int) -> Literal:
    """What IPv6 needs to find its neighbours, which an explicit deny would forbid."""
    if family == acl.V4:
        return Literal("")
    anyone = EVERYWHERE[1]
    lines = (
        _ace(family, number, "permit", "icmp", anyone, anyone, word)
        for number, word in ((10, "nd-na"), (20, "nd-ns"))
    )
    return Literal("\n".join(f" {Words(line)}" for line in lines))


def _remark(family: int, number: int, owner: Owner, official: IPAddress) -> str:
    start = f"{number}" if family == acl.V4 else f"sequence {number}"
    return f"{start} remark {owner} {official}"


def _member(prefix: IPNetwork) -> str:
    if prefix.prefixlen == prefix.max_prefixlen:
        return f"host {prefix.network_address}"
    if prefix.version == acl.V4:
        return f"{prefix.network_address} {prefix.netmask}"
    return str(prefix)


def timeslots(line: E1Port) -> str:
    """How the channel group of *line* is cut."""
    if line.timeslots is None:
        return "unframed"
    first, last = line.timeslots
    return f"timeslots {first}" if first == last else f"timeslots {first}-{last}"


def overlay(tunnel: Tunnel) -> str:
    """Which IP version carries which in *tunnel*."""
    outer, inner = tunnel.peer.version, tunnel.official.version
    return f"ipv{outer}" if outer == inner else f"ipv{outer} v{inner}-overlay"


def _ike(tunnel: Tunnel) -> list[crypto.IkeProposal]:
    found = [crypto.ike_proposal(words) for words in tunnel.crypto.ike_proposals]
    return [_worded(each) for each in found if each]


def _esp(tunnel: Tunnel) -> list[crypto.EspProposal]:
    found = [crypto.esp_proposal(words) for words in tunnel.crypto.esp_proposals]
    return [_worded(each) for each in found if each]


def _worded(proposal: _P) -> _P:
    """*proposal* with each text in it checked to be words."""
    texts = {each.name: getattr(proposal, each.name) for each in fields(proposal)}
    return replace(proposal, **{name: Words(text) for name, text in texts.items() if text})


def _vlan(port: Port) -> int | None:
    return port.vlan if isinstance(port, EthernetPort) else None


_LINES: Final[Mapping[str, Callable[..., str]]] = {
    "ace": _ace,
    "acl": lambda family: "ip access-list extended" if family == acl.V4 else "ipv6 access-list",
    "bind": lambda family: "ip access-group" if family == acl.V4 else "ipv6 traffic-filter",
    "discard": names.discard,
    "every": lambda family: "ip" if family == acl.V4 else "ipv6",
    "from_partner": acl.from_partner,
    "interface": names.interface,
    "member": _member,
    "overlay": overlay,
    "policy": names.policy,
    "remark": _remark,
    "route": route,
    "timeslots": timeslots,
    "to_partner": acl.to_partner,
}
"""What templates call for a part of a line."""


def _checked(function: Callable[..., str]) -> Callable[..., Words]:
    """*function*, whose answer is checked to be words of one line."""

    def checked(*arguments: Any, **named: Any) -> Words:  # noqa: ANN401 - those of *function*
        return Words(function(*arguments, **named))

    return checked


@cache
def _template(kind: str) -> jinja2.Template:
    environment = DeviceTemplates(Path(__file__).parent / "templates")
    environment.filters["of_family"] = of_family
    environment.globals.update(
        any=lambda family: EVERYWHERE[0] if family == acl.V4 else EVERYWHERE[1],
        block=names.block,
        esp=_esp,
        front_door=Words(names.FRONT_DOOR),
        ike=_ike,
        is_bundle=lambda port: isinstance(port, BundlePort),
        last=names.LAST,
        members=names.members,
        neighbours=_neighbours,
        unnumbered=Words(names.UNNUMBERED),
        vlan=_vlan,
    )
    environment.globals.update({name: _checked(each) for name, each in _LINES.items()})
    return environment.get_template(f"{kind}.j2")
