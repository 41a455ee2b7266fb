"""Whether a router takes a whole configuration, by the vendor's models."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ksz_netops.platforms.ios_xe.config import acl
from ksz_netops.platforms.ios_xe.vendor import forms, rules
from ksz_netops.platforms.ios_xe.vendor.entries import is_entry
from ksz_netops.platforms.ios_xe.vendor.nodes import GLOBAL, NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_LISTS = {"acl": acl.V4, "acl6": acl.V6}
_UNSAID = frozenset({"no ip address", "no config-exchange request"})
"""Negations that a configuration shows."""


class Refusal(NamedTuple):
    """What a router would not take."""

    header: str
    line: str
    why: str


def refusals(whole: Tree) -> Iterator[Refusal]:
    """What a router would refuse of *whole*, line by line and section by section."""
    for header, below in whole.items():
        for line, why in _of_lines({header: below}, GLOBAL):
            yield Refusal(header, line, why)
    for header, why in rules.breaches(whole):
        yield Refusal(header, header, why)


def _of_lines(lines: Tree, mode: str) -> Iterator[tuple[str, str]]:
    for line, below in lines.items():
        if mode in _LISTS:
            if not is_entry(line, _LISTS[mode]):
                yield line, "no form of an entry"
            continue
        found = None if line in _UNSAID else forms.find(NODES[mode], line)
        if found is None and line not in _UNSAID:
            yield line, f"no form of a line of {mode}"
        if below:
            if found is None or found.mode is None:
                yield line, "nothing can stand below it"
            else:
                yield from _of_lines(below, found.mode)


def needs_release(whole: Tree) -> dict[tuple[int, int], str]:
    """The releases that lines of *whole* need, each with one such line."""
    found: dict[tuple[int, int], str] = {}
    for line, form in _forms({**whole}, GLOBAL):
        if form.since is not None:
            found.setdefault(form.since, line)
    return found


def _forms(lines: Tree, mode: str) -> Iterator[tuple[str, forms.Form]]:
    for line, below in lines.items():
        found = forms.find(NODES[mode], line)
        if found is not None:
            yield line, found
            if found.mode is not None and found.mode not in _LISTS:
                yield from _forms(below, found.mode)
