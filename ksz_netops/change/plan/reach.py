"""Whom a change to one hub reaches, computed from the two states and never asserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.proof import blast_radius
from ksz_netops.state.diff import difference
from ksz_netops.state.resources import Handoff, PartnerFilter, Perimeter, Route, SftpAccount

if TYPE_CHECKING:
    from ksz_netops.state.resources import DeviceState, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """The partners of one hub, by how the change reaches them; ids in order."""

    touched: tuple[str, ...]
    """Something of theirs differs, or a stray that bears their token goes."""
    through_shared: tuple[str, ...]
    """Nothing of theirs differs, but something does that they share with others."""
    permits_changed: tuple[str, ...]
    """The packets that they may send differ, compared exactly, or an account of theirs does."""
    identical: int
    """How many others there are, all of whose resources are equal before and after."""


def blast(before: DeviceState, after: DeviceState) -> Blast:
    """Whom the change from *before* to *after* reaches."""
    change = difference(before, after)
    touched = set(change.partners)
    shared = [
        resource
        for resource in (
            *change.added,
            *change.removed,
            *(each.before for each in change.changed),
            *(each.after for each in change.changed),
        )
        if resource.owner.partner is None
    ]
    everyone = _partners(before) | _partners(after)
    through = {
        resource.owner.partner
        for resource in after
        if resource.owner.partner and _rests_on(resource, shared)
    } - touched
    was, becomes = _accounts(before), _accounts(after)
    opened = {each for each in everyone if was.get(each) != becomes.get(each)}
    return Blast(
        touched=tuple(sorted(touched)),
        through_shared=tuple(sorted(through)),
        permits_changed=tuple(sorted({*blast_radius(before, after), *opened})),
        identical=len(everyone - touched - through),
    )


def _partners(state: DeviceState) -> set[str]:
    return {resource.owner.partner for resource in state if resource.owner.partner}


def _rests_on(resource: Resource, shared: list[Resource]) -> bool:
    """Whether *resource* works through one of the *shared* ones."""
    if isinstance(resource, PartnerFilter):
        ports: set[object] = {entry.way for entry in resource.entries}
    elif isinstance(resource, Route):
        ports = {hop.port for hop in resource.hops}
    else:
        ports = set()
    return any(
        isinstance(each, Perimeter) or (isinstance(each, Handoff) and each.port in ports)
        for each in shared
    )


def _accounts(state: DeviceState) -> dict[str, set[SftpAccount]]:
    """The accounts of each partner."""
    accounts: dict[str, set[SftpAccount]] = {}
    for resource in state:
        if isinstance(resource, SftpAccount) and resource.owner.partner:
            accounts.setdefault(resource.owner.partner, set()).add(resource)
    return accounts
