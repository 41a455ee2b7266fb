"""Whom a change to one hub reaches, computed from its two states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.proof import blast_radius
from ksz_netops.state.diff import difference
from ksz_netops.state.resources import Handoff, PartnerFilter, Perimeter, Route, SftpAccount

if TYPE_CHECKING:
    from ksz_netops.state.resources import DeviceState, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The ids of the partners of one hub, in order, by how a change reaches them."""

    touched: tuple[str, ...]
    """A resource of theirs differs, or a stray with their token goes."""
    through_shared: tuple[str, ...]
    """No resource of theirs differs, but one differs that they share with others."""
    permits_changed: tuple[str, ...]
    """The packets that they may send differ, or an SFTP account of theirs does."""
    identical: int
    """How many other partners the two states have; all their resources are equal."""


def reach_of(before: DeviceState, after: DeviceState) -> Reach:
    """Whom the change from *before* to *after* reaches, of the partners in these states."""
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
    return Reach(
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
