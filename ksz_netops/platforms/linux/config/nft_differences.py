"""How two tables of nft differ, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.platforms.linux.config.nft import Attributes, Table, Value


def differences(found: Table, standard: Table) -> list[str]:
    """How *found* differs from *standard*, each as `foreign WHERE: WHAT` or `lacks WHERE: WHAT`."""
    told = _compared("table", found.attributes, standard.attributes)
    if not found.objects:
        return [*told, "lacks everything: the table is empty"]
    for key in sorted(found.objects.keys() | standard.objects.keys()):
        where = " ".join(key)
        if key not in standard.objects:
            told.append(f"foreign {where}: defined")
        elif key not in found.objects:
            told.append(f"lacks {where}: defined")
        else:
            told += _compared(where, found.objects[key], standard.objects[key])
    for chain in sorted(found.rules.keys() | standard.rules.keys()):
        told += _rules(chain, found.rules.get(chain, ()), standard.rules.get(chain, ()))
    return told


def _compared(where: str, found: Attributes, standard: Attributes) -> list[str]:
    return [
        *(f"foreign {where}: {words(frozenset({pair}))}" for pair in _sorted(found - standard)),
        *(f"lacks {where}: {words(frozenset({pair}))}" for pair in _sorted(standard - found)),
    ]


def _sorted(pairs: Attributes) -> list[tuple[str, Value]]:
    return sorted(pairs, key=repr)


def _rules(
    chain: str, found: tuple[Attributes, ...], standard: tuple[Attributes, ...]
) -> list[str]:
    if found == standard:
        return []
    lacking = list(standard)
    kept, foreign = [], []
    for rule in found:
        if rule in lacking:
            lacking.remove(rule)
            kept.append(rule)
        else:
            foreign.append((rule, len(standard) - len(lacking)))
    moved = not lacking and kept != list(standard)
    return [
        *([f"foreign chain {chain}: rules in another order"] if moved else []),
        *(
            f"foreign chain {chain}: {words(rule)} # {_place(before, len(standard))}"
            for rule, before in foreign
        ),
        *(f"lacks chain {chain}: {words(rule)}" for rule in lacking),
    ]


def _place(before: int, total: int) -> str:
    """Where a rule stands that has *before* of our *total* rules above it."""
    return f"before rule {before + 1} of {total}" if before < total else "after the last rule"


def words(part: Value) -> str:
    """*part* much as nft writes it, for people; nothing is compared by it."""
    if isinstance(part, tuple):
        return ", ".join(map(words, part))
    if isinstance(part, frozenset):
        return _object(dict(part))
    return "" if part is None else str(part)


def _object(fields: Mapping[str, Value]) -> str:
    match fields:
        case {"expr": tuple(expressions), **rest}:
            return " ".join([*map(words, expressions), *_pairs(rest)])
        case {"match": frozenset() as parts}:
            return _match(dict(parts))
        case {"payload": frozenset() as parts}:
            return " ".join(str(each) for _, each in sorted(parts, reverse=True))
        case {"concat": tuple(parts)}:
            return " . ".join(map(words, parts))
        case {"set": tuple(elements)}:
            return f"{{ {words(elements)} }}"
        case _:
            return " ".join(_pairs(fields))


def _match(fields: Mapping[str, Value]) -> str:
    operator = fields.get("op")
    relation = " " if operator in {"==", "in"} else f" {operator} "
    return f"{words(fields.get('left'))}{relation}{words(fields.get('right'))}"


def _pairs(fields: Mapping[str, Value]) -> list[str]:
    unsaid = {"target", "key"}
    return [
        f"{'' if name in unsaid else name} {words(each)}".strip()
        for name, each in sorted(fields.items())
    ]
