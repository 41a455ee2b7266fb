"""What both parties agreed, as values: taken from the resources that the hubs must hold.

Nothing here is typed a second time, so the pack and the hubs cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion
from ksz_netops.inventory.desired import desired_state
from ksz_netops.state.resources import (
    BundlePort,
    E1Port,
    Handoff,
    PartnerFilter,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from ksz_netops.intent.models import Connection, Helpdesk, Intent, Partner
    from ksz_netops.state.resources import (
        CryptoProfile,
        DeviceState,
        IPAddress,
        IPInterface,
        IPNetwork,
        Permit,
        Port,
        Resource,
        Secret,
        SshKey,
    )

MSS: Final = {4: 1360, 6: 1340}
"""Largest TCP segment that fits into the tunnel over any access line, by IP version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelFacts:
    """One IPsec tunnel, as both ends must configure it."""

    connection: str
    hub: str
    hub_address: IPAddress
    """Also the hub's IKE identity."""
    peer: IPAddress
    """The partner's gateway on the internet; also its IKE identity."""
    official: IPAddress
    """The partner's traffic selector, as a /32 or /128."""
    prefixes: tuple[IPNetwork, ...]
    """The extranet's traffic selectors; each has a child SA of its own."""
    profile: CryptoProfile
    key: Secret
    capacity_kbps: int

    @property
    def mss(self) -> int:
        """The TCP segment size to clamp to, in octets."""
        return MSS[self.official.version]

    @property
    def is_gateway_official(self) -> bool:
        """Whether the gateway itself has the official address."""
        return self.peer == self.official


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """One way without encryption: a line, a circuit, or a place on an interconnect."""

    connection: str
    hub: str
    port: Port
    hub_addresses: tuple[IPInterface, ...]
    partner_address: IPAddress
    """The partner's router: the hub's next hop towards the official address."""
    preference: int
    """Among the ways of this partner on this hub, the lowest is used first."""
    rate_kbps: int
    mac: str | None
    """The only MAC address from which the hub accepts this partner; None accepts any."""

    @property
    def is_e1(self) -> bool:
        """Whether it is one E1 line or a bundle of them."""
        return isinstance(self.port, E1Port | BundlePort)


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpFacts:
    """One account on the file server."""

    connection: str
    server: str
    addresses: tuple[IPAddress, ...]
    """The server's addresses of the official address's IP version."""
    user: str
    keys: tuple[SshKey, ...]
    directories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """One extranet service that the partner may use."""

    name: str
    permits: tuple[Permit, ...]
    authorisation: str
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a partner's pack says."""

    partner: str
    name: str
    official: IPAddress
    helpdesk: Helpdesk
    services: tuple[ServiceFacts, ...]
    """Only those whose authorisation holds on the day of the pack."""
    tunnels: tuple[TunnelFacts, ...] = ()
    lines: tuple[LineFacts, ...] = ()
    accounts: tuple[SftpFacts, ...] = ()
    prefixes: tuple[IPNetwork, ...] = ()
    """The extranet's prefixes of the official address's IP version."""


def gather(intent: Intent, partner_id: str, *, secrets: Mapping[str, Secret], on: date) -> Facts:
    """The facts of one partner on the day *on*.

    Args:
        intent: The inventory.
        partner_id: `P00012`.
        secrets: Names and fingerprints of the vault.
        on: The day by which flows are open or closed.

    Raises:
        IntentError: If there is no such partner, or the vault lacks its key.
    """
    partners = {partner.id: partner for partner in intent.partners}
    if partner_id not in partners:
        what, fix = f"there is no partner '{partner_id}'", suggestion(partner_id, partners)
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    partner = partners[partner_id]
    hubs = sorted({hub for connection in partner.connections for hub in connection.hubs()})
    states = {hub: desired_state(intent, hub, secrets=secrets, on=on) for hub in hubs}
    family = partner.official_ip.version
    return Facts(
        partner=partner.id,
        name=partner.name,
        official=partner.official_ip,
        helpdesk=partner.helpdesk,
        services=tuple(_services(intent, partner, on)),
        tunnels=tuple(each for hub in hubs for each in _tunnels(hub, states[hub], partner_id)),
        lines=tuple(each for hub in hubs for each in _lines(hub, states[hub], partner_id)),
        accounts=tuple(
            each for hub in hubs for each in _accounts(intent, hub, states[hub], partner_id)
        ),
        prefixes=tuple(each for each in intent.extranet.prefixes if each.version == family),
    )


def _services(intent: Intent, partner: Partner[Connection], on: date) -> Iterator[ServiceFacts]:
    for flow in partner.flows:
        if flow.open_on(on):
            service = intent.extranet.services[flow.to]
            yield ServiceFacts(
                name=flow.to,
                permits=tuple(service.permits(partner.official_ip.version)),
                authorisation=flow.authorisation,
                until=flow.until,
            )


def _tunnels(hub: str, state: DeviceState, partner: str) -> Iterator[TunnelFacts]:
    own = state.of_partner(partner)
    rates = _rates(own)
    for resource in own:
        if isinstance(resource, Tunnel):
            yield TunnelFacts(
                connection=resource.owner.connection or "",
                hub=hub,
                hub_address=resource.local,
                peer=resource.peer,
                official=resource.official,
                prefixes=resource.local_prefixes,
                profile=resource.crypto,
                key=resource.secret,
                capacity_kbps=rates[str(TunnelEnd(resource.number))],
            )


def _lines(hub: str, state: DeviceState, partner: str) -> Iterator[LineFacts]:
    own = state.of_partner(partner)
    rates = _rates(own)
    addresses = {each.port: each.addresses for each in state if isinstance(each, Handoff)}
    macs = {
        entry.way: entry.layer2
        for each in own
        if isinstance(each, PartnerFilter)
        for entry in each.entries
    }
    for resource in own:
        if not isinstance(resource, Route):
            continue
        for hop in resource.hops:
            yield LineFacts(
                connection=resource.owner.connection or "",
                hub=hub,
                port=hop.port,
                hub_addresses=tuple(
                    each
                    for each in addresses.get(hop.port, ())
                    if each.version == hop.next_hop.version and hop.next_hop in each.network
                ),
                partner_address=hop.next_hop,
                preference=hop.preference,
                rate_kbps=rates[str(hop.port)],
                mac=macs.get(hop.port),
            )


def _rates(own: tuple[Resource, ...]) -> dict[str, int]:
    """The contracted rates towards the partner, by the name of the way."""
    return {
        str(way): rate for each in own if isinstance(each, Shaper) for way, rate in each.rates_kbps
    }


def _accounts(intent: Intent, hub: str, state: DeviceState, partner: str) -> Iterator[SftpFacts]:
    internet = intent.hubs[hub].internet
    for resource in state.of_partner(partner):
        if isinstance(resource, SftpAccount) and internet is not None:
            yield SftpFacts(
                connection=resource.owner.connection or "",
                server=hub,
                addresses=tuple(
                    each.ip
                    for each in internet.addresses
                    if each.version == resource.official.version
                ),
                user=resource.owner.token.lower(),
                keys=resource.keys,
                directories=resource.directories,
            )
