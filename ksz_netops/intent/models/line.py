"""A line: where an operator hands it over, at what rate, and the link addresses on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    StrictInt,
    WithJsonSchema,
    model_validator,
)

from ksz_netops.errors import Problem, UnsupportedError
from ksz_netops.intent.models.extranet import IntentModel
from ksz_netops.intent.models.surroundings import Claim, LinkNetwork
from ksz_netops.intent.models.values import Address, Flag, Interface, Rate, Title, Vlan
from ksz_netops.intent.words import Violation, refusal, shown
from ksz_netops.state.resources import E1Port, EthernetPort, Handoff, Hop, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.hub import Attachment
    from ksz_netops.intent.models.surroundings import Ground
    from ksz_netops.intent.words import Path

TIMESLOT_KBPS: Final = 64
UNFRAMED_KBPS: Final = 2048
_LAST_TIMESLOT: Final = 31


class Delivery(StrEnum):
    """How a line reaches the hub."""

    ETHERNET = "ethernet"
    E1 = "e1"
    """G.703; structured by G.704 unless `unframed`."""


def _timeslots(value: object) -> tuple[int, int]:
    if isinstance(value, tuple | list) and len(value) == 2:  # noqa: PLR2004 - first and last
        value = f"{value[0]}-{value[1]}"
    found = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", value) if isinstance(value, str) else None
    if not found:
        what = f"{shown(value)} is not a range of timeslots"
        raise refusal(code="KSZ141", what=what, fix=f"write it as 1-{_LAST_TIMESLOT}")
    first, last = int(found[1]), int(found[2])
    if first == 0:
        raise refusal(
            code="KSZ141", what="timeslot 0 carries the framing", fix="begin at timeslot 1"
        )
    if not first <= last <= _LAST_TIMESLOT:
        what = f"{value} is not a range of timeslots"
        raise refusal(
            code="KSZ141", what=what, fix=f"stay within 1-{_LAST_TIMESLOT}, first before last"
        )
    return first, last


Timeslots = Annotated[
    tuple[int, int],
    BeforeValidator(_timeslots),
    PlainSerializer(lambda slots: f"{slots[0]}-{slots[1]}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+-\d+$", "examples": ["1-31"]}),
]


class Link(IntentModel):
    """The two addresses on a line."""

    hub: Interface
    """Ours, with the prefix length of the link."""
    partner: Address
    """The partner's router: the next hop towards the official address."""

    @model_validator(mode="after")
    def _both_are_on_the_link(self) -> Link:
        network = self.hub.network
        if self.partner.version != network.version or self.partner not in network:
            what = f"{self.partner} is not on the link {network}"
            raise refusal(
                code="KSZ172", what=what, fix="give an address of that prefix", at=("partner",)
            )
        for key, address in (("hub", self.hub.ip), ("partner", self.partner)):
            ends = {network.network_address}
            if network.version == 4:  # noqa: PLR2004 - IPv6 has no broadcast
                ends.add(network.broadcast_address)
            if address in ends and network.num_addresses > len(ends):
                what = f"{address} is the first or last address of {network}"
                raise refusal(code="KSZ172", what=what, fix="give an address of a host", at=(key,))
        if self.partner == self.hub.ip:
            what = f"{self.partner} is the hub's own address"
            raise refusal(
                code="KSZ172", what=what, fix="give the partner's address", at=("partner",)
            )
        return self


class Line(IntentModel):
    """One line or circuit between the partner and a hub."""

    example: ClassVar[Mapping[str, Any]] = {
        "hub": "hub-1",
        "attachment": "line1",
        "circuit": "-",
        "rate_kbps": 2000,
        "link": {"hub": "192.0.2.1/30", "partner": "192.0.2.2"},
    }

    hub: str
    attachment: str
    """Where on the hub it is attached, a name in the hub's file."""
    circuit: Title
    """The operator's reference of the circuit."""
    delivery: Delivery | None = None
    """How it was delivered, where that is not what the operator usually does."""
    rate_kbps: Rate
    """The contracted rate of the circuit; never assumed."""
    vlan: Vlan | None = None
    timeslots: Timeslots | None = None
    """On E1, first and last timeslot; 1-31 where absent."""
    unframed: Flag = False
    """On E1, G.703 at 2048 kbit/s without timeslots."""
    channel_group: Annotated[StrictInt, Field(ge=0, le=30)] | None = None
    """On E1, the channel group; 0 where absent."""
    link: Link | None = None
    """Absent only on the second line of a bundle."""
    link_ipv6: Link | None = None
    """A second link, where both IP versions are spoken on the line."""

    @model_validator(mode="after")
    def _framing_is_one(self) -> Line:
        if self.unframed and self.timeslots is not None:
            what = "an unframed E1 has no timeslots"
            raise refusal(
                code="KSZ141", what=what, fix="delete `timeslots` or `unframed`", at=("timeslots",)
            )
        return self

    def links(self) -> tuple[tuple[str, Link], ...]:
        """Each link with its key."""
        both = (("link", self.link), ("link_ipv6", self.link_ipv6))
        return tuple((key, link) for key, link in both if link is not None)

    def violations(self, ground: Ground, *, linked: bool = True) -> Iterator[Violation]:
        """What is wrong with it on the *ground*; a line that is *linked* has its own link."""
        yield from ground.unknown_hub(self.hub)
        yield from ground.unknown_attachment(self.hub, self.attachment)
        attachment = ground.attachment(self.hub, self.attachment)
        if attachment is not None and attachment.network is None:
            yield from self._misfits(attachment)
        if linked and not self.links():
            what = "the line has no link addresses"
            fix = "add `link: {hub: 192.0.2.129/30, partner: 192.0.2.130}`"
            yield Violation(code="KSZ113", what=what, fix=fix)
        elif linked and ground.family and self.link_to(ground.family) is None:
            what = f"official_ip {ground.official} is IPv{ground.family}, the link is not"
            fix = f"give IPv{ground.family} addresses on the link"
            yield Violation(code="KSZ171", what=what, fix=fix, path=(self.links()[0][0],))

    def _misfits(self, attachment: Attachment) -> Iterator[Violation]:
        """What the line says that its attachment is not."""
        if attachment.controller is None:
            for key in ("timeslots", "channel_group", "unframed"):
                if getattr(self, key) not in {None, False}:
                    what = f"{key} belongs to an E1, and '{self.attachment}' is Ethernet"
                    yield Violation(code="KSZ170", what=what, fix="delete it", path=(key,))
            return
        if self.vlan is not None:
            what = f"vlan belongs to Ethernet, and '{self.attachment}' is an E1 controller"
            yield Violation(code="KSZ170", what=what, fix="delete it", path=("vlan",))
        if self.rate_kbps != self.e1_kbps:
            first, last = self.timeslots or (1, _LAST_TIMESLOT)
            form = "unframed" if self.unframed else f"with timeslots {first}-{last}"
            what = f"rate_kbps {self.rate_kbps} is not the rate of an E1 {form}"
            yield Violation(
                code="KSZ143",
                what=what,
                fix=f"write {self.e1_kbps}",
                path=("rate_kbps",),
                rests_on=(("timeslots",),),
            )

    @property
    def e1_kbps(self) -> int:
        """What the timeslots carry."""
        if self.unframed:
            return UNFRAMED_KBPS
        first, last = self.timeslots or (1, _LAST_TIMESLOT)
        return (last - first + 1) * TIMESLOT_KBPS

    def claims(self, ground: Ground) -> Iterator[Claim]:
        """What no other line may have."""
        yield Claim(
            kind="circuit",
            value=self.circuit.casefold(),
            code="KSZ144",
            fix="give each line the reference of its own circuit",
            path=("circuit",),
        )
        attachment = ground.attachment(self.hub, self.attachment)
        if attachment is None or attachment.network is not None:
            return
        if attachment.controller is None:
            yield port_claim(self.hub, attachment, self.vlan)
            return
        first, last = (0, _LAST_TIMESLOT) if self.unframed else self.timeslots or (1, 31)
        path: Path = ("timeslots",) if self.timeslots else ("attachment",)
        yield Claim(
            kind=f"channel group on E1 {attachment.controller}",
            value=self.channel_group or 0,
            code="KSZ141",
            fix="give each line on the controller its own channel group",
            path=("channel_group",) if self.channel_group is not None else ("attachment",),
            hub=self.hub,
        )
        for slot in range(first, last + 1):
            yield Claim(
                kind=f"timeslot on E1 {attachment.controller}",
                value=slot,
                code="KSZ141",
                fix="give each line its own timeslots",
                path=path,
                hub=self.hub,
            )

    def networks(self) -> Iterator[LinkNetwork]:
        """The prefixes of its links."""
        for key, link in self.links():
            yield LinkNetwork(hub=self.hub, address=link.hub, path=(key, "hub"))

    def link_to(self, family: int) -> Link | None:
        """The link of IP version *family*."""
        fitting = (link for _, link in self.links() if link.partner.version == family)
        return next(fitting, None)

    def port(self, site: Site) -> EthernetPort | E1Port:
        """Where it meets the hub of *site*."""
        attachment = site.hub.attachments[self.attachment]
        if attachment.interface is not None:
            return EthernetPort(attachment.interface, self.vlan)
        if attachment.controller is None:
            what = f"attachment '{self.attachment}' is neither an interface nor a controller"
            raise UnsupportedError(
                Problem(code="KSZ170", what=what, fix="name one in the hub's file")
            )
        timeslots = None if self.unframed else self.timeslots or (1, _LAST_TIMESLOT)
        return E1Port(attachment.controller, self.channel_group or 0, timeslots)

    def handoff(self, site: Site, owner: Owner) -> Handoff:
        """Its end at the hub of *site*."""
        addresses = tuple(link.hub for _, link in self.links())
        return Handoff(owner=owner, port=self.port(site), addresses=addresses, origin=site.origin)

    def hop(self, site: Site, preference: int) -> Hop:
        """The way over it to the official address."""
        link = self.link_to(site.official.version)
        if link is None:
            what = f"no link of IPv{site.official.version} on circuit {self.circuit}"
            raise UnsupportedError(
                Problem(code="KSZ171", what=what, fix="add one", origin=site.origin)
            )
        return Hop(port=self.port(site), next_hop=link.partner, preference=preference)


def port_claim(hub: str, attachment: Attachment, vlan: int | None) -> Claim:
    """That one connection has this interface, or this VLAN of it, for itself."""
    if vlan is not None:
        return Claim(
            kind=f"vlan on {attachment.interface}",
            value=vlan,
            code="KSZ140",
            fix="give each connection its own VLAN",
            path=("vlan",),
            hub=hub,
        )
    return Claim(
        kind="interface",
        value=attachment.interface,
        code="KSZ140",
        fix="give each line its own interface, or a VLAN on it",
        path=("attachment",),
        hub=hub,
    )
