"""What nft lists of one of its tables, as values that are equal where the tables are.

Versions of nft write the same table in other words, and their JSON differs in a few places too.
Those places are brought into one form here. Whatever else a listing contains stays part of the
values, so a table with anything more, less or other than ours is never equal to it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "str | int | float | tuple[Value, ...] | frozenset[tuple[str, Value]] | None"
"""A part of a listing; an object is the set of its pairs, so that order does not count."""
Attributes: TypeAlias = "frozenset[tuple[str, Value]]"

_WHERE: Final = frozenset({"family", "table", "chain", "handle", "name"})
"""Say which object it is."""
_COUNTED: Final = frozenset({"packets", "bytes", "used"})
_FIELDS: Final = MappingProxyType(
    {
        ("ip", "saddr"): "ipv4_addr",
        ("ip", "daddr"): "ipv4_addr",
        ("ip6", "saddr"): "ipv6_addr",
        ("ip6", "daddr"): "ipv6_addr",
        ("ether", "saddr"): "ether_addr",
        ("ether", "daddr"): "ether_addr",
        ("th", "sport"): "inet_service",
        ("th", "dport"): "inet_service",
    }
)
_META: Final = MappingProxyType(
    {"iifname": "ifname", "oifname": "ifname", "l4proto": "inet_proto", "mark": "mark"}
)
_MARK_BITS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table without the elements of its sets and without what its counters count."""

    attributes: Attributes
    """Its flags and its comment."""
    objects: Mapping[tuple[str, str], Attributes]
    """Sets, maps, counters, chains and all other objects by kind and name."""
    rules: Mapping[str, tuple[Attributes, ...]]
    """The rules of each chain that has some, in order."""


def table(document: Mapping[str, Any]) -> Table:
    """The one table that *document*, the answer to `nft -j list table`, lists.

    Raises:
        ValueError: If the document lists no table, or more than one.
    """
    attributes: list[Attributes] = []
    objects: dict[tuple[str, str], Attributes] = {}
    rules: dict[str, list[Attributes]] = defaultdict(list)
    for item in document["nftables"]:
        ((kind, content),) = item.items()
        match kind:
            case "metainfo":
                continue
            case "table":
                attributes.append(_attributes(kind, content))
            case "rule":
                rules[content["chain"]].append(_attributes(kind, content))
            case _:
                objects[kind, str(content.get("name"))] = _attributes(kind, content)
    if len(attributes) != 1:
        message = f"nft lists {len(attributes)} tables, where one was asked for"
        raise ValueError(message)
    return Table(
        attributes=attributes[0],
        objects=MappingProxyType(objects),
        rules=MappingProxyType({chain: tuple(each) for chain, each in rules.items()}),
    )


def _attributes(kind: str, content: Mapping[str, Any]) -> Attributes:
    kept = {key: each for key, each in content.items() if key not in _WHERE | {"elem"}}
    if kind in {"counter", "quota"}:
        kept = {key: each for key, each in kept.items() if key not in _COUNTED}
    if kind in {"set", "map"}:
        kept["type"] = _key_types(kept.get("type"))
        # nft 1.0.6 leaves `dynamic` out of its JSON; the rule that adds elements is compared.
        kept["flags"] = sorted(set(_listed(kept.get("flags"))) - {"dynamic"})
    return frozenset((key, value(each)) for key, each in kept.items() if each != [])


def value(said: Any) -> Value:  # noqa: ANN401 - nft's JSON
    """*said*, a part of nft's JSON, in the form that all versions share."""
    match said:
        case dict():
            return frozenset((key, value(each)) for key, each in _in_one_form(said).items())
        case list():
            return tuple(value(each) for each in said)
        case str() | int() | float() | None:
            return said
        case _:
            message = f"not a part of JSON: {said!r}"
            raise ValueError(message)


def _in_one_form(said: dict[str, Any]) -> dict[str, Any]:
    """*said*, an object that versions write in different ways, in the way of one of them."""
    match said:
        case {"counter": {"packets": int(), "bytes": int()}}:
            return {**said, "counter": None}
        case {"&": [left, list(flags)]}:
            return {**said, "&": [left, {"|": flags}]}
        case {"left": left, "right": {"prefix": {"addr": int(bits), "len": length}}}:
            # A mask that is a prefix: nft 1.0.6 writes a number as if it were an address.
            mask = (1 << _MARK_BITS) - (1 << (_MARK_BITS - length))
            return {**said, "left": {"&": [left, mask]}, "right": bits}
        case {"set": list(elements)}:
            return {**said, "set": sorted(elements, key=json.dumps)}
        case _:
            return said


def _listed(flags: Any) -> list[str]:  # noqa: ANN401 - one flag, several or none
    return [flags] if isinstance(flags, str) else list(flags or ())


def _key_types(said: Any) -> Any:  # noqa: ANN401 - nft's JSON
    """The types of a set's key: since 1.1 nft names the expressions that they come from."""
    match said:
        case {"typeof": {"concat": parts}}:
            return [_type_of(part) for part in parts]
        case {"typeof": part}:
            return _type_of(part)
        case _:
            return said


def _type_of(expression: Any) -> Any:  # noqa: ANN401 - nft's JSON
    """The type of *expression*, which itself stays where its type is not known here."""
    match expression:
        case {"meta": {"key": key}} if key in _META:
            return _META[key]
        case {"payload": {"protocol": protocol, "field": name}} if (protocol, name) in _FIELDS:
            return _FIELDS[protocol, name]
        case {"ipsec": {"key": "reqid"}}:
            return "integer"
        case _:
            return expression


def flags(table: Table) -> list[str]:
    """The flags of *table*: `dormant`, for one, takes it out of force."""
    return sorted(
        str(flag)
        for name, value in table.attributes
        if name == "flags"
        for flag in (value if isinstance(value, tuple) else (value,))
    )
