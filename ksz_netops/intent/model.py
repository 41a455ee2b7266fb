"""What the files of an inventory may say, as types.

A partner's connections are an open set: `Connection` is their common part, each file in `methods/`
adds one kind, and `Partner` is generic in what a connection may be, so that this module knows none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_network
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress

from ksz_netops.resources import Owner, Permit, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.errors import Origin
    from ksz_netops.resources import IPAddress, Resource, Secret

PartnerId = Annotated[str, Field(pattern=r"^P\d{5}$")]
ConnectionId = Annotated[str, Field(pattern=r"^S[1-9]\d?$")]
Number = Annotated[int, Field(ge=1, le=65534)]


class IntentModel(BaseModel):
    """Refuses unknown keys and never changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Helpdesk(IntentModel):
    """The partner's technical contact; the note makes it a condition of every connection."""

    name: str
    email: str
    phone: str
    hours: str
    languages: tuple[str, ...]


class Flow(IntentModel):
    """A partner's authorised access to one extranet service."""

    to: str
    """Name of a service in `extranet.yml`."""
    authorisation: str
    """Reference of the authorisation that opened it."""
    until: date | None = None
    """Last day on which the flow is rendered."""


class Connection(IntentModel):
    """One way in that a partner has; each method adds what it needs to know."""

    title: ClassVar[str]
    """The method as people call it."""

    id: ConnectionId
    number: Number | None = None
    """For tunnel, class and sequence numbers on the hub; the partner's own number where absent."""
    preference: Annotated[int, Field(ge=1, le=200)] = 10
    """Among the partner's connections, lower is used first."""

    def hubs(self) -> frozenset[str]:
        """The names of the hubs on which this connection has something."""
        raise NotImplementedError

    def resources(self, site: Site) -> Iterator[Resource]:
        """What *site.hub* must hold for this connection.

        Raises:
            UnsupportedError: If the hub's attachment cannot carry it.
        """
        raise NotImplementedError


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class Partner(IntentModel, Generic[ConnectionT]):
    """An organisation that shows up on the extranet with exactly one address."""

    id: PartnerId
    name: str
    """Shown to people, never sent to a device."""
    sector: str
    official_ip: IPvAnyAddress
    helpdesk: Helpdesk
    connections: tuple[ConnectionT, ...]
    flows: tuple[Flow, ...] = ()

    @property
    def number(self) -> int:
        """1 to 65534, from the id."""
        return int(self.id[1:])


class Service(IntentModel):
    """An application behind the hubs."""

    description: str = ""
    destinations: tuple[IPvAnyAddress | IPv4Network | IPv6Network, ...]
    protocol: Protocol
    ports: tuple[int | str, ...] = ()
    """Numbers or ranges such as `8000-8010`; none for ICMP."""

    def permits(self, family: int) -> Iterator[Permit]:
        """What a partner of IP version *family* (4 or 6) may reach."""
        destinations = [ip_network(str(each)) for each in self.destinations]
        for destination in destinations:
            if destination.version != family:
                continue
            if self.protocol is Protocol.ICMP:
                yield Permit(destination, self.protocol)
            for ports in self.ports:
                first, _, last = str(ports).partition("-")
                yield Permit(destination, self.protocol, (int(first), int(last or first)))


class Extranet(IntentModel):
    """What stands behind the hubs, the same for all partners: `extranet.yml`."""

    lab: bool = False
    """Admits documentation and private addresses: for rehearsal, never for production."""
    prefixes: tuple[IPv4Network | IPv6Network, ...]
    services: dict[str, Service]


class Side(IntentModel):
    """A port of the hub with its own addresses."""

    interface: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...]


class InternetSide(Side):
    """The port on which tunnels and SFTP arrive."""

    uplink_kbps: int
    """What all tunnels of the hub together may be sold."""
    gateway: IPvAnyAddress | None = None


class Management(IntentModel):
    """How the hub is reached by those who configure it."""

    address: str
    port: int = 22
    user: str
    private_key: str
    """File of the SSH key, from the inventory's folder."""
    known_hosts: str
    """File of the host keys that are trusted, from the inventory's folder."""
    interface: str
    sources: tuple[IPv4Network | IPv6Network, ...] = ()


class Separation(StrEnum):
    """How partners that share an interconnect are told apart."""

    LAYER2 = "layer2"
    """Each is bound to the MAC address of its router."""
    SUBINTERFACE = "subinterface"
    """Each has a VLAN of its own."""
    CARRIER = "carrier"
    """The network operator enforces it; our filter cannot."""


class Attachment(IntentModel):
    """A place on the hub where a line or an interconnect can be attached."""

    interface: str | None = None
    """An Ethernet interface; this or `controller`."""
    controller: str | None = None
    """An E1 controller, `0/1/0`."""
    network: str | None = None
    """For an interconnect, the private network it belongs to."""
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()
    """For an interconnect, the hub's own addresses on it."""
    separation: Separation | None = None
    """For an interconnect, how its partners are told apart."""


class Hub(IntentModel):
    """A device of ours that terminates connections: `host_vars/<name>.yml`, below `ksz_hub`."""

    platform: str
    management: Management
    extranet: Side | None = None
    internet: InternetSide | None = None
    attachments: dict[str, Attachment] = {}
    file_service: bool = False
    """Whether it is the file server that SFTP partners use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A whole inventory, valid in itself."""

    extranet: Extranet
    hubs: Mapping[str, Hub]
    partners: tuple[Partner[Connection], ...]
    """In the order of their ids."""
    origins: Mapping[tuple[str, ...], Origin] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Where things were said: `(partner id,)`, `(partner id, connection id)`, `("hub", name)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """All that a connection needs to know to say what one hub must hold for it."""

    partner: Partner[Connection]
    hub_name: str
    hub: Hub
    extranet: Extranet
    permits: tuple[Permit, ...]
    """What the partner's flows open on the day the state is for."""
    secrets: Mapping[str, Secret]
    """Pre-shared keys by name; their fingerprints only."""
    origin: Origin | None = None

    @property
    def official(self) -> IPAddress:
        """The partner's one address."""
        return self.partner.official_ip

    def owner(self, connection: Connection) -> Owner:
        """The owner of what *connection* needs."""
        return Owner.of(self.partner.id, connection.id)

    def number(self, connection: Connection) -> int:
        """The number of *connection* on the hub."""
        return connection.number or self.partner.number
