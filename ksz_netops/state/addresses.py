"""Addresses, prefixes and interfaces, read strictly: no zone, no surrounding text.

Python's own readers accept any text behind a `%` as the zone of an IPv6 address, line feeds among
it. No address that we write has a zone, so none is read.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress, IPInterface, IPNetwork


def read_address(text: str) -> IPAddress:
    """The address that *text* is.

    Raises:
        ValueError: If it is none, or has a zone.
    """
    return ipaddress.ip_address(_without_zone(text))


def read_network(text: str, *, strict: bool = True) -> IPNetwork:
    """The prefix that *text* is; a single address is one of full length.

    Raises:
        ValueError: If it is none, has a zone, or is *strict* and has bits beyond its length.
    """
    return ipaddress.ip_network(_without_zone(text), strict=strict)


def read_interface(text: str) -> IPInterface:
    """The address with its prefix length that *text* is.

    Raises:
        ValueError: If it is none, or has a zone.
    """
    return ipaddress.ip_interface(_without_zone(text))


def network_of(value: IPAddress | IPNetwork) -> IPNetwork:
    """The prefix of full length that holds an address alone; a prefix is itself."""
    return ipaddress.ip_network(value)


def is_within(inner: IPNetwork, outer: IPNetwork) -> bool:
    """Whether every address of *inner* is in *outer*; never between two IP versions."""
    return (
        inner.version == outer.version
        and int(outer.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(outer.broadcast_address)
    )


def has_zone(address: object) -> bool:
    """Whether *address* bears the zone of an interface."""
    return getattr(address, "scope_id", None) is not None


def _without_zone(text: str) -> str:
    if not isinstance(text, str) or not text.isascii() or "%" in text or not text.isprintable():
        message = f"not an address without a zone: {text!r}"
        raise ValueError(message)
    return text
