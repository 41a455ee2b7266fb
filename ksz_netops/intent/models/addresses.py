"""Which addresses a partner or its gateway can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.state.addresses import read_network

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress

_DOCUMENTATION: Final = tuple(
    read_network(prefix)
    for prefix in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    )
)
_SHARED: Final = read_network("100.64.0.0/10")


def unusable(address: IPAddress, *, lab: bool) -> str | None:
    """Why *address* cannot be a registered public one, or None where it can.

    A *lab* also takes documentation, private and shared addresses.
    """
    reason: str
    if address.is_multicast:
        return "a multicast address"
    if address.is_loopback or address.is_unspecified or address.is_link_local:
        return "an address that no network routes"
    if address.is_reserved:
        return "a reserved address"
    if lab or address.is_global:
        return None
    if address in _SHARED:
        reason = "an address shared behind carriers' NAT (RFC 6598)"
    elif any(address in prefix for prefix in _DOCUMENTATION):
        reason = "an address for documentation (RFC 5737, RFC 3849, RFC 9637)"
    elif address.is_private:
        reason = "a private or reserved address"
    else:
        reason = "not a global address"
    return reason
