"""Whom a change to one hub reaches, computed from the two states and never asserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.difference import difference
from ksz_netops.resources import Handoff, PartnerFilter, Perimeter, Route, SftpAccount

if TYPE_CHECKING:
    from ksz_netops.resources import DeviceState, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """The partners of one hub, by how the change reaches them; ids in order."""

    touched: tuple[str, ...]
    """Something of theirs differs, or a stray that bears their token goes."""
    through_shared: tuple[str, ...]
    """Nothing of theirs differs, but something does that they share with others."""
    permits_changed: tuple[str, ...]
    """What they may reach, from where or with which key differs."""
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
    was, becomes = _permitted(before), _permitted(after)
    return Blast(
        touched=tuple(sorted(touched)),
        through_shared=tuple(sorted(through)),
        permits_changed=tuple(
            sorted(each for each in everyone if was.get(each) != becomes.get(each))
        ),
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


def _permitted(state: DeviceState) -> dict[str, set[object]]:
    """What each partner may reach, whence, and with which keys."""
    permitted: dict[str, set[object]] = {}
    for resource in state:
        partner = resource.owner.partner
        match resource:
            case PartnerFilter() if partner:
                admits = (resource.official, resource.entries, resource.permits)
                permitted.setdefault(partner, set()).add(admits)
            case SftpAccount() if partner:
                opens = (resource.official, resource.keys, resource.directories)
                permitted.setdefault(partner, set()).add(opens)
            case _:
                pass
    return permitted
