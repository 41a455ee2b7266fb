"""What things are called on a router, worked out from ids and ports alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, assert_never

from ksz_netops.state.grammar import InterfaceName
from ksz_netops.state.resources import BundlePort, E1Port, EthernetPort, Owner, TunnelEnd

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress, Port, Way

FRONT_DOOR: Final = "INET"
"""The VRF of the internet port: so a peer may have the very address that its tunnel leads to."""
UNNUMBERED: Final = "Loopback0"
"""Whose address tunnels borrow."""
LAST: Final = 2000000000
"""The number of the entry that denies the rest."""
BLOCK: Final = 100
"""How many numbers a connection has in an access list: a remark and up to 98 permits."""
ETHERNET: Final = re.compile(r"(?:[A-Z][A-Za-z]+Ethernet|[A-Z][A-Za-z]+GigE)\d+(?:/\d+){0,3}")


def interface(way: Way) -> str:
    """The interface of *way*."""
    match way:
        case EthernetPort():
            return str(way)
        case E1Port():
            return f"Serial{way.controller}:{way.channel_group}"
        case BundlePort():
            return f"Multilink{way.number}"
        case TunnelEnd():
            return f"Tunnel{way.number}"
        case _:
            assert_never(way)


def ethernet(name: str) -> EthernetPort:
    """The port that interface *name* is."""
    parent, _, vlan = name.partition(".")
    return EthernetPort(InterfaceName(parent), int(vlan) if vlan else None)


def base(owner: Owner, way: Way) -> str:
    """What the access lists and policies of *way* are called, before their direction."""
    return base_of(owner, interface(way))


def base_of(owner: Owner, name: str) -> str:
    """The same, for the way whose interface is *name*."""
    if name.startswith("Tunnel"):
        return owner.token
    kind = re.sub(r"[^A-Za-z].*", "", name)[:2].upper()
    number = re.sub(r"[^0-9]+", "-", re.sub(r"^[A-Za-z]+", "", name))
    return f"{owner.token}-{kind}{number}"


def block(owner: Owner) -> int | None:
    """The first number of *owner*'s entries in an access list; None for what is no connection's."""
    if owner.partner is None or owner.connection is None:
        return None
    return int(owner.partner[1:]) * 10_000 + int(owner.connection[1:]) * BLOCK


def discard(owner: Owner) -> str:
    """What the discard route to a partner is called; its connections share it."""
    return f"KSZ-{owner.partner}-FC" if owner.partner else f"{owner.token}-FC"


def policy(local: IPAddress) -> str:
    """What the IKE policy at address *local* is called."""
    return f"KSZ-IKE-{str(local).replace('.', '-').replace(':', '-').upper()}"


def members(port: Port) -> tuple[E1Port, ...]:
    """The E1 lines of *port*."""
    match port:
        case EthernetPort():
            return ()
        case E1Port():
            return (port,)
        case BundlePort():
            return port.members
        case _:
            assert_never(port)


TOKEN: Final = re.compile(r"\bKSZ-(?:P\d{5}(?:-S\d{1,2})?|[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)")


def token_in(text: str) -> str | None:
    """The first token of ours in *text*, if any."""
    found = TOKEN.search(text)
    return found[0] if found else None
