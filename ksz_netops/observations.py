"""What a hub does, as it was seen at one moment; `resources` say what it holds.

A value that could not be read is None and never counts as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ksz_netops.resources import IPAddress, IPNetwork


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
    packets_in: int
    packets_out: int


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
class Observations:
    """Everything seen on one hub in one reading."""

    tunnels: tuple[TunnelStatus, ...] = ()
    ports: tuple[PortStatus, ...] = ()
    admitted: tuple[tuple[str, Counter], ...] = ()
    """By token, the packets a partner's entry let in."""
    dropped: tuple[tuple[str, Counter], ...] = ()
    """By cause (`spoofed`, `unauthorised`, `untunnelled`, …), the packets refused."""
