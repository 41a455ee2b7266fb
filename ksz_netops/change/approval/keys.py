"""Compares the pre-shared keys that a plan names with those of the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.errors import Problem, RefusedError
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.change.plan.plan import HubPlan, Plan
    from ksz_netops.state.resources import Secret


def refuse_other_keys(plan: Plan, held: Mapping[str, Secret]) -> None:
    """Accepts a plan whose pre-shared keys are those that the vault *held* has.

    Raises:
        RefusedError: With each tunnel that would have another key than was approved.
    """
    undoes = plan.undoes is not None
    named = {
        (part.hub, tunnel.secret.name, tunnel.secret.fingerprint)
        for part in plan.hubs
        for tunnel in _tunnels(part, coming_only=undoes)
    }
    problems = [
        Problem(
            code="KSZ935",
            what=f"{hub}: the vault holds another key called {name} than the plan names",
            fix="bring the former key back into the vault, or make a new plan",
        )
        for hub, name, fingerprint in sorted(named)
        if name not in held or held[name].fingerprint != fingerprint
    ]
    if problems:
        raise RefusedError(problems)


def _tunnels(part: HubPlan, *, coming_only: bool) -> Iterator[Tunnel]:
    """The tunnels that come; else also those that stay of the partners whom the plan touches."""
    touched = part.partners
    for resource in part.comes if coming_only else part.intended:
        if isinstance(resource, Tunnel) and (coming_only or resource.owner.partner in touched):
            yield resource
