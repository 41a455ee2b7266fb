"""A hub is compliant only if it keeps what it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ksz_netops.compliance.checks.check import HubContext
from ksz_netops.compliance.checks.upkeep import is_kept
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.state.observations import Observations, Upkeep
from ksz_netops.state.resources import DeviceState

AT = datetime(2026, 1, 1, tzinfo=UTC)


def judged(upkeep: Upkeep | None, at: datetime | None = AT) -> tuple[Verdict, str]:
    reading = Reading(
        hub="hub-a", state=DeviceState.of([]), observations=Observations(upkeep=upkeep)
    )
    (found,) = is_kept(HubContext.of(DeviceState.of([]), reading, at=at))
    return found.verdict, found.observed


@pytest.mark.parametrize(
    ("upkeep", "verdict", "word"),
    [
        (Upkeep(), Verdict.COMPLIANT, "all is kept"),
        (Upkeep(pending="20260101T000000Z-0-0"), Verdict.VIOLATED, "waits"),
        (Upkeep(flaws=("there is no agent",)), Verdict.VIOLATED, "no agent"),
        (None, Verdict.NOT_APPLICABLE, ""),
    ],
)
def test_pending_commit_or_a_foreign_agent_is_told(
    upkeep: Upkeep | None, verdict: Verdict, word: str
) -> None:
    found, observed = judged(upkeep)

    assert found is verdict
    assert word in observed


def test_a_runs_own_commit_does_not_stand_in_its_way() -> None:
    assert judged(Upkeep(pending="mine"), at=None)[0] is Verdict.COMPLIANT
