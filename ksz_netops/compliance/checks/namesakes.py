"""What has our letters on a hub and is not ours: told, so that nobody takes it for ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.checks.check import FOREIGN, Check, HubContext
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.view import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator


def namesakes(context: HubContext) -> Iterator[Judgement]:
    """One judgement for the hub; what others named so is no fault."""
    reading = context.reading
    seen = reading.observations.foreign if reading.observations else None
    if seen is None:
        yield Judgement(
            verdict=Verdict.UNKNOWN,
            expected="never changed",
            reason=f"what others hold was not read: {reading.why or 'this platform does not tell'}",
        )
        return
    found = "; ".join(seen.namesakes)
    told = f"has our letters, is not of our form and is never changed: {found}" if found else ""
    yield Judgement(
        verdict=Verdict.COMPLIANT, expected="never changed", observed=found or "none", reason=told
    )


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="namesakes",
        title="Things of others with our letters in their names",
        reads=FOREIGN,
        criterion="They are told and never changed",
        source="Ours is the exact form of a name that we write, where we write it",
        judge=namesakes,
    ),
)
