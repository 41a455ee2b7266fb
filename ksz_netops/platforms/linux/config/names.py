"""Names, numbers and places on a Linux hub, each derived from a resource and readable back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.state.addresses import network_of
from ksz_netops.state.grammar import InterfaceName, Word
from ksz_netops.state.resources import EthernetPort, Owner

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress, IPNetwork

TABLE: Final = "ksz"
"""The nft table (family inet) that is ours."""
MARK_STANDING: Final = Word("0x4b5a0000")
"""On each packet while our table stands; the fence's rules of routing ask for its upper half."""
MARK_ADMITTED: Final = Word("0x4b5a0001")
"""On each packet that our filter admits; the fence's own table asks for it."""
FENCE: Final = "ksz_fence"
"""The nft table (family inet) that drops whatever the filter did not admit."""
ROUTE_PROTOCOL: Final = 201
"""Stands on every route of ours; outside the range that routing daemons use."""
BLACKHOLE_METRIC: Final = 4278198272
"""Behind every other route; the kernel's own value for the last resort of IPv6."""
SHAPING_HANDLE: Final = "4b5a:"
"""Of every root qdisc of ours: "KZ"."""
REQID_BASE: Final = 100_000
"""Above what charon assigns by itself."""
USER_BASE: Final = 200_000
"""First user id of SFTP accounts; above what distributions give to people and services."""
TUNNELS: Final = Word("tunnels")
"""In statements, the port behind which tunnels end: `ipsec0` or the internet port, by ESP path."""
LIBIPSEC_PORT: Final = "ipsec0"

AGENT: Final = "/usr/local/lib/ksz-netops/agent"
GUARD: Final = "/usr/local/lib/ksz-netops/guard"
RUN: Final = "/run/ksz"
DISK: Final = "/etc/ksz"
KEYS: Final = "/etc/ssh/ksz"
CHROOTS: Final = "/srv/ksz"
SFTP_GROUP: Final = Word("ksz-sftp")
NOLOGIN: Final = Word("/usr/sbin/nologin")

_VLAN: Final = re.compile(r"(?P<interface>[^.]+)\.(?P<vlan>[0-9]{1,4})")


def port_of(name: str) -> EthernetPort:
    """The port that the kernel calls *name*: `eth2.512` is VLAN 512 of eth2.

    Raises:
        ValueError: If no port of ours can be called so.
    """
    match = _VLAN.fullmatch(name)
    if match is None:
        return EthernetPort(InterfaceName(name))
    return EthernetPort(InterfaceName(match["interface"]), int(match["vlan"]))


def partner_token(owner: Owner) -> Owner:
    """The owner that is *owner*'s partner; *owner* itself where it is no partner's."""
    return Owner.of(owner.partner) if owner.partner else owner


def account_name(owner: Owner) -> Word:
    """`ksz-p00008-s1`: tokens in lower case, as user names must be."""
    return Word(owner.token.lower())


def owner_of_account(name: str) -> Owner | None:
    """The owner whose account is called *name*."""
    return Owner.read(name.upper())


def class_id(number: int) -> Word:
    """The HTB class with *number*; tc counts in hexadecimal."""
    return Word(f"{SHAPING_HANDLE}{number:x}")


def plain(prefix: IPNetwork) -> IPAddress | IPNetwork:
    """*prefix* as nft shows it: a single host without its length."""
    return prefix.network_address if prefix.prefixlen == prefix.max_prefixlen else prefix


def port_range(ports: tuple[int, int]) -> Word:
    """*ports* as nft shows them."""
    first, last = ports
    return Word(str(first) if first == last else f"{first}-{last}")


def host(address: IPAddress) -> IPNetwork:
    """*address* as a prefix of its full length."""
    return network_of(address)


def leaf_limit(rate_kbps: int) -> int:
    """Octets that may wait in a class: 200 ms of its rate and two full packets."""
    return rate_kbps * 25 + 3000


def child_lifetime_s(rekey_s: int) -> int:
    """When a child SA that was not rekeyed after *rekey_s* ends: a tenth later."""
    return rekey_s + rekey_s // 10
