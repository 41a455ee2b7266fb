"""One form of bytes for what a hub holds: the base of fingerprints and of plans.

The form is worked out from the dataclasses, so that a new kind of resource, or a new field, takes
part without a line here. Where something was asked for (`origin`) is never written.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from contextlib import suppress
from dataclasses import fields
from enum import StrEnum
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any, Final

from ksz_netops.errors import Origin
from ksz_netops.state import resources
from ksz_netops.state.addresses import has_zone
from ksz_netops.state.grammar import Word
from ksz_netops.state.resources import DeviceState, Resource, Stray

_TAG: Final = "is"
_UNWRITTEN: Final = frozenset({"origin", "base"})
"""Fields that say where something was asked for, or are judged and not provisioned."""
_IP: Final = (
    IPv4Address,
    IPv6Address,
    IPv4Interface,
    IPv6Interface,
    IPv4Network,
    IPv6Network,
)


def canonical_json(value: object) -> str:
    """*value*, of JSON types, in the one way in which we write it for a digest."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str | bytes) -> str:
    """The SHA-256 of *text*, in hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def fingerprint(state: DeviceState) -> str:
    """Names *state*: equal states, and no others, have equal fingerprints.

    The name of a secret does not count, its key's fingerprint does, as in a comparison.
    """
    parts = (*state.resources, *state.strays)
    return digest(
        "\n".join(sorted(canonical_json(_written(part, all_of_it=False)) for part in parts))
    )


def encode(value: Resource | Stray) -> dict[str, Any]:
    """*value* in JSON types; `decode` reads it back to an equal one."""
    written: dict[str, Any] = _written(value, all_of_it=True)
    return written


def decode(value: object) -> Resource | Stray:
    """What `encode` wrote.

    Raises:
        ValueError: If it is anything else, or is written in any other way.
    """
    try:
        read: Resource | Stray = _read(Resource | Stray, value)
    except (TypeError, KeyError) as error:
        message = f"not a resource: {error}"
        raise ValueError(message) from error
    if encode(read) != value:
        message = "not written as it would be here"
        raise ValueError(message)
    return read


def _written(value: Any, *, all_of_it: bool) -> Any:  # noqa: ANN401 - any field's value
    if isinstance(value, tuple):
        return [_written(each, all_of_it=all_of_it) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        written = {
            name: _written(getattr(value, name), all_of_it=all_of_it)
            for name, compared in _fields(type(value))
            if all_of_it or compared
        }
        return {_TAG: type(value).__name__, **written}
    return str(value) if isinstance(value, (*_IP, StrEnum, Word)) else value


@cache
def _fields(kind: Any) -> tuple[tuple[str, bool], ...]:  # noqa: ANN401 - any dataclass
    return tuple((each.name, each.compare) for each in fields(kind) if each.name not in _UNWRITTEN)


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    hints = typing.get_type_hints(kind, {**vars(resources), "Origin": Origin})
    return {name: hints[name] for name, _ in _fields(kind)}


def _read(hint: Any, value: Any) -> Any:  # noqa: ANN401 - any field's value
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return _read_either(typing.get_args(hint), value)
    if typing.get_origin(hint) is tuple:
        return _read_tuple(typing.get_args(hint), value)
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(hint, value)
    if hint in {int, bool, str, type(None)} and type(value) is hint:
        return value
    if (
        isinstance(hint, type)
        and issubclass(hint, (*_IP, StrEnum, Word))
        and value.__class__ is str
    ):
        return _without_zone(hint(value))
    message = f"{value!r} is not of type {getattr(hint, '__name__', hint)}"
    raise ValueError(message)


def _without_zone(value: Any) -> Any:  # noqa: ANN401 - an address, or what never has a zone
    if has_zone(value):
        message = f"{value} has a zone"
        raise ValueError(message)
    return value


def _read_either(hints: tuple[Any, ...], value: Any) -> Any:  # noqa: ANN401 - any field's value
    if isinstance(value, dict):
        hints = tuple(hint for hint in hints if getattr(hint, "__name__", "") == value.get(_TAG))
    if len(hints) == 1:
        return _read(hints[0], value)
    for hint in hints:
        with suppress(ValueError):
            return _read(hint, value)
    message = f"{value!r} is none of what may stand there"
    raise ValueError(message)


def _read_tuple(hints: tuple[Any, ...], value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any field's value
    if not isinstance(value, list):
        message = f"{value!r} is not a list"
        raise ValueError(message)  # noqa: TRY004 - one error for whatever does not fit
    if len(hints) == 2 and hints[1] is Ellipsis:  # noqa: PLR2004 - tuple[X, ...] has two
        return tuple(_read(hints[0], each) for each in value)
    return tuple(_read(hint, each) for hint, each in zip(hints, value, strict=True))


def _read_dataclass(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any dataclass
    hints = _hints(kind)
    if not isinstance(value, dict) or value.keys() != {_TAG, *hints}:
        message = f"not the fields of {kind.__name__}"
        raise ValueError(message)
    return kind(**{name: _read(hint, value[name]) for name, hint in hints.items()})
