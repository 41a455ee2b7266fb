"""All checks, in the order of the reports. A new check is one entry in one of these tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.compliance.checks import (
    bypasses,
    conditions,
    counters,
    daemons,
    flows,
    ground,
    namesakes,
    orphans,
    ports,
    proofs,
    resources,
    tunnels,
    upkeep,
    ways,
)
from ksz_netops.compliance.checks.check import Check, HubContext, IntentContext

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ksz_netops.compliance.findings import Finding
    from ksz_netops.compliance.former import Former
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.resources import DeviceState

AnyCheck: TypeAlias = Check[HubContext] | Check[IntentContext]

HUB_CHECKS: Final[tuple[Check[HubContext], ...]] = (
    *resources.HUB_AND_LINES,
    *flows.CHECKS,
    *resources.TUNNELS_AND_ACCOUNTS,
    *ports.CHECKS,
    *ways.CHECKS,
    *daemons.CHECKS,
    *ground.CHECKS,
    *upkeep.CHECKS,
    *tunnels.CHECKS,
    *proofs.CHECKS,
    *orphans.CHECKS,
    *bypasses.CHECKS,
    *namesakes.CHECKS,
    *counters.CHECKS,
)
INTENT_CHECKS: Final[tuple[Check[IntentContext], ...]] = conditions.CHECKS
CATALOGUE: Final[tuple[AnyCheck, ...]] = (*HUB_CHECKS, *INTENT_CHECKS)


def check_hub(
    desired: DeviceState,
    reading: Reading,
    *,
    former: Former | None = None,
    at: datetime | None = None,
) -> tuple[Finding, ...]:
    """What every check on a hub says of *reading*, worst first."""
    context = HubContext.of(desired, reading, former=former, at=at)
    found = (finding for check in HUB_CHECKS for finding in context.findings(check))
    return tuple(sorted(found, key=lambda finding: finding.order))


def check_intent(context: IntentContext) -> Iterable[Finding]:
    """What every check on the inventory says of the partners of *context*."""
    return (finding for check in INTENT_CHECKS for finding in context.findings(check))
