"""What a hub does, as it was seen at one moment; `resources` say what it holds.

A value that could not be read is None and never counts as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ksz_netops.state.resources import IPAddress, IPInterface, IPNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStatus:
    """One child SA; `installed` is the only state in which packets pass."""

    installed: bool
    state: str
    """As the daemon names it."""
    local: tuple[IPNetwork, ...]
    remote: tuple[IPNetwork, ...]
    algorithms: str
    """As negotiated, `AES_GCM_16-256/ECP_384`; the group is shown only after a rekey."""
    packets_in: int | None
    packets_out: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelStatus:
    """One IKE SA that bears our token, established or not."""

    token: str
    established: bool
    peer: IPAddress
    peer_identity: str
    algorithms: str
    """As negotiated, for example `AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384`."""
    children: tuple[ChildStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What a filter counted since it was loaded."""

    packets: int
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PortStatus:
    """Whether a port of the hub can carry packets."""

    name: str
    exists: bool
    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """One digital line (E1, ITU-T G.704), by itself or in a bundle."""

    name: str
    """Its controller, `0/1/0`."""
    up: bool
    alarms: tuple[str, ...] | None
    """As the hub words them; none of them is an empty tuple."""
    errored_s: int | None
    """Errored seconds (ITU-T G.826) in its last quarter of an hour; so are the others."""
    severely_errored_s: int | None
    unavailable_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleStatus:
    """Several digital lines as one link (MLPPP)."""

    name: str
    """As its port is called, `bundle 12`."""
    active: tuple[str, ...]
    """The controllers of the lines that carry it."""
    lost_fragments: int | None
    """Since it came up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStatus:
    """One way of a partner who has several, as the hub watches it."""

    official: IPAddress
    port: str
    next_hop: IPAddress
    """The partner's router, which answers over a way that is alive."""
    alive: bool
    since: datetime
    """When it came to be so."""
    carries: bool
    """Whether the hub has a route over it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a hub that watches the ways of its partners knows of them."""

    running: bool
    """Whether the watcher gave a sign of life; ways stay as they are without it."""
    ways: tuple[WayStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRoute:
    """A route that is not ours."""

    destination: IPNetwork
    decides: bool
    """Whether it is looked at before ours; else the longer prefix wins, then the lower metric."""
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTunnel:
    """Selectors under which a tunnel that is not ours takes packets, or would."""

    local: IPNetwork
    remote: IPNetwork
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Something that is not ours by which packets pass our filter unseen, or changed before it."""

    statement: str
    effect: str
    """What it does to packets, for a person to read."""
    certain: bool = True
    """Whether it does so; else it may, and is not understood well enough to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What others hold on a hub and may carry a partner's packets."""

    routes: tuple[ForeignRoute, ...] = ()
    tunnels: tuple[ForeignTunnel, ...] = ()
    detours: tuple[Detour, ...] = ()
    namesakes: tuple[str, ...] = ()
    """Statements that have our letters and are not of our form: never ours, and never changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A program on a hub without which some of its partners have no way."""

    name: str
    """As a person calls it: `the IKE daemon`."""
    kind: str
    """The kind of resource that needs it."""
    wrong: str = ""
    """What is wrong with it, in a person's words; empty where it runs and answers."""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A setting of a hub itself by which packets do not pass, or pass where they must not."""

    statement: str
    effect: str
    """What it does, for a person to read."""
    port: str | None = None
    """The port whose packets it concerns; None where it is not one port's."""
    network: IPNetwork | None = None
    """The addresses whose packets it concerns; None where it is not some addresses'."""
    certain: bool = True
    """Whether it does so; else it may, and is not understood well enough to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a hub answers when it is asked where it would send a packet."""

    official: IPAddress
    is_towards_partner: bool
    question: str
    """As a person can ask it on the hub."""
    port: str | None
    """By which it would leave; None where it would not be sent on."""
    is_tunnel: bool = False
    """Whether that is the way into tunnels."""
    next_hop: IPAddress | None = None
    refused: str = ""
    """Why it would not be sent on, in the hub's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a hub must have before anything of ours can work on it."""

    addresses: tuple[tuple[str, IPInterface], ...] = ()
    """The hub's own, by port."""
    gateways: tuple[tuple[str, IPAddress], ...] = ()
    """The default routes, by port."""
    obstacles: tuple[Obstacle, ...] = ()
    ways: tuple[Way, ...] = ()
    unread: str = ""
    """Why it could not be read; nothing else is known then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Whether a hub keeps what it holds, over a restart and at a deadline."""

    pending: str = ""
    """The commit that waits for its confirmation; empty where none does."""
    flaws: tuple[str, ...] = ()
    """What is wrong with the program that undoes and restores, in a person's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Everything seen on one hub in one reading."""

    tunnels: tuple[TunnelStatus, ...] = ()
    ports: tuple[PortStatus, ...] = ()
    lines: tuple[LineStatus, ...] = ()
    bundles: tuple[BundleStatus, ...] = ()
    admitted: tuple[tuple[str, Counter], ...] = ()
    """By token, the packets a partner's entry let in."""
    dropped: tuple[tuple[str, Counter], ...] = ()
    """By cause (`spoofed`, `unauthorised`, `untunnelled`, …), the packets refused."""
    refused: tuple[tuple[tuple[str, IPAddress], Counter], ...] = ()
    """By port and source address, the packets that no partner's entry let in.

    Empty on a platform that does not count them so.
    """
    pending: str = ""
    """The commit that waits for its confirmation; empty where none does."""
    daemons: tuple[Daemon, ...] = ()
    """Empty on a platform that is one program."""
    ground: Ground | None = None
    """None on a platform that does not tell."""
    watch: Watch | None = None
    """None where the platform watches ways by other means, or what it knows was not read."""
    upkeep: Upkeep | None = None
    """None on a platform that keeps by itself what was saved."""
    foreign: Foreign | None = None
    """None where it was not looked for, which is not the same as nothing."""
