"""Whether a plan follows from its inventory, or undoes a change of the record.

A plan that does neither was made by somebody for something else, whatever it says of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.record.revert import was_done
from ksz_netops.errors import KszError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.rendering import UnopenedVault
from ksz_netops.state.resources import Stray, Tunnel, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.change.plan.plan import HubPlan, Plan
    from ksz_netops.change.record.chain import Record
    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import DeviceState, Resource, ResourceKey, Secret


def provenance_doubts(plan: Plan, intent: Intent, record: Record) -> Iterator[Problem]:
    """Why *plan* follows neither from *intent* nor from an entry of *record*.

    Pre-shared keys take no part: an approver needs no vault. The run compares them.
    """
    if plan.undoes is not None:
        yield from _not_undoing(plan, plan.undoes, record)
        return
    day = plan.made_at.astimezone(BRUSSELS).date()
    for part in plan.hubs:
        hub = intent.hubs.get(part.hub)
        if hub is None or hub.platform != part.platform:
            yield _problem(part, f"the inventory has no such hub of platform {part.platform}")
            continue
        try:
            desired = desired_state(
                intent, part.hub, secrets=UnopenedVault(_secrets_of(part)), on=day
            )
        except KszError as error:
            yield from error.problems
        else:
            yield from _not_intended(part, desired)


def _secrets_of(part: HubPlan) -> Mapping[str, Secret]:
    """The pre-shared keys that *part* names; of a key that changes, the new one."""
    resources = (*part.running, *part.intended)
    return {each.secret.name: each.secret for each in resources if isinstance(each, Tunnel)}


def _not_intended(part: HubPlan, desired: DeviceState) -> Iterator[Problem]:
    """What *part* does that *desired* does not ask for."""
    wanted = desired.by_key()
    for resource in part.comes:
        if isinstance(resource, Stray):
            yield _problem(part, f"it brings {resource.statement!r}, which no file asks for")
        elif wanted.get(key_of(resource)) != resource:
            yield _problem(part, f"no file asks for {key_of(resource)} as the plan has it")
    for resource in part.goes:
        if not isinstance(resource, Stray) and wanted.get(key_of(resource)) == resource:
            yield _problem(part, f"it takes away {key_of(resource)}, which a file asks for")
    for partner in part.partners:
        if part.intended.of_partner(partner) != desired.of_partner(partner):
            yield _problem(part, f"it leaves {partner} with another part than its file asks for")


def _not_undoing(plan: Plan, number: int, record: Record) -> Iterator[Problem]:
    """What *plan* does beside undoing entry *number* of *record*."""
    try:
        former = was_done(record, number)
    except KszError as error:
        yield from error.problems
        return
    parts = {part.hub: part for part in former.hubs}
    if parts.keys() != {part.hub for part in plan.hubs}:
        yield Problem(
            code="KSZ936",
            what=f"the plan is not for the hubs of entry {number}, which it claims to undo",
            fix=f"make a new plan with `ksz-netops revert {number}`",
        )
        return
    for part in plan.hubs:
        undone = parts[part.hub]
        same = (
            _resources(part.goes) == _resources(undone.comes)
            and _resources(part.comes) == _resources(undone.goes)
            and not any(isinstance(each, Stray) for each in part.comes)
        )
        if not same:
            yield _problem(part, f"it does not undo entry {number} of the record and no more")


def _resources(parts: tuple[Resource | Stray, ...]) -> dict[ResourceKey, Resource]:
    return {key_of(part): part for part in parts if not isinstance(part, Stray)}


def _problem(part: HubPlan, why: str) -> Problem:
    return Problem(
        code="KSZ936",
        what=f"{part.hub}: the plan does not follow from the inventory: {why}",
        fix="do not approve or apply it; make a new plan from the inventory",
    )
