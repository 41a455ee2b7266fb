"""What a hub refused and what its bundles lost, and how much more than when it was audited last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.checks.check import OBSERVATIONS, Check
from ksz_netops.compliance.checks.digital_lines import MOST_ERRORED_S
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.view import Doubts
from ksz_netops.intent.calendar import in_brussels
from ksz_netops.state.resources import BundlePort, Handoff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.observations import BundleStatus
    from ksz_netops.state.resources import DeviceState

DROPS: Final = Check(
    id="drops",
    title="What the hub refused",
    reads=OBSERVATIONS,
    criterion="The counters of refused packets are there, every one of the last audit among them",
    source="What no partner's filter admits is dropped and counted",
)


FRAGMENTS: Final = Check(
    id="fragments",
    title="What a bundle of digital lines loses",
    reads=OBSERVATIONS,
    criterion=(
        f"Since the last audit not more fragments than {MOST_ERRORED_S} in a quarter of an hour, "
        "one for each second that may be errored"
    ),
    source="KSZ, Methods of connection to the extranet (2016): direct lines; RFC 1990",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What one hub had counted when it was audited last."""

    at: datetime
    packets: Mapping[str, int]
    """By cause."""
    fragments: Mapping[str, int] = field(default_factory=dict)
    """By bundle, how many it had lost."""

    @classmethod
    def of(cls, reading: Reading, at: datetime) -> Former | None:
        """What *reading*, taken *at* a moment, is to the next audit; None if nothing was read."""
        seen = reading.observations
        if seen is None:
            return None
        return cls(
            at=at,
            packets={cause: counter.packets for cause, counter in seen.dropped},
            fragments={
                each.name: each.lost_fragments
                for each in seen.bundles
                if each.lost_fragments is not None
            },
        )


_QUARTER: Final = timedelta(minutes=15)


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


def lost_fragments(
    desired: DeviceState, reading: Reading, former: Former | None, at: datetime
) -> Iterator[Finding]:
    """For each bundle of *desired* how many fragments it lost between *former* and *at*.

    Without a former count there is nothing to judge: a bundle counts since it came up.
    """
    seen = reading.observations
    status = {each.name: each for each in seen.bundles} if seen is not None else {}
    for each in desired:
        if not isinstance(each, Handoff) or not isinstance(each.port, BundlePort):
            continue
        name = str(each.port)
        before = former.fragments.get(name) if former is not None else None
        quarters = 1 + (at - former.at) // _QUARTER if former is not None else 0
        verdict, observed, reason = _judged(
            status.get(name), before, MOST_ERRORED_S * quarters, reading.why
        )
        yield Finding(
            check=FRAGMENTS.id,
            verdict=verdict,
            hub=reading.hub,
            partner=each.owner.partner,
            connection=each.owner.connection,
            expected=f"at most {MOST_ERRORED_S * quarters} lost" if quarters else "few lost",
            observed=observed,
            reason=reason,
            origin=each.origin,
            evidence=reading.commands.get(OBSERVATIONS, ""),
        )


def _judged(
    status: BundleStatus | None, before: int | None, most: int, why: str
) -> tuple[Verdict, str, str]:
    """Verdict, what was observed, and why it is not good."""
    if status is None or status.lost_fragments is None:
        return Verdict.UNKNOWN, "", why or "its lost fragments were not shown"
    count = status.lost_fragments
    if before is None:
        return Verdict.NOT_APPLICABLE, f"{count} since it came up", ""
    lost = count - before if count >= before else count
    observed = f"{_grown(count, before)} lost"
    if lost > most:
        return Verdict.VIOLATED, observed, f"{status.name} lost {lost} fragments, at most {most}"
    return Verdict.COMPLIANT, observed, ""
