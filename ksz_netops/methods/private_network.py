"""Private network: a network that has an interconnect with the hub and serves its members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, assert_never

from pydantic import AfterValidator, WithJsonSchema

from ksz_netops.errors import Problem, UnsupportedError
from ksz_netops.intent.models import Connection, Separation
from ksz_netops.intent.models.line import Link, port_claim
from ksz_netops.intent.models.surroundings import Claim, LinkNetwork
from ksz_netops.intent.models.values import Address, MacAddress, Rate, Vlan
from ksz_netops.intent.note.catalogue import PRIVATE_NETWORKS
from ksz_netops.intent.words import Violation, refusal, shown, suggestion
from ksz_netops.state.resources import (
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Route,
    Shaper,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.hub import Attachment
    from ksz_netops.intent.models.surroundings import Ground
    from ksz_netops.state.resources import IPAddress, Resource


def _network(value: str) -> str:
    if value not in PRIVATE_NETWORKS:
        what = f"private network {shown(value)} has no interconnect with the extranet"
        raise refusal(code="KSZ154", what=what, fix=suggestion(value, PRIVATE_NETWORKS))
    return value


NetworkName = Annotated[
    str,
    AfterValidator(_network),
    WithJsonSchema({"type": "string", "enum": list(PRIVATE_NETWORKS)}),
]

_NEEDED = {
    Separation.LAYER2: ("next_hop", "mac"),
    Separation.SUBINTERFACE: ("vlan", "link"),
    Separation.CARRIER: ("next_hop",),
}
"""What a partner on an interconnect must say, by how its partners are told apart."""


class PrivateNetwork(Connection):
    """Membership of a private network that is connected to the extranet."""

    title: ClassVar[str] = "private network"
    example: ClassVar[Mapping[str, Any]] = {
        "id": "S1",
        "method": "private_network",
        "network": "FedMan",
        "hub": "hub-1",
        "attachment": "fedman0",
        "capacity_kbps": 2000,
        "next_hop": "192.0.2.2",
        "mac": "02:00:5e:00:53:01",
        "vlan": 100,
        "link": {"hub": "192.0.2.1/30", "partner": "192.0.2.2"},
    }

    method: Literal["private_network"]
    network: NetworkName
    hub: str
    attachment: str
    """The interconnect on the hub, a name in the hub's file."""
    capacity_kbps: Rate
    """What the partner may use of the interconnect."""
    next_hop: Address | None = None
    """The partner's router on the interconnect, unless the partner has a VLAN of its own."""
    mac: MacAddress | None = None
    """The router's MAC address, where the partners are told apart by it."""
    vlan: Vlan | None = None
    """The partner's own VLAN, where each has one."""
    link: Link | None = None
    """The addresses on the partner's own VLAN."""

    def hubs(self) -> frozenset[str]:
        """The hub of the interconnect."""
        return frozenset({self.hub})

    def precedence(self) -> dict[str, tuple[int, ...]]:
        """One way, over the interconnect."""
        return {self.hub: (self.preference,)}

    def resources(self, site: Site) -> Iterator[Resource]:
        """The interconnect's handoff or the partner's own, a route, a filter and a rate."""
        owner = site.owner(self)
        attachment = site.hub.attachments[self.attachment]
        if attachment.interface is None:
            what = f"attachment '{self.attachment}' of {site.hub_name} has no interface"
            fix = "name one in the hub's file"
            raise UnsupportedError(Problem(code="KSZ170", what=what, fix=fix, origin=site.origin))
        port = EthernetPort(attachment.interface, self.vlan)
        if self.link is not None:
            yield Handoff(owner=owner, port=port, addresses=(self.link.hub,), origin=site.origin)
        else:
            shared = Owner.shared(f"NET-{self.network.upper()}")
            yield Handoff(
                owner=shared, port=port, addresses=attachment.addresses, origin=site.origin
            )
        router = self._router()
        hops = (
            ()
            if router is None
            else (
                Hop(
                    port=port,
                    next_hop=router,
                    preference=self.preference,
                    layer2=self.mac,
                ),
            )
        )
        yield Route(owner=owner, official=site.official, hops=hops, origin=site.origin)
        yield PartnerFilter(
            owner=owner,
            official=site.official,
            entries=(Entry(way=port, layer2=self.mac),),
            permits=site.permits,
            origin=site.origin,
        )
        yield Shaper(
            owner=owner,
            number=site.number(self),
            official=site.official,
            rates_kbps=((port, self.capacity_kbps),),
            origin=site.origin,
        )

    def _router(self) -> IPAddress | None:
        return self.link.partner if self.link else self.next_hop

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """What does not fit the interconnect."""
        yield from ground.unknown_hub(self.hub)
        yield from ground.unknown_attachment(self.hub, self.attachment, network=self.network)
        attachment = ground.attachment(self.hub, self.attachment)
        if attachment is None or attachment.network != self.network:
            return
        yield from self._unseparated(attachment)
        router = self._router()
        path = ("link", "partner") if self.link else ("next_hop",)
        if router is None:
            return
        if ground.family and router.version != ground.family:
            what = f"official_ip {ground.official} is IPv{ground.family}, the next hop is not"
            fix = f"give the IPv{ground.family} address of the partner's router"
            yield Violation(code="KSZ171", what=what, fix=fix, path=path)
        elif self.link is None:
            yield from self._off_the_interconnect(attachment, router)

    def _unseparated(self, attachment: Attachment) -> Iterator[Violation]:
        """What is missing or too much for the way in which partners are told apart."""
        separation = attachment.separation
        if separation is None:
            return
        for key in ("next_hop", "mac", "vlan", "link"):
            given = getattr(self, key) is not None
            needed = key in _NEEDED[separation]
            if given == needed:
                continue
            match separation:
                case Separation.LAYER2:
                    how = "by the MAC addresses of their routers"
                case Separation.SUBINTERFACE:
                    how = "by a VLAN for each"
                case Separation.CARRIER:
                    how = "by the network's operator"
                case _:
                    assert_never(separation)
            what = f"the partners on '{self.attachment}' are told apart {how}"
            if needed:
                yield Violation(
                    code="KSZ174", what=f"{what}; `{key}` is missing", fix=f"add `{key}:`"
                )
            else:
                what = f"{what}; `{key}` has no place here"
                yield Violation(code="KSZ174", what=what, fix="delete it", path=(key,))

    def _off_the_interconnect(
        self, attachment: Attachment, router: IPAddress
    ) -> Iterator[Violation]:
        """A next hop that the interconnect cannot reach."""
        networks = [each.network for each in attachment.addresses]
        if any(router == each.ip for each in attachment.addresses):
            what = f"next_hop {router} is the hub's own address"
            fix = "give the address of the partner's router"
        elif not any(router in network for network in networks):
            what = f"next_hop {router} is not on the interconnect"
            fix = f"give an address of {', '.join(str(network) for network in networks)}"
        else:
            return
        yield Violation(code="KSZ172", what=what, fix=fix, path=("next_hop",))

    def claims(self, ground: Ground) -> Iterator[Claim]:
        """Its VLAN, or its router on the interconnect."""
        attachment = ground.attachment(self.hub, self.attachment)
        if attachment is None or attachment.network != self.network:
            return
        if self.vlan is not None:
            yield port_claim(self.hub, attachment, self.vlan)
        for key, kind, code in (("next_hop", "next hop", "KSZ172"), ("mac", "MAC", "KSZ173")):
            value = getattr(self, key)
            if value is not None:
                yield Claim(
                    kind=f"{kind} on {self.attachment}",
                    value=value,
                    code=code,
                    fix="give each partner its own router on the interconnect",
                    path=(key,),
                    hub=self.hub,
                )

    def networks(self) -> Iterator[LinkNetwork]:
        """That of the partner's own VLAN."""
        if self.link is not None:
            yield LinkNetwork(hub=self.hub, address=self.link.hub, path=("link", "hub"))
