"""The kinds of value that the files hold: parsed at the edge, refused in our own words."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    NetmaskValueError,
)
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from ksz_netops.intent.calendar import instant
from ksz_netops.intent.words import refusal, shown
from ksz_netops.printable import printable
from ksz_netops.state.addresses import read_address, read_interface, read_network
from ksz_netops.state.grammar import ControllerName, InterfaceName, Mac, Word

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_W = TypeVar("_W", bound=Word)

_NOT_IP: Final = (ValueError, AddressValueError, NetmaskValueError)


def _address(value: object) -> IPv4Address | IPv6Address:
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    if isinstance(value, str):
        try:
            return read_address(value)
        except _NOT_IP:
            pass
        if "/" in value:
            raise refusal(
                code="KSZ102",
                what=f"{shown(value)} is a prefix",
                fix="give a single address, without '/'",
            )
    raise refusal(
        code="KSZ107", what=f"{shown(value)} is not an IP address", fix="write it as 192.0.2.1"
    )


def _official(value: object) -> IPv4Address | IPv6Address:
    """One address; a prefix that holds just one, such as a /32, says the same."""
    if isinstance(value, str) and "/" in value:
        try:
            prefix = read_network(value, strict=False)
        except _NOT_IP:
            pass
        else:
            if prefix.num_addresses == 1:
                return prefix.network_address
            what = f"official_ip {value} holds {prefix.num_addresses} addresses"
            raise refusal(code="KSZ102", what=what, fix="give exactly one address, a /32 or a /128")
    return _address(value)


def _prefix(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if isinstance(value, str):
        try:
            return read_network(value)
        except _NOT_IP:
            pass
        try:
            meant = read_network(value, strict=False)
        except _NOT_IP:
            pass
        else:
            what = f"{value} has bits set beyond its length"
            raise refusal(code="KSZ106", what=what, fix=f"did you mean {meant}?")
    raise refusal(
        code="KSZ131", what=f"{shown(value)} is not a prefix", fix="write it as 192.0.2.0/24"
    )


def _interface(value: object) -> IPv4Interface | IPv6Interface:
    if isinstance(value, IPv4Interface | IPv6Interface):
        return value
    if isinstance(value, str) and "/" in value:
        try:
            return read_interface(value)
        except _NOT_IP:
            pass
    what = f"{shown(value)} is not an address with its prefix length"
    raise refusal(code="KSZ107", what=what, fix="write it as 192.0.2.1/30")


def _mac(value: object) -> Mac:
    if isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}", value):
        mac = Mac(value.lower().replace("-", ":"))
        unfit = "a group address" if int(mac[:2], 16) & 1 else ""
        if mac == _NO_MAC:
            unfit = "the address of no card"
        if unfit:
            what, fix = f"{mac} is {unfit}", "give the router's own MAC address"
            raise refusal(code="KSZ173", what=what, fix=fix)
        return mac
    what = f"{shown(value)} is not a MAC address"
    raise refusal(code="KSZ173", what=what, fix='write it in quotes as "02:00:5e:00:53:01"')


_NO_MAC: Final = "00:00:00:00:00:00"


def word(grammar: type[_W], fix: str) -> Callable[[object], _W]:
    """A validator that makes text a word of *grammar*."""

    def checked(value: object) -> _W:
        if isinstance(value, str):
            try:
                return grammar(value)
            except ValueError:
                pass
        raise refusal(code="KSZ114", what=f"{shown(value)} is not {grammar.WHAT}", fix=fix)

    return checked


_TEMPLATE: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
_SHELL: Final = re.compile(r"[!;\"`\\$<>|{}]|(?<![^\W\d_])'|'(?![^\W\d_])")
_LONGEST: Final = 200


def _text(value: str) -> str:
    """Free text for people: one line, nothing that a template or a terminal would act on."""
    if not value.strip():
        raise refusal(code="KSZ130", what="the text is empty", fix="say what people should read")
    if len(value) > _LONGEST:
        what = f"the text has {len(value)} characters"
        raise refusal(code="KSZ130", what=what, fix=f"use at most {_LONGEST}")
    found = _TEMPLATE.search(value)
    position = found.start() if found else _unprintable(value)
    if position is not None:
        said = found[0] if found else value[position]
        what = f"control or template character {said!r} at position {position + 1}"
        raise refusal(code="KSZ130", what=what, fix="delete it; write one line of plain text")
    return value


def _unprintable(value: str) -> int | None:
    """Where the first character stands that is not shown as it is; None where there is none."""
    places = (index for index, each in enumerate(value) if printable(each) != each)
    return next(places, None)


def _title(value: str) -> str:
    """A name: free text without the characters that some device or shell acts on."""
    _text(value)
    found = _SHELL.search(value)
    if found:
        what = f"character {found[0]!r} at position {found.start() + 1} has no place in a name"
        raise refusal(
            code="KSZ130", what=what, fix="delete it; an apostrophe may stand between letters"
        )
    return value


def not_empty(value: tuple[_T, ...]) -> tuple[_T, ...]:
    """Refuses a list without items; pydantic's own check also counts items that are wrong."""
    if not value:
        raise refusal(code="KSZ113", what="the list is empty", fix="add an item")
    return value


_PART: Final = r"\.?[A-Za-z0-9_][A-Za-z0-9._-]*"
_FILE: Final = re.compile(rf"{_PART}(?:/{_PART})*")


def _file_name(value: object) -> str:
    """The path of a file below the inventory: no step up, no blank, nothing to quote."""
    if isinstance(value, str) and _FILE.fullmatch(value):
        return value
    what = f"{shown(value)} is not the path of a file in the inventory"
    fix = "write it from the inventory's folder, with letters, digits, - _ . and /"
    raise refusal(code="KSZ114", what=what, fix=fix)


def _vlan(value: int) -> int:
    lowest, highest = 2, 4094
    if not lowest <= value <= highest:
        raise refusal(
            code="KSZ140", what=f"vlan {value} cannot be used", fix=f"use {lowest} to {highest}"
        )
    return value


def _instant(value: object) -> datetime:

    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    return instant(value)


_IP_SCHEMA: Final = {"type": "string", "examples": ["192.0.2.1", "2001:db8::1"]}
_PREFIX_SCHEMA: Final = {"type": "string", "examples": ["192.0.2.0/24", "2001:db8::/64"]}
_INTERFACE_SCHEMA: Final = {"type": "string", "examples": ["192.0.2.1/30", "2001:db8::1/64"]}

Address: TypeAlias = Annotated[
    IPv4Address | IPv6Address, BeforeValidator(_address), WithJsonSchema(_IP_SCHEMA)
]
OfficialAddress: TypeAlias = Annotated[
    IPv4Address | IPv6Address, BeforeValidator(_official), WithJsonSchema(_IP_SCHEMA)
]
Prefix: TypeAlias = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(_prefix), WithJsonSchema(_PREFIX_SCHEMA)
]
Interface: TypeAlias = Annotated[
    IPv4Interface | IPv6Interface, BeforeValidator(_interface), WithJsonSchema(_INTERFACE_SCHEMA)
]
MacAddress: TypeAlias = Annotated[
    Mac, PlainValidator(_mac), WithJsonSchema({"type": "string", "examples": ["02:00:5e:00:53:01"]})
]
Text: TypeAlias = Annotated[str, AfterValidator(_text)]
Title: TypeAlias = Annotated[str, AfterValidator(_title)]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:-]{0,62}$")]
"""A name that we or a device gave: no spaces, nothing to quote."""
PortName: TypeAlias = Annotated[
    InterfaceName,
    PlainValidator(word(InterfaceName, "write it as the device shows it")),
    WithJsonSchema({"type": "string", "pattern": f"^{InterfaceName.FORM.pattern}$"}),
]
Controller: TypeAlias = Annotated[
    ControllerName,
    PlainValidator(word(ControllerName, "write it as 0/1/0")),
    WithJsonSchema({"type": "string", "pattern": f"^{ControllerName.FORM.pattern}$"}),
]
FileName: TypeAlias = Annotated[
    str, BeforeValidator(_file_name), WithJsonSchema({"type": "string", "pattern": _FILE.pattern})
]
"""A file below the inventory's folder."""
Vlan: TypeAlias = Annotated[StrictInt, AfterValidator(_vlan)]
Rate: TypeAlias = Annotated[StrictInt, Field(ge=8, le=100_000_000)]
Instant: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["2026-12-03 20:00", "2026-10-25 02:30+01:00"]}),
]
"""A moment; in the files Brussels time, or with its offset."""
Flag: TypeAlias = StrictBool
