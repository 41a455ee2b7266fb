"""What a hub must hold, in words that belong to no vendor.

A connection method expands *into* these resources; a platform renders *from* them and parses *back
to* them. The set is closed: whoever handles a `Resource` matches every kind and ends in
`assert_never`.

All of it is plain, frozen and comparable by value. `origin` says where a resource was asked for and
takes no part in equality, so that what was wanted and what was read back compare with `==`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from ksz_netops.state.grammar import (
    Algorithms,
    ControllerName,
    DirectoryName,
    Fingerprint,
    InterfaceName,
    KeyAlgorithm,
    KeyBlob,
    Mac,
    ProfileName,
    SecretName,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.errors import Origin

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network
IPInterface: TypeAlias = IPv4Interface | IPv6Interface


def _in_order(resource: object, *names: str) -> None:
    """Gives the tuples called *names* one order, each value once: none has a meaning in its order.

    What was wanted and what a device lists in its own order are then equal.
    """
    for name in names:
        values = {repr(each): each for each in getattr(resource, name)}
        object.__setattr__(resource, name, tuple(values[key] for key in sorted(values)))


def _of_grammar(value: object, **grammars: type[Word]) -> None:
    """Makes each field of *value* the word that its grammar asks for; of a tuple, each item.

    Raises:
        ValueError: If a field does not fit.
    """
    for name, grammar in grammars.items():
        given = getattr(value, name)
        if isinstance(given, tuple):
            object.__setattr__(value, name, tuple(grammar(each) for each in given))
        elif given is not None:
            object.__setattr__(value, name, grammar(given))


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """Whose a resource is; its `token` stands on the device and makes the thing ours to change.

    Either one partner's connection (`KSZ-P01234-S1`), one partner (`KSZ-P01234`), or something that
    several share: the hub itself (`KSZ-HUB`) or an interconnect (`KSZ-NET-FEDMAN`).
    """

    token: str

    _FORM: ClassVar[re.Pattern[str]] = re.compile(
        r"KSZ-(?:(?P<partner>P[0-9]{5})(?:-(?P<connection>S[0-9]{1,2}))?|HUB|NET-[A-Z0-9]+(?:-[A-Z0-9]+)*)"
    )

    def __post_init__(self) -> None:
        if not self._FORM.fullmatch(self.token):
            message = f"not a token of ours: {self.token!r}"
            raise ValueError(message)

    @classmethod
    def of(cls, partner: str, connection: str | None = None) -> Owner:
        """The owner for partner *partner* (`P01234`), or for its *connection* (`S1`)."""
        return cls(f"KSZ-{partner}-{connection}" if connection else f"KSZ-{partner}")

    @classmethod
    def shared(cls, name: str) -> Owner:
        """The owner of a thing that several connections use, such as an interconnect."""
        return cls(f"KSZ-{name}")

    @classmethod
    def read(cls, text: str) -> Owner | None:
        """The owner that *text* from a device names, or None where it is not a token of ours."""
        return cls(text) if cls._FORM.fullmatch(text) else None

    @property
    def partner(self) -> str | None:
        """`P01234`, or None for what is shared."""
        match = self._FORM.fullmatch(self.token)
        return match["partner"] if match else None

    @property
    def connection(self) -> str | None:
        """`S1`, or None where it is not one connection's."""
        match = self._FORM.fullmatch(self.token)
        return match["connection"] if match else None

    def __str__(self) -> str:
        return self.token


# Where packets of a partner come in: a port of the hub, or the end of a tunnel.


@dataclass(frozen=True, slots=True, order=True)
class EthernetPort:
    """An Ethernet interface, or one VLAN of it."""

    interface: InterfaceName
    vlan: int | None = None

    def __post_init__(self) -> None:
        _of_grammar(self, interface=InterfaceName)

    def __str__(self) -> str:
        return self.interface if self.vlan is None else f"{self.interface}.{self.vlan}"


@dataclass(frozen=True, slots=True, order=True)
class E1Port:
    """A channel group on an E1 controller (G.704, structured: 64 kbit/s per timeslot)."""

    controller: ControllerName
    """Slot numbers as the device counts them, `0/1/0`."""
    channel_group: int = 0
    timeslots: tuple[int, int] | None = (1, 31)
    """First and last timeslot; None is unframed G.703 at 2048 kbit/s."""

    def __post_init__(self) -> None:
        _of_grammar(self, controller=ControllerName)

    def __str__(self) -> str:
        return f"E1 {self.controller}:{self.channel_group}"


@dataclass(frozen=True, slots=True, order=True)
class BundlePort:
    """Two E1 lines of one chassis as one link (MLPPP, RFC 1990)."""

    number: int
    members: tuple[E1Port, ...]
    """By slot, as numbers: their order has no meaning."""

    def __post_init__(self) -> None:
        ordered = sorted(self.members, key=lambda each: (_slot_of(each), each.channel_group))
        object.__setattr__(self, "members", tuple(ordered))

    def __str__(self) -> str:
        return f"bundle {self.number}"


def _slot_of(line: E1Port) -> tuple[int, ...]:
    return tuple(int(part) for part in line.controller.split("/"))


@dataclass(frozen=True, slots=True, order=True)
class TunnelEnd:
    """Our end of the tunnel with this *number*."""

    number: int

    def __str__(self) -> str:
        return f"tunnel {self.number}"


Port: TypeAlias = EthernetPort | E1Port | BundlePort
Way: TypeAlias = Port | TunnelEnd


class Protocol(StrEnum):
    """What an extranet service speaks; `ICMP` is the echo request alone."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


@dataclass(frozen=True, slots=True, order=True)
class Permit:
    """One thing a partner may reach."""

    destination: IPNetwork
    protocol: Protocol
    ports: tuple[int, int] | None = None
    """First and last destination port; None for ICMP, which has none."""

    def __str__(self) -> str:
        if self.ports is None:
            return f"{self.protocol} {self.destination}"
        first, last = self.ports
        ports = str(first) if first == last else f"{first}-{last}"
        return f"{self.protocol} {self.destination} port {ports}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoProfile:
    """What both ends of a tunnel must negotiate; names of algorithms as strongSwan writes them."""

    name: ProfileName
    ike_proposals: tuple[Algorithms, ...]
    """In order of preference."""
    esp_proposals: tuple[Algorithms, ...]
    """In order of preference; each holds a Diffie-Hellman group, so that a rekey has PFS."""
    ike_lifetime_s: int
    esp_lifetime_s: int

    def __post_init__(self) -> None:
        _of_grammar(self, name=ProfileName, ike_proposals=Algorithms, esp_proposals=Algorithms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A pre-shared key by name; what it is stays in the vault and on the device."""

    name: SecretName = field(compare=False)
    fingerprint: Fingerprint
    """Equal keys, equal fingerprints."""

    def __post_init__(self) -> None:
        _of_grammar(self, name=SecretName, fingerprint=Fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseAddresses:
    """The hub's own addresses, which its operator sets; the audit judges them.

    They are not provisioned: whoever sets the address by which a hub is reached can lose it.
    """

    ports: tuple[tuple[EthernetPort, tuple[IPInterface, ...]], ...] = ()
    gateway: IPAddress | None = None
    """By which the internet is reached; None where nothing is said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Perimeter:
    """The filter's frame on a hub: which side is which, and what all partners have in common."""

    kind: ClassVar[str] = "perimeter"

    owner: Owner
    management: EthernetPort
    management_sources: tuple[IPNetwork, ...] = ()
    """From where the hub may be managed; empty admits every source on the management port."""
    extranet: EthernetPort | None = None
    """The port towards the extranet services; None on a file server, which forwards nothing."""
    extranet_prefixes: tuple[IPNetwork, ...] = ()
    internet: EthernetPort | None = None
    """The port on which tunnels and SFTP arrive; None where the hub has lines only."""
    file_service: bool = False
    """Whether SFTP is offered on the internet port."""
    base: BaseAddresses | None = field(default=None, compare=False, repr=False)
    """Judged and not provisioned; None in what was read back."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "management_sources", "extranet_prefixes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Where a line, a circuit or an interconnect meets the hub."""

    kind: ClassVar[str] = "handoff"

    owner: Owner
    port: Port
    addresses: tuple[IPInterface, ...]
    """The hub's own addresses on the link."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "addresses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One way towards a partner over a handoff."""

    port: Port
    next_hop: IPAddress
    """The partner's address on the link."""
    preference: int = 10
    """Lower is better; equal preferences share the load."""
    layer2: Mac | None = None
    """The next hop's MAC address, whoever else claims to have it; None has the hub ask for it."""

    def __post_init__(self) -> None:
        _of_grammar(self, layer2=Mac)

    def __str__(self) -> str:
        bound = "" if self.layer2 is None else f" at {self.layer2}"
        return f"{self.next_hop}{bound} over {self.port} at preference {self.preference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to an official address; discarded where no hop is alive, never sent elsewhere."""

    kind: ClassVar[str] = "route"

    owner: Owner
    official: IPAddress
    hops: tuple[Hop, ...]
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "hops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """An IKEv2 tunnel with one child SA per extranet prefix, and with it the way to the partner.

    Traffic to `official` outside the tunnel is discarded, also while the tunnel is down.
    """

    kind: ClassVar[str] = "tunnel"

    owner: Owner
    number: int
    """1 to 65534, unique on the hub; the platform derives reqid or interface from it."""
    local: IPAddress
    peer: IPAddress
    local_prefixes: tuple[IPNetwork, ...]
    official: IPAddress
    crypto: CryptoProfile
    secret: Secret
    preference: int = 10
    """Against other ways of the same partner; lower is better."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "local_prefixes")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """Where one partner's packets are let in, and what else they must bear."""

    way: Way
    layer2: Mac | None = None
    """On a shared handoff the sender's MAC address; None asks for none."""

    def __post_init__(self) -> None:
        _of_grammar(self, layer2=Mac)

    def __str__(self) -> str:
        return str(self.way) if self.layer2 is None else f"{self.way} from {self.layer2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFilter:
    """All that a connection admits: these permits, from this one address, by these entries."""

    kind: ClassVar[str] = "filter"

    owner: Owner
    official: IPAddress
    entries: tuple[Entry, ...]
    permits: tuple[Permit, ...]
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "entries", "permits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaper:
    """The contracted rate of a connection, both ways."""

    kind: ClassVar[str] = "shaper"

    owner: Owner
    number: int
    """1 to 65534, unique on the hub; the platform derives class or policy from it."""
    official: IPAddress
    rates_kbps: tuple[tuple[Way, int], ...]
    """Towards the partner, for each way its own rate; from the partner, their sum."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _in_order(self, "rates_kbps")


@dataclass(frozen=True, slots=True, order=True)
class SshKey:
    """A public key as `authorized_keys` writes it, without options or comment."""

    algorithm: KeyAlgorithm
    blob: KeyBlob

    def __post_init__(self) -> None:
        _of_grammar(self, algorithm=KeyAlgorithm, blob=KeyBlob)

    def __str__(self) -> str:
        return f"{self.algorithm} {self.blob}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpAccount:
    """An account on the file server that opens with these keys from one address only."""

    kind: ClassVar[str] = "sftp_account"

    owner: Owner
    number: int
    """The partner's number times 100 plus the connection's; the user id derives from it."""
    official: IPAddress
    keys: tuple[SshKey, ...]
    directories: tuple[DirectoryName, ...]
    """Below the account's root; the partner may write in each."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _of_grammar(self, directories=DirectoryName)
        _in_order(self, "keys", "directories")


Resource: TypeAlias = Perimeter | Handoff | Route | Tunnel | PartnerFilter | Shaper | SftpAccount

KINDS: tuple[type[Resource], ...] = (
    Perimeter,
    Handoff,
    Route,
    Tunnel,
    PartnerFilter,
    Shaper,
    SftpAccount,
)


@dataclass(frozen=True, slots=True, order=True)
class ResourceKey:
    """What names a resource on a hub: its kind and its owner, and for a handoff the port."""

    kind: str
    token: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.token}" + (f" on {self.detail}" if self.detail else "")


def key_of(resource: Resource) -> ResourceKey:
    """The key of *resource*; a connection has one of each kind, but a handoff for each port."""
    detail = str(resource.port) if isinstance(resource, Handoff) else ""
    return ResourceKey(resource.kind, resource.owner.token, detail)


@dataclass(frozen=True, slots=True, order=True)
class Stray:
    """Something in our territory on a device that no resource explains.

    What cannot be parsed is a stray too: unparsed is not equal.
    """

    statement: str
    """As the platform writes it in its configuration, secrets masked."""
    reason: str
    """Why no resource explains it, for a person to read."""
    token: str | None = None
    """The token found on it, if any."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Unread:
    """A part of a hub that could not be read, and why."""

    part: str
    """In a person's words: `the filter`."""
    kinds: tuple[str, ...]
    """The kinds of resources that it holds, wholly or in part."""
    code: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The resources that a hub holds or must hold; desired and read back have this same type."""

    resources: tuple[Resource, ...]
    strays: tuple[Stray, ...] = ()
    """Always empty in a desired state."""
    unread: tuple[Unread, ...] = ()
    """What could not be read; nothing is known about its kinds. Empty in a desired state."""
    unconfirmed: tuple[Unread, ...] = field(default=(), compare=False)
    """What was read from the hub's files alone, since the daemon that uses them is silent."""

    @classmethod
    def of(
        cls,
        resources: Iterable[Resource],
        strays: Iterable[Stray] = (),
        unread: Iterable[Unread] = (),
        unconfirmed: Iterable[Unread] = (),
    ) -> DeviceState:
        """A state of *resources* in their canonical order.

        Raises:
            ValueError: If two resources have the same key.
        """
        ordered = tuple(sorted(resources, key=key_of))
        keys = [key_of(resource) for resource in ordered]
        for earlier, later in itertools.pairwise(keys):
            if earlier == later:
                message = f"two resources are called {later}"
                raise ValueError(message)
        return cls(
            ordered, tuple(sorted(strays)), tuple(sorted(unread)), tuple(sorted(unconfirmed))
        )

    def doubted(self, kind: str) -> Unread | None:
        """What is not known for certain about resources of *kind*; None where all is."""
        doubts = (each for each in (*self.unread, *self.unconfirmed) if kind in each.kinds)
        return next(doubts, None)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def by_key(self) -> dict[ResourceKey, Resource]:
        """The resources by their keys."""
        return {key_of(resource): resource for resource in self.resources}

    def of_partner(self, partner: str) -> tuple[Resource, ...]:
        """The resources that *partner* (`P01234`) owns."""
        return tuple(each for each in self.resources if each.owner.partner == partner)
