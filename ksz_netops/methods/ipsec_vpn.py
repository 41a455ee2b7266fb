"""IPsec LAN-to-LAN VPN over the internet; takes over the role of a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from ksz_netops.errors import Problem, UnsupportedError
from ksz_netops.intent.models import Connection, IntentModel
from ksz_netops.intent.models.addresses import unusable
from ksz_netops.intent.models.surroundings import Claim
from ksz_netops.intent.models.values import Address, Text
from ksz_netops.intent.note.catalogue import CRYPTO_PROFILES, VPN_STEP_KBPS
from ksz_netops.intent.note.facts import EFFORT_LIMIT_DAYS
from ksz_netops.intent.words import Violation, refusal, shown, suggestion
from ksz_netops.state.resources import Entry, PartnerFilter, Shaper, Tunnel, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.hub import Hub
    from ksz_netops.intent.models.surroundings import Ground
    from ksz_netops.state.resources import IPAddress, Resource

_REFERENCE = re.compile(r"vault:([A-Za-z0-9][A-Za-z0-9_.-]{0,62})")


def _capacity(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        what = f"capacity_kbps {shown(value)} is not a whole number of kbit/s above 0"
        raise refusal(
            code="KSZ111", what=what, fix=f"write a multiple of {VPN_STEP_KBPS}, such as 512"
        )
    below = value // VPN_STEP_KBPS * VPN_STEP_KBPS
    if below != value:
        nearest = [str(each) for each in (below, below + VPN_STEP_KBPS) if each]
        what = f"capacity_kbps {value} is not a multiple of {VPN_STEP_KBPS}"
        raise refusal(code="KSZ110", what=what, fix=f"nearest: {', '.join(nearest)}")
    return value


def _profile(value: object) -> str:
    if not isinstance(value, str) or value not in CRYPTO_PROFILES:
        what = f"crypto profile {shown(value)} is not known"
        raise refusal(code="KSZ155", what=what, fix=suggestion(str(value), CRYPTO_PROFILES))
    return value


def _reference(value: object) -> str:
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value
    what = "psk is not the name of a secret (what stands there is not shown)"
    fix = "write `psk: vault:P00012-S1`; if it was a key, make a new one"
    raise refusal(code="KSZ124", what=what, fix=fix)


class Equipment(IntentModel):
    """The partner's end of the tunnel, as far as known."""

    vendor: Text
    model: Text | None = None
    software: Text | None = None


class Effort(IntentModel):
    """Work spent on getting the tunnel up."""

    spent_on: date
    days: Annotated[float, Field(gt=0, le=10)]
    """Man-days."""
    note: Text | None = None


class IpsecVpn(Connection):
    """An IKEv2 tunnel between the partner's gateway and a hub."""

    title: ClassVar[str] = "internet, VPN"
    example: ClassVar[Mapping[str, Any]] = {
        "id": "S1",
        "method": "ipsec_vpn",
        "hub": "hub-1",
        "peer": "203.0.113.77",
        "capacity_kbps": VPN_STEP_KBPS,
        "crypto": "baseline",
        "psk": "vault:P00001-S1",
        "effort": [{"spent_on": "2026-01-01", "days": 1}],
    }

    method: Literal["ipsec_vpn"]
    hub: str
    peer: Address
    """The partner's gateway on the internet; it may equal the official address."""
    capacity_kbps: Annotated[
        int,
        BeforeValidator(_capacity),
        WithJsonSchema({"type": "integer", "minimum": 128, "multipleOf": VPN_STEP_KBPS}),
    ]
    """In steps of 128."""
    crypto: Annotated[
        str,
        BeforeValidator(_profile),
        WithJsonSchema({"type": "string", "enum": list(CRYPTO_PROFILES)}),
    ] = "baseline"
    """The profile that both ends must negotiate."""
    psk: Annotated[
        str,
        BeforeValidator(_reference),
        WithJsonSchema({"type": "string", "pattern": "^vault:", "examples": ["vault:P00012-S1"]}),
    ]
    """The name of the pre-shared key, never the key."""
    equipment: Equipment | None = None
    effort: tuple[Effort, ...] = ()
    """A log; past three man-days other methods are considered."""

    @property
    def effort_days(self) -> float:
        """Man-days spent so far."""
        return sum(each.days for each in self.effort)

    def open_points(self) -> Iterator[str]:
        """Too much effort for a tunnel that is still worked on (note: `vpn-effort`)."""
        if self.effort_days > EFFORT_LIMIT_DAYS:
            yield (
                f"{self.effort_days:g} man-days went into the tunnel, more than "
                f"{EFFORT_LIMIT_DAYS}; consider another method with the partner"
            )

    @property
    def secret_name(self) -> str:
        """The name of the key in the vault."""
        return self.psk.removeprefix("vault:")

    def secret_names(self) -> tuple[str, ...]:
        """Its pre-shared key's."""
        return (self.secret_name,)

    def hubs(self) -> frozenset[str]:
        """The hub where the tunnel ends."""
        return frozenset({self.hub})

    def precedence(self) -> dict[str, tuple[int, ...]]:
        """One way, through the tunnel."""
        return {self.hub: (self.preference,)}

    def uplink_kbps(self, hub: str) -> int:
        """Its capacity, on its hub."""
        return self.capacity_kbps if hub == self.hub else 0

    def resources(self, site: Site) -> Iterator[Resource]:
        """A tunnel, a filter on what comes out of it, and a rate."""
        owner, number = site.owner(self), site.number(self)
        local = _local(site.hub, self.peer)
        if local is None:
            what = f"{site.hub_name} has no internet address of IPv{self.peer.version}"
            fix = "choose a hub that has one"
            raise UnsupportedError(Problem(code="KSZ171", what=what, fix=fix, origin=site.origin))
        yield Tunnel(
            owner=owner,
            number=number,
            local=local,
            peer=self.peer,
            local_prefixes=site.extranet_prefixes,
            official=site.official,
            crypto=CRYPTO_PROFILES[self.crypto],
            secret=site.secret(self.secret_name),
            preference=self.preference,
            origin=site.origin,
        )
        yield PartnerFilter(
            owner=owner,
            official=site.official,
            entries=(Entry(way=TunnelEnd(number)),),
            permits=site.permits,
            origin=site.origin,
        )
        yield Shaper(
            owner=owner,
            number=number,
            official=site.official,
            rates_kbps=((TunnelEnd(number), self.capacity_kbps),),
            origin=site.origin,
        )

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """What the hub, the extranet and the peer say against it."""
        yield from ground.unknown_hub(self.hub)
        hub = ground.hubs.get(self.hub)
        if hub is None:
            return
        if hub.internet is None:
            fitting = [name for name, each in ground.hubs.items() if each.internet]
            what = f"{self.hub} has no internet port, where a tunnel could end"
            yield Violation(code="KSZ170", what=what, fix=suggestion("", fitting), path=("hub",))
            return
        if self.capacity_kbps > hub.internet.uplink_kbps:
            most = hub.internet.uplink_kbps // VPN_STEP_KBPS * VPN_STEP_KBPS
            what = f"capacity_kbps {self.capacity_kbps} is more than the uplink of {self.hub} has"
            yield Violation(
                code="KSZ111", what=what, fix=f"order at most {most}", path=("capacity_kbps",)
            )
        if self.peer == ground.official and not hub.internet.front_door:
            what = f"peer {self.peer} is the official address, and {self.hub} would route the "
            what += "tunnel into itself"
            fix = "give the internet port a VRF of its own (`front_door: true`), or another peer"
            yield Violation(code="KSZ161", what=what, fix=fix, path=("peer",))
        yield from self._wrong_peer(ground, hub)

    def _wrong_peer(self, ground: Ground, hub: Hub) -> Iterator[Violation]:
        """A peer that no gateway of a partner can have."""
        if placed := ground.ours.at(self.peer):
            what = f"peer {self.peer} is {placed}"
        elif any(self.peer in prefix for prefix in ground.extranet.prefixes):
            what = f"peer {self.peer} is inside the extranet"
        elif unusable(self.peer, lab=ground.extranet.lab):
            what = f"peer {self.peer} is not a public address"
        elif _local(hub, self.peer) is None:
            what = f"peer {self.peer} is IPv{self.peer.version}, and {self.hub} has no such address"
            fix = "give a peer of the IP version that the hub has on the internet"
            yield Violation(code="KSZ171", what=what, fix=fix, path=("peer",))
            return
        else:
            return
        yield Violation(
            code="KSZ160",
            what=what,
            fix="give the address of the partner's gateway on the internet",
            path=("peer",),
        )

    def claims(self, ground: Ground) -> Iterator[Claim]:  # noqa: ARG002 - the seam's form
        """Its peer and its key."""
        fix = "give the address of the partner's own gateway"
        yield Claim(
            kind="peer", value=self.peer, code="KSZ160", fix=fix, path=("peer",), hub=self.hub
        )
        yield Claim(
            kind="address",
            value=self.peer,
            code="KSZ160",
            fix=fix,
            path=("peer",),
            shareable=True,
        )
        yield Claim(
            kind="secret",
            value=self.secret_name,
            code="KSZ123",
            fix="give each tunnel its own key",
            path=("psk",),
        )


def _local(hub: Hub, peer: IPAddress) -> IPAddress | None:
    """The hub's own address towards *peer*."""
    addresses = hub.internet.addresses if hub.internet else ()
    fitting = (each.ip for each in addresses if each.version == peer.version)
    return next(fitting, None)
