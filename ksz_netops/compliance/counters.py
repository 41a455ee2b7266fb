"""What a hub refused, and how much more than when it was audited last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.checks import OBSERVATIONS, Check
from ksz_netops.compliance.findings import Finding
from ksz_netops.compliance.view import Doubts
from ksz_netops.intent.calendar import in_brussels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ksz_netops.compliance.reading import Reading

DROPS: Final = Check(
    id="drops",
    title="What the hub refused",
    reads=OBSERVATIONS,
    criterion="The counters of refused packets are there, every one of the last audit among them",
    source="What no partner's filter admits is dropped and counted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What one hub had counted when it was audited last."""

    at: datetime
    packets: Mapping[str, int]
    """By cause."""


def drops(reading: Reading, former: Former | None) -> Finding:
    """Whether the counters of *reading* are there, with their growth since *former*.

    That packets are refused is no violation: it is what a filter is for.
    """
    doubts = Doubts()
    told: list[str] = []
    if reading.observations is None:
        doubts.unknown.append(f"not read: {reading.why}")
    else:
        now = {cause: counter.packets for cause, counter in reading.observations.dropped}
        if not now:
            doubts.unknown.append("no counter of refused packets was seen")
        before = former.packets if former else {}
        gone = sorted(before.keys() - now.keys())
        doubts.wrong.extend(f"the counter '{cause}' is gone" for cause in gone)
        told = [f"{cause} {_grown(count, before.get(cause))}" for cause, count in now.items()]
        if former is not None:
            told.append(f"since {in_brussels(former.at)}")
    judgement = doubts.judgement()
    return Finding(
        check=DROPS.id,
        verdict=judgement.verdict,
        hub=reading.hub,
        expected="a counter for each cause",
        observed=", ".join(told),
        reason=judgement.reason,
        evidence=reading.commands.get(OBSERVATIONS, ""),
    )


def _grown(count: int, before: int | None) -> str:
    if before is None:
        return str(count)
    # A counter that is smaller began anew: the hub or its filter was started since.
    return f"{count} (+{count - before})" if count >= before else f"{count} (counts anew)"
