"""Changes that their author may decide alone, or had to in an emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import Admitted, Basis
from ksz_netops.change.approval.policy import find_policy
from ksz_netops.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.change.plan.plan import Plan


def admit_direct(plan: Plan, inventory: Path, *, emergency: str, at: datetime) -> Admitted:
    """*plan* where its author may decide it alone.

    Args:
        plan: What will be done.
        inventory: The folder whose policy counts.
        emergency: Why the policy is passed by; empty keeps to the policy.
        at: When the change begins.

    Raises:
        RefusedError: If the policy asks for somebody else and there is no emergency.
    """
    if emergency:
        return Admitted(plan=plan, basis=Basis.EMERGENCY, reason=emergency)
    policy = find_policy(inventory)
    if policy is not None:
        problems = [*policy.forbids_direct(plan), *policy.forbids(plan, at)]
        if problems:
            raise RefusedError(problems)
    return Admitted(plan=plan, basis=Basis.DIRECT)
