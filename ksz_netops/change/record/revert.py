"""A confirmed change taken back later, as a change of its own.

What the change brought goes, and what it took away comes again, resource by resource. Where a later
change has touched the same resource, nobody can say what "back" means, so it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from ksz_netops.change.plan.plan import Plan
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.state.resources import DeviceState, Stray, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.change.plan.plan import HubPlan
    from ksz_netops.change.record.chain import Record


def was_done(record: Record, number: int) -> Plan:
    """The plan of the change to which entry *number* of *record* belongs.

    Hubs on which the change was not made are left out.

    Raises:
        RefusedError: If there is none, or it was made nowhere, or the record is damaged.
    """
    damage = tuple(record.problems())
    if damage:
        raise RefusedError(damage)
    entries = list(record.entries())
    plan = next((each.body.get("plan") for each in entries if each.number == number), None)
    of_it = [each for each in entries if plan is not None and each.body.get("plan") == plan]
    begun = [each for each in of_it if each.event == "begun"]
    made = of_it[-1].body.get("hubs", {}) if of_it and of_it[-1].event != "begun" else {}
    if not begun or "new" not in made.values():
        raise RefusedError(
            Problem(
                code="KSZ970",
                what=f"entry {number} of the record is not of a change that was made",
                fix="see `ksz-netops record show` for those that were",
            )
        )
    try:
        former = Plan.model_validate(begun[0].body["content"])
    except ValidationError as error:
        raise RefusedError(
            Problem(
                code="KSZ970",
                what=f"the plan in entry {begun[0].number} is not one of this program",
                fix="use the version that wrote it",
            )
        ) from error
    kept = tuple(part for part in former.hubs if made.get(part.hub) == "new")
    return former.model_copy(update={"hubs": kept})


def reverted(former: Plan, running: Mapping[str, DeviceState]) -> dict[str, DeviceState]:
    """What each hub of *former* must hold for it to be undone, from what they hold now.

    Raises:
        RefusedError: If something of it was changed since, with each such thing.
    """
    problems = [problem for part in former.hubs for problem in _conflicts(part, running[part.hub])]
    if problems:
        raise RefusedError(problems)
    return {part.hub: _undone(part, running[part.hub]) for part in former.hubs}


def _conflicts(part: HubPlan, running: DeviceState) -> Iterator[Problem]:
    held = running.by_key()
    came = {key_of(each): each for each in part.comes if not isinstance(each, Stray)}
    went = {key_of(each) for each in part.goes if not isinstance(each, Stray)}
    for key in sorted(came.keys() | went):
        if held.get(key) != came.get(key):
            yield Problem(
                code="KSZ971",
                what=f"{part.hub}: {key} was changed since, so that the former state is not known",
                fix="change the intent instead, and make a plan of it",
            )


def _undone(part: HubPlan, running: DeviceState) -> DeviceState:
    held = running.by_key()
    for each in part.comes:
        if not isinstance(each, Stray):
            held.pop(key_of(each), None)
    held |= {key_of(each): each for each in part.goes if not isinstance(each, Stray)}
    return DeviceState.of(held.values())
