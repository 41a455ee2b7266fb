"""What people are shown of a plan and what a record files it under, computed from its data.

No sentence of a plan file is ever shown: whoever plans, approves, verifies, applies or reads the
record computes the same view again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.change.plan.reach import reach_of
from ksz_netops.change.plan.safety import reasons
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.platforms import platforms
from ksz_netops.proof.access import access_changes
from ksz_netops.state.diff import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.change.plan.plan import HubPlan, Plan
    from ksz_netops.change.plan.reach import Reach
    from ksz_netops.platforms import Platform
    from ksz_netops.proof.access import AccessChange


@dataclass(frozen=True, slots=True, kw_only=True)
class HubView:
    """One hub's part of a plan as people see it."""

    hub: str
    changes: tuple[str, ...]
    """One line for each resource or field."""
    access: tuple[AccessChange, ...]
    """What partners gain and lose."""
    removed_partners: tuple[str, ...]
    """The partners of whom the hub will hold nothing."""
    commands: tuple[str, ...]
    """In the order in which they are sent."""
    safety: tuple[str, ...]
    """Why the hub is safe after each of them."""
    reach: Reach


def view_of(part: HubPlan, platform: Platform) -> HubView:
    """What *part* does, computed for *platform*.

    Raises:
        UnsupportedError: If the platform cannot hold what comes.
        CommitError: If there are no commands that are safe throughout.
    """
    running, intended = part.running, part.intended
    return HubView(
        hub=part.hub,
        changes=tuple(difference(running, intended).lines()),
        access=access_changes(running, intended),
        removed_partners=part.removed_partners,
        commands=platform.commands(running, intended),
        safety=reasons(platform, running, intended),
        reach=reach_of(running, intended),
    )


def views_of(plan: Plan, known: Mapping[str, Platform] | None = None) -> tuple[HubView, ...]:
    """What *plan* does to each of its hubs.

    Raises:
        RefusedError: If a platform of the plan does not exist.
        CommitError: If the commands for a hub would not be safe throughout.
    """
    available = platforms() if known is None else known
    problems = [
        Problem(
            code="KSZ901",
            what=f"not a plan: {part.hub} is of platform {part.platform!r}, which does not exist",
            fix="make it with `ksz-netops plan`",
        )
        for part in plan.hubs
        if part.platform not in available
    ]
    if problems:
        raise RefusedError(problems)
    return tuple(view_of(part, available[part.platform]) for part in plan.hubs)


def access_lines(view: HubView, names: Mapping[str, str] | None = None) -> Iterator[str]:
    """Who gains and loses what on one hub, a sentence for each partner.

    Args:
        view: The hub's part of the plan.
        names: Names of partners by their ids, where they are known.
    """
    for change in view.access:
        name = (names or {}).get(change.partner)
        who = f"{change.partner} ({name})" if name else change.partner
        if change.gains:
            yield f"{who} gains {'; '.join(change.gains)}."
        if change.loses:
            yield f"{who} loses {'; '.join(change.loses)}."
    if view.removed_partners:
        yield f"Nothing of {', '.join(view.removed_partners)} is left on this hub."
    if not view.access:
        yield "No partner gains or loses anything that it may reach."


def reach_line(reach: Reach) -> str:
    """Whom a change reaches, in one line."""
    said = [f"Touches {_names(reach.touched)}."]
    if reach.through_shared:
        said.append(f"Reaches {_names(reach.through_shared)} through what is shared.")
    if reach.permits_changed:
        said.append(f"What may be reached changes for {_names(reach.permits_changed)}.")
    else:
        said.append("What anybody may reach stays as it is.")
    said.append("The resources of all other partners stay as they are.")
    return " ".join(said)


def _names(partners: tuple[str, ...]) -> str:
    return ", ".join(partners) or "no partner"
