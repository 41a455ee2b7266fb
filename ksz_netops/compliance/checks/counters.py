"""The checks on what a hub refused and what its bundles lost since it was audited last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import COUNTERS, LINE_ERRORS
from ksz_netops.compliance.checks.check import NOTE, OBSERVATIONS, Check, HubContext
from ksz_netops.compliance.checks.ports import MOST_ERRORED_S
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.intent.calendar import in_brussels
from ksz_netops.state.resources import BundlePort, Handoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.former import Former
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.observations import BundleStatus

_QUARTER: Final = timedelta(minutes=15)


def drops(context: HubContext) -> Iterator[Judgement]:
    """Whether the counters of refused packets are there, with their growth since the last audit.

    That packets are refused is no violation: it is what a filter is for.
    """
    reading, former = context.reading, context.former
    doubts = Doubts()
    told: list[str] = []
    if reading.observations is None:
        doubts.unknown.append(f"not read: {reading.why}")
    else:
        now = {reason: counter.packets for reason, counter in reading.observations.dropped}
        if not now:
            doubts.unknown.append("no counter of refused packets was seen")
        before = former.packets if former else {}
        gone = sorted(before.keys() - now.keys())
        doubts.wrong.extend(f"the counter '{reason}' is gone" for reason in gone)
        told = [f"{reason} {_grown(count, before.get(reason))}" for reason, count in now.items()]
        if former is not None:
            told.append(f"since {in_brussels(former.at)}")
    yield doubts.judgement(expected="a counter for each reason", observed=", ".join(told))


def _grown(count: int, before: int | None) -> str:
    if before is None:
        return str(count)
    # A counter that is smaller began anew: the hub or its filter was started since.
    return f"{count} (+{count - before})" if count >= before else f"{count} (counts anew)"


def lost_fragments(context: HubContext) -> Iterator[Judgement]:
    """For each bundle how many fragments it lost since the last audit.

    Without a former count there is nothing to judge: a bundle counts since it came up.
    """
    former = context.former
    seen = context.reading.observations
    status = {each.name: each for each in seen.bundles} if seen is not None else {}
    for resource in context.desired:
        if not isinstance(resource, Handoff) or not isinstance(resource.port, BundlePort):
            continue
        name = str(resource.port)
        before = former.fragments.get(name) if former is not None else None
        quarters = _quarters(context, former)
        verdict, observed, reason = _judged(
            status.get(name), before, MOST_ERRORED_S * quarters, context.reading
        )
        yield Judgement(
            verdict=verdict,
            expected=f"at most {MOST_ERRORED_S * quarters} lost" if quarters else "few lost",
            observed=observed,
            reason=reason,
            partner=resource.owner.partner,
            connection=resource.owner.connection,
            origin=resource.origin,
        )


def _quarters(context: HubContext, former: Former | None) -> int:
    if former is None or context.at is None:
        return 0
    return 1 + (context.at - former.at) // _QUARTER


def _judged(
    status: BundleStatus | None, before: int | None, most: int, reading: Reading
) -> tuple[Verdict, str, str]:
    """Verdict, what was observed, and why it is not good."""
    if status is None or status.lost_fragments is None:
        return Verdict.UNKNOWN, "", reading.why or "its lost fragments were not shown"
    count = status.lost_fragments
    if before is None:
        return Verdict.NOT_APPLICABLE, f"{count} since it came up", ""
    lost = count - before if count >= before else count
    observed = f"{_grown(count, before)} lost"
    if lost > most:
        return Verdict.VIOLATED, observed, f"{status.name} lost {lost} fragments, at most {most}"
    return Verdict.COMPLIANT, observed, ""


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="drops",
        title="What the hub refused",
        reads=OBSERVATIONS,
        criterion=(
            "The counters of refused packets are there, every one of the last audit among them"
        ),
        source="What no partner's filter admits is dropped and counted",
        judge=drops,
        concerns=Question.UP,
        cause=COUNTERS,
    ),
    Check(
        id="fragments",
        title="What a bundle of digital lines loses",
        reads=OBSERVATIONS,
        criterion=(
            f"Since the last audit not more fragments than {MOST_ERRORED_S} in a quarter of an "
            "hour, one for each second that may be errored"
        ),
        source=f"{NOTE}: direct lines; RFC 1990",
        judge=lost_fragments,
        concerns=Question.UP,
        cause=LINE_ERRORS,
        needs_far_end=True,
    ),
)
