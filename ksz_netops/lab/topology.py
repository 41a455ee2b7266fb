"""What the lab consists of, as values: hosts, their links, addresses and routes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Interface, ip_network
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem

if TYPE_CHECKING:
    from ipaddress import IPv4Address

    from ksz_netops.state.resources import (
        EthernetPort,
        IPAddress,
        IPInterface,
        IPNetwork,
        Permit,
        SftpAccount,
        Tunnel,
    )

INTERNET: Final = "internet"
"""The router between everything on the internet, and the segment it stands on."""
EXTRANET: Final = "extranet"
"""The host that plays every extranet service, and the segment it stands on."""
MANAGEMENT: Final = "management"
"""The segment from which the hubs are managed; the sandbox itself is the station on it."""

STATION: Final = IPv4Interface("198.18.0.1/15")
"""The station's address, out of the prefix that RFC 2544 sets aside for laboratories."""


class Role(StrEnum):
    """What a host is in the lab."""

    HUB = "hub"
    SITE = "partner site"
    EXTRANET = "extranet services"
    INTERNET = "internet router"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An interface of a host, plugged into a segment."""

    interface: str
    segment: str
    mac: str
    vlan: int | None = None
    """The VLAN that bears the addresses, on a device of its own."""
    addresses: tuple[IPInterface, ...] = ()
    up: bool = True

    @property
    def device(self) -> str:
        """The device that bears the addresses."""
        return self.interface if self.vlan is None else f"{self.interface}.{self.vlan}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """A route of a host; several gateways share the load."""

    prefix: IPNetwork
    gateways: tuple[tuple[IPAddress | None, str], ...]
    """Each a next hop and the device to it; no next hop where the destination is on the link."""
    source: IPAddress | None = None
    metric: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine of the lab, as it is when its power is switched on."""

    name: str
    role: Role
    links: tuple[Link, ...]
    loopback: tuple[IPAddress, ...] = ()
    routes: tuple[StaticRoute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The far end of a handoff, as the site sees it."""

    port: EthernetPort
    gateway: IPAddress
    """The hub's address on the link."""
    address: IPInterface
    """The site's own."""
    layer2: str | None
    """The site's MAC address where the hub asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One way of a partner towards a hub: a line or a tunnel."""

    token: str
    hub: str
    preference: int
    device: str
    """The site's device whose packets take this way."""
    rate_kbps: int | None
    """Towards the partner."""
    rate_up_kbps: int | None
    """From the partner, over all ways of the connection."""
    end: Line | Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the proofs must know of a partner's site; the host of the same name plays it."""

    partner: str
    official: IPAddress
    uplinks: tuple[Uplink, ...]
    """The one used first stands first."""
    permits: tuple[Permit, ...]
    accounts: tuple[tuple[str, SftpAccount], ...]
    """With the file server that holds each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where an operator finds a hub's management on the machine, and where it leads."""

    hub: str
    address: str
    port: int
    inside: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The whole lab as a value; two equal topologies are the same lab."""

    hosts: tuple[Host, ...]
    sites: tuple[Site, ...]
    doors: tuple[Door, ...]
    services: tuple[Permit, ...]
    """What the extranet host answers, each destination one address."""
    prefixes: tuple[IPNetwork, ...]

    def host(self, name: str) -> Host:
        """The host called *name*.

        Raises:
            LabError: If there is none.
        """
        for host in self.hosts:
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise LabError(
            Problem(code="KSZ505", what=f"the lab has no host {name}", fix=f"name one of: {names}")
        )

    def site(self, partner: str) -> Site:
        """The site of *partner*.

        Raises:
            LabError: If the partner has no way to a hub of this lab.
        """
        for site in self.sites:
            if site.partner == partner:
                return site
        names = ", ".join(site.partner for site in self.sites)
        raise LabError(
            Problem(
                code="KSZ505",
                what=f"partner {partner} has no site in the lab",
                fix=f"name one of: {names}",
            )
        )

    def link(self, host: str, device: str) -> Link:
        """The link of *host* whose addresses *device* bears."""
        return next(link for link in self.host(host).links if link.device == device)


def mac_of(host: str, interface: str) -> str:
    """A locally administered MAC address that is the same in every lab."""
    digest = hashlib.sha256(f"{host}/{interface}".encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0x02, *digest[:5]))


def handoff_segment(hub: str, interface: str) -> str:
    """The segment on which *interface* of *hub* meets lines or an interconnect."""
    return f"{hub}/{interface}"


def everything(family: IPAddress) -> IPNetwork:
    """The default route's prefix in the family of an address."""
    return ip_network("0.0.0.0/0" if family.version == 4 else "::/0")  # noqa: PLR2004 - IP version
