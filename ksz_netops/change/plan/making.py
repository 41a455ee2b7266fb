"""How a plan is made from what hubs hold and what they must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ksz_netops.change.plan.plan import HubPlan, Plan, unfit
from ksz_netops.errors import KszError, RefusedError
from ksz_netops.platforms import admit
from ksz_netops.state.diff import difference
from ksz_netops.state.encoding import fingerprint
from ksz_netops.state.resources import (
    DeviceState,
    Handoff,
    PartnerFilter,
    Route,
    Shaper,
    TunnelEnd,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from ksz_netops.platforms import Platform
    from ksz_netops.state.diff import StateDifference
    from ksz_netops.state.resources import Resource, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One hub for which a plan is wanted."""

    name: str
    platform: Platform
    running: DeviceState
    intended: DeviceState


def make_plan(  # noqa: PLR0913 - what a plan says about itself, all by keyword
    hubs: Iterable[Planned],
    *,
    author: str,
    made_at: datetime,
    not_after: datetime,
    intent: Mapping[str, str],
    record: str = "",
    purpose: str = "",
    scope: Collection[str] = (),
    undoes: int | None = None,
) -> Plan:
    """Plan from running to intended state; compliant hubs are left out.

    Raises:
        UnsupportedError: If a platform cannot hold what is intended.
        CommitError: If a platform knows no way there that is safe throughout.
        RefusedError: If the author or the purpose cannot stand in a plan.
    """
    try:
        return Plan(
            author=author,
            purpose=purpose,
            made_at=made_at.replace(microsecond=0),
            not_after=not_after.replace(microsecond=0),
            intent=dict(intent),
            record=record,
            scope=tuple(sorted(scope)),
            undoes=undoes,
            hubs=tuple(_hub_plan(hub) for hub in hubs if hub.running != hub.intended),
        )
    except ValidationError as error:
        raise RefusedError(unfit(error)) from error


def _hub_plan(hub: Planned) -> HubPlan:
    admit(hub.platform, hub.intended)
    hub.platform.safety(hub.running, hub.intended)
    change = difference(hub.running, hub.intended)
    return HubPlan(
        hub=hub.name,
        platform=hub.platform.name,
        before=fingerprint(hub.running),
        after=fingerprint(hub.intended),
        goes=(*change.removed, *(each.before for each in change.changed), *change.strays_gone),
        comes=(*change.added, *(each.after for each in change.changed), *change.strays_new),
        stays=_staying(hub, change),
    )


def _staying(hub: Planned, change: StateDifference) -> tuple[Resource, ...]:
    """The resources that must be known to compute the same commands and the same reach.

    These are the touched partners' own and what all share; where the commands depend on more, also
    one partner for each kind of resource on each port. They are everything where something shared
    changes, or where the platform would still send other commands.
    """
    running = hub.running.by_key()
    staying = tuple(each for each in hub.intended if running.get(key_of(each)) == each)
    if any(owner.partner is None for owner in change.owners):
        return staying
    near: set[str | None] = {None, *change.partners}
    commands = hub.platform.commands(hub.running, hub.intended)
    for known in (near, near | _neighbours(staying, near)):
        few = tuple(each for each in staying if each.owner.partner in known)
        if _commands(hub, change, few) == commands:
            return few
    return staying


def _commands(
    hub: Planned, change: StateDifference, staying: tuple[Resource, ...]
) -> tuple[str, ...] | None:
    """The commands as they are where no more than *staying* is known; None where there are none."""
    old = (*change.removed, *(each.before for each in change.changed), *staying)
    new = (*change.added, *(each.after for each in change.changed), *staying)
    try:
        return hub.platform.commands(
            DeviceState.of(old, change.strays_gone), DeviceState.of(new, change.strays_new)
        )
    except KszError:
        return None


def _neighbours(staying: tuple[Resource, ...], near: set[str | None]) -> set[str | None]:
    """One partner for each kind of resource on each port, of those that are not *near*."""
    found: dict[tuple[str, str], str | None] = {}
    for resource in staying:
        if resource.owner.partner not in near:
            for way in _ways(resource) or ("",):
                found.setdefault((resource.kind, way), resource.owner.partner)
    return set(found.values())


def _ways(resource: Resource) -> tuple[str, ...]:
    ways: list[Way]
    match resource:
        case PartnerFilter():
            ways = [entry.way for entry in resource.entries]
        case Shaper():
            ways = [way for way, _ in resource.rates_kbps]
        case Route():
            ways = [hop.port for hop in resource.hops]
        case Handoff():
            ways = [resource.port]
        case _:
            ways = []
    return tuple("tunnel" if isinstance(way, TunnelEnd) else str(way) for way in ways)
