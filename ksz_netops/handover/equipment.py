"""The partner's side of a tunnel, as the equipment of one vendor takes it; one template each.

No configuration holds the key: the place for it names the key, and the key goes by another channel.
Words and values are from the vendors' schemas and documents; `Checked` says how far that goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ksz_netops.borders.templates import DeviceTemplates
from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion
from ksz_netops.state.addresses import read_network
from ksz_netops.state.grammar import InterfaceName, Word

if TYPE_CHECKING:
    from ksz_netops.handover.facts import TunnelFacts
    from ksz_netops.state.resources import IPAddress, IPNetwork

_BOTH: Final = frozenset({"baseline", "high"})
_BASELINE: Final = frozenset({"baseline"})
_OUTSIDE: Final = InterfaceName("OUTSIDE")
_INSIDE: Final = InterfaceName("INSIDE")


class Checked(StrEnum):
    """By what a configuration was checked before it is sent."""

    LAB = "lab"
    """The same words brought up a tunnel between two machines."""
    SCHEMA = "schema"
    """Names and values stand in the vendor's schema or source; no device has taken them."""
    DOCUMENT = "document"
    """Names and values are from the vendor's documents; no device has taken them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """One kind of gateway."""

    name: str
    """As a command names it; its template is `NAME.j2`."""
    title: str
    suffix: str
    profiles: frozenset[str]
    """The crypto profiles that it can speak."""
    high_from: str = ""
    """The release from which it can speak `high`."""
    speaks_ipv6: bool = False
    """Whether the template is written for IPv6 too."""
    checked: Checked


EQUIPMENT: Final = {
    each.name: each
    for each in (
        Equipment(
            name="strongswan",
            title="strongSwan (swanctl) on Linux",
            suffix=".txt",
            profiles=_BOTH,
            high_from="6.0.2",
            speaks_ipv6=True,
            checked=Checked.LAB,
        ),
        Equipment(
            name="ios-xe",
            title="Cisco IOS-XE",
            suffix=".txt",
            profiles=_BOTH,
            high_from="26.1",
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="asa",
            title="Cisco ASA",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.DOCUMENT,
        ),
        Equipment(
            name="srx",
            title="Juniper SRX",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="fortios",
            title="Fortinet FortiOS 7",
            suffix=".txt",
            profiles=_BOTH,
            high_from="7.6.6",
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="pan-os",
            title="Palo Alto PAN-OS",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="check-point",
            title="Check Point R81, R82",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="pfsense",
            title="pfSense",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="opnsense",
            title="OPNsense",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="routeros",
            title="MikroTik RouterOS 7",
            suffix=".rsc",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
        Equipment(
            name="vyos",
            title="VyOS 1.4",
            suffix=".txt",
            profiles=_BASELINE,
            checked=Checked.SCHEMA,
        ),
    )
}


class Placeholder(Word):
    """A word in capitals that the partner's engineer replaces."""

    __slots__ = ()
    FORM: ClassVar[re.Pattern[str]] = re.compile(r"[A-Z][A-Za-z0-9_.-]{0,70}")
    WHAT: ClassVar[str] = "a word to be replaced"


def port_called(name: str) -> InterfaceName:
    """The port that a user calls *name*.

    Raises:
        IntentError: If no gateway would take the name.
    """
    try:
        return InterfaceName(name)
    except ValueError as error:
        what, fix = f"{name!r} is not the name of a port", "use letters, digits and . / : _ - alone"
        raise IntentError(Problem(code="KSZ116", what=what, fix=fix)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What only the partner knows of its network; words in capitals stand for what is unknown."""

    outside: InterfaceName = _OUTSIDE
    """The gateway's port towards the internet."""
    inside: InterfaceName = _INSIDE
    """The gateway's port towards the partner's own network."""
    lan: IPNetwork | None = None
    """The partner's own addresses; they never reach the extranet."""


def equipment_called(name: str) -> Equipment:
    """The equipment called *name*.

    Raises:
        IntentError: If there is none.
    """
    if name not in EQUIPMENT:
        what, fix = f"equipment '{name}' is not known", suggestion(name, EQUIPMENT)
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    return EQUIPMENT[name]


def configuration(equipment: Equipment, tunnel: TunnelFacts, around: Surroundings) -> str:
    """What the partner's engineer types on *equipment* for *tunnel*.

    Raises:
        IntentError: If the equipment cannot speak the tunnel's profile, or its template is not
            written for the tunnel's IP version.
    """
    if tunnel.profile.name not in equipment.profiles:
        able = ", ".join(e.name for e in EQUIPMENT.values() if tunnel.profile.name in e.profiles)
        what = f"{equipment.title} cannot speak the profile '{tunnel.profile.name}'"
        fix = f"agree on another profile, or on equipment that can: {able}"
        raise IntentError(Problem(code="KSZ701", what=what, fix=fix))
    versions = {each.version for each in (tunnel.peer, tunnel.official, *tunnel.prefixes)}
    if versions != {4} and not equipment.speaks_ipv6:
        what = f"the sheet for {equipment.title} is written for IPv4 only"
        fix = "use `--equipment strongswan` as the model for IPv6"
        raise IntentError(Problem(code="KSZ701", what=what, fix=fix))
    template = _templates().get_template(f"{equipment.name}.j2")
    return str(
        template.render(
            t=tunnel,
            around=around,
            lan=around.lan or Placeholder("LAN"),
            lan_address=around.lan.network_address if around.lan else Placeholder("LAN-ADDRESS"),
            lan_mask=around.lan.netmask if around.lan else Placeholder("LAN-MASK"),
            lan_wildcard=around.lan.hostmask if around.lan else Placeholder("LAN-WILDCARD"),
            key=Placeholder(f"KEY-{tunnel.key.name}"),
            high=tunnel.profile.name == "high",
        )
    )


@cache
def _templates() -> DeviceTemplates:
    templates = DeviceTemplates(Path(__file__).parent / "templates")
    templates.filters["host"] = _host
    templates.filters["mask"] = lambda prefix: prefix.netmask
    templates.filters["wildcard"] = lambda prefix: prefix.hostmask
    templates.filters["network"] = lambda prefix: prefix.network_address
    return templates


def _host(address: IPAddress) -> IPNetwork:
    return read_network(f"{address}/{address.max_prefixlen}")
