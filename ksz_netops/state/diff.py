"""What differs between two states of a hub, resource by resource and field by field.

The comparison is worked out from the dataclasses themselves, so that a new kind of resource, or a
new field, takes part without a line here; `_WORDS` gives the word of the field where the name of an
attribute is not it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.state.resources import DeviceState, Owner, Resource, ResourceKey, Stray, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS: Final[dict[tuple[str, str], str]] = {
    ("Tunnel", "official"): "remote selector",
    ("Tunnel", "local_prefixes"): "local selector",
    ("Tunnel", "local"): "local address",
    ("Tunnel", "secret"): "pre-shared key",
    ("Shaper", "rates_kbps"): "rate in kbit/s",
    ("PartnerFilter", "entries"): "entry",
    ("PartnerFilter", "permits"): "permit",
    ("Route", "hops"): "hop",
    ("Handoff", "addresses"): "address",
    ("SftpAccount", "keys"): "key",
    ("SftpAccount", "directories"): "directory",
    ("Entry", "layer2"): "MAC address",
    ("Perimeter", "extranet_prefixes"): "extranet prefix",
    ("Perimeter", "management_sources"): "management source",
    ("Perimeter", "management"): "management port",
    ("Perimeter", "extranet"): "extranet port",
    ("Perimeter", "internet"): "internet port",
    ("CryptoProfile", "ike_proposals"): "IKE proposal",
    ("CryptoProfile", "esp_proposals"): "ESP proposal",
    ("CryptoProfile", "ike_lifetime_s"): "IKE lifetime in s",
    ("CryptoProfile", "esp_lifetime_s"): "ESP lifetime in s",
}
_GENERAL: Final = {"official": "official address"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One thing in which a resource is not as intended; None stands for "nothing there"."""

    field: str
    """In the field's words: `remote selector`, `entry`."""
    expected: str | None
    observed: str | None

    def __str__(self) -> str:
        if self.observed is None:
            return f"{self.field} {self.expected} missing"
        if self.expected is None:
            return f"{self.field} {self.observed} not intended"
        return f"{self.field} {self.observed}, intended {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A resource that both states have, but not alike."""

    before: Resource
    after: Resource

    @property
    def fields(self) -> tuple[FieldDifference, ...]:
        """In what they differ; *after* is the expected side."""
        return field_differences(self.after, self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDifference:
    """What turns one state of a hub into another; false where there is nothing to do."""

    added: tuple[Resource, ...] = ()
    removed: tuple[Resource, ...] = ()
    changed: tuple[Changed, ...] = ()
    strays_gone: tuple[Stray, ...] = ()
    strays_new: tuple[Stray, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.added or self.removed or self.changed or self.strays_gone or self.strays_new
        )

    @property
    def owners(self) -> frozenset[Owner]:
        """Whose resources, or strays with a token, differ."""
        resources = (*self.added, *self.removed, *(each.after for each in self.changed))
        strays = (*self.strays_gone, *self.strays_new)
        read = (Owner.read(stray.token) for stray in strays if stray.token)
        return frozenset(resource.owner for resource in resources) | {
            owner for owner in read if owner
        }

    @property
    def partners(self) -> tuple[str, ...]:
        """The ids of the partners whom it touches, in order."""
        return tuple(sorted({owner.partner for owner in self.owners if owner.partner}))

    def lines(self) -> Iterator[str]:
        """What differs, one line each; `+` comes, `-` goes, `~` becomes another."""
        for resource in self.added:
            yield f"+ {key_of(resource)}"
        for resource in self.removed:
            yield f"- {key_of(resource)}"
        for change in self.changed:
            for field in change.fields:
                yield (
                    f"~ {key_of(change.after)}: {field.field} "
                    f"{field.observed or 'none'} -> {field.expected or 'none'}"
                )
        for stray in self.strays_new:
            yield f"+ stray {stray.statement} ({stray.reason})"
        for stray in self.strays_gone:
            yield f"- stray {stray.statement} ({stray.reason})"


def difference(before: DeviceState, after: DeviceState) -> StateDifference:
    """What turns *before* into *after*; false exactly where they are equal."""
    old, new = before.by_key(), after.by_key()
    both = sorted(old.keys() & new.keys())
    return StateDifference(
        added=_resources(new, new.keys() - old.keys()),
        removed=_resources(old, old.keys() - new.keys()),
        changed=tuple(
            Changed(before=old[key], after=new[key]) for key in both if old[key] != new[key]
        ),
        strays_gone=_without(before.strays, after.strays),
        strays_new=_without(after.strays, before.strays),
    )


def _resources(
    state: dict[ResourceKey, Resource], keys: frozenset[ResourceKey] | set[ResourceKey]
) -> tuple[Resource, ...]:
    return tuple(state[key] for key in sorted(keys))


def _without(these: tuple[Stray, ...], those: tuple[Stray, ...]) -> tuple[Stray, ...]:
    """*these* that are not among *those*, each as often as it is too many."""
    return tuple(sorted((Counter(these) - Counter(those)).elements(), key=_stray_order))


def _stray_order(stray: Stray) -> tuple[str, str, str]:
    return (stray.statement, stray.reason, stray.token or "")


def field_differences(
    expected: Resource, observed: Resource, only: frozenset[str] | None = None
) -> tuple[FieldDifference, ...]:
    """In what two resources differ, in the fields named *only*; None compares them whole.

    Compared whole, it is empty exactly where they are equal.
    """
    if only is not None:
        return tuple(_compared_fields("", expected, observed, only))
    if expected == observed:
        return ()
    return tuple(_compared("", expected, observed)) or (
        FieldDifference(field="value", expected=repr(expected), observed=repr(observed)),
    )


def _compared_fields(
    path: str,
    expected: Any,  # noqa: ANN401 - any dataclass
    observed: Any,  # noqa: ANN401 - any dataclass
    only: frozenset[str] | None = None,
) -> Iterator[FieldDifference]:
    for field in dataclasses.fields(expected):
        if field.compare and (only is None or field.name in only):
            word = _word(type(expected).__name__, field.name)
            yield from _compared(
                f"{path} {word}".strip(),
                getattr(expected, field.name),
                getattr(observed, field.name),
            )


def _compared(path: str, expected: Any, observed: Any) -> Iterator[FieldDifference]:  # noqa: ANN401 - any field's value
    if expected == observed:
        return
    if isinstance(expected, tuple) and isinstance(observed, tuple):
        yield from _compared_tuples(path, expected, observed)
        return
    inside = (
        dataclasses.is_dataclass(expected)
        and type(expected) is type(observed)
        and (not _says_itself(expected) or describe(expected) == describe(observed))
    )
    if inside:
        yield from _compared_fields(path, expected, observed)
        return
    alike = describe(expected) == describe(observed)
    yield FieldDifference(
        field=path or "value",
        expected=repr(expected) if alike else describe(expected),
        observed=repr(observed) if alike else describe(observed),
    )


def _compared_tuples(
    path: str, expected: tuple[Any, ...], observed: tuple[Any, ...]
) -> Iterator[FieldDifference]:
    pairs = {len(each) if isinstance(each, tuple) else 0 for each in (*expected, *observed)} == {2}
    if pairs and len(dict(expected)) == len(expected) and len(dict(observed)) == len(observed):
        # A tuple of pairs is a mapping: what is keyed alike is one thing with two values.
        wanted, found = dict(expected), dict(observed)
        for key in sorted(wanted.keys() | found.keys(), key=str):
            yield from _one(
                f"{path} on {describe(key)}",
                describe(wanted[key]) if key in wanted else None,
                describe(found[key]) if key in found else None,
            )
        if wanted == found:
            yield _reordered(path, expected, observed)
        return
    missing = list((Counter(expected) - Counter(observed)).elements())
    extra = list((Counter(observed) - Counter(expected)).elements())
    if len(missing) == len(extra) == 1:
        yield FieldDifference(
            field=path, expected=describe(missing[0]), observed=describe(extra[0])
        )
        return
    for each in missing:
        yield FieldDifference(field=path, expected=describe(each), observed=None)
    for each in extra:
        yield FieldDifference(field=path, expected=None, observed=describe(each))
    if not missing and not extra:
        yield _reordered(path, expected, observed)


def _one(path: str, expected: str | None, observed: str | None) -> Iterator[FieldDifference]:
    if expected != observed:
        yield FieldDifference(field=path, expected=expected, observed=observed)


def _reordered(path: str, expected: tuple[Any, ...], observed: tuple[Any, ...]) -> FieldDifference:
    return FieldDifference(
        field=f"{path} order", expected=describe(expected), observed=describe(observed)
    )


def _says_itself(value: object) -> bool:
    return type(value).__str__ is not object.__str__


def _word(class_name: str, name: str) -> str:
    default = _GENERAL.get(name, name.replace("_", " "))
    return _WORDS.get((class_name, name), default)


def describe(value: object) -> str:
    """*value* for a person: addresses and names as they are written, fields with their words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(describe(each) for each in value) or "none"
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and not _says_itself(value):
        named = (
            (_word(type(value).__name__, field.name), getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.compare and field.name != "owner"
        )
        return ", ".join(f"{word} {describe(each)}" for word, each in named if each is not None)
    return str(value)
