"""What a hub refused is told with its growth, and a counter that vanished is a violation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.former import Former
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.reading import Reading
from ksz_netops.state.observations import BundleStatus, Counter, Observations
from ksz_netops.state.resources import BundlePort, DeviceState, E1Port, Handoff, Owner
from support.sample_audit import AT, AUDIT
from support.sample_states import ALL_UP

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.compliance.findings import Finding


def judged(former: dict[str, int] | None = None, **now: int) -> Finding:
    counters = tuple((cause, Counter(packets=each, octets=0)) for cause, each in now.items())
    reading = Reading(hub="hub-bru-1", observations=replace(ALL_UP, dropped=counters))
    before = Former(at=AT, packets=former) if former is not None else None
    return one("drops", reading, former=before)


def one(
    check: str,
    reading: Reading,
    desired: DeviceState = DeviceState(()),  # noqa: B008 - it is frozen
    former: Former | None = None,
) -> Finding:
    """The one finding of *check*."""
    found = check_hub(desired, reading, former=former, at=AT)
    [finding] = [each for each in found if each.check == check]
    return finding


def test_growth_since_the_last_audit_is_told() -> None:
    found = judged({"spoofed": 5, "layer2": 3}, spoofed=12, layer2=3)

    assert found.verdict is Verdict.COMPLIANT
    assert found.observed.startswith("spoofed 12 (+7), layer2 3 (+0), since ")


def test_without_a_former_audit_the_counts_alone_are_told() -> None:
    assert judged(spoofed=12).observed == "spoofed 12"


def test_a_counter_that_began_anew_is_no_negative_growth() -> None:
    assert judged({"spoofed": 5}, spoofed=2).observed.startswith("spoofed 2 (counts anew)")


def test_a_counter_that_vanished_is_a_violation() -> None:
    found = judged({"spoofed": 5, "layer2": 3}, spoofed=5)

    assert found.verdict is Verdict.VIOLATED
    assert found.reason == "the counter 'layer2' is gone"


def test_no_counter_at_all_is_unknown() -> None:
    assert judged().verdict is Verdict.UNKNOWN
    unread = one("drops", Reading(hub="hub-bru-1"))
    assert unread.verdict is Verdict.UNKNOWN


def test_the_history_keeps_what_each_hub_had_counted_when_it_was_seen_last(tmp_path: Path) -> None:
    first = replace(
        AUDIT,
        counted={
            "hub-bru-1": Former(at=AT, packets={"spoofed": 5}, fragments={"bundle 12": 3}),
            "hub-bru-2": Former(at=AT, packets={"spoofed": 1}),
        },
    )
    later = AT + timedelta(hours=1)
    counted = Former(at=later, packets={"layer2": 9}, fragments={"bundle 12": 4})
    second = replace(AUDIT, at=later, counted={"hub-bru-1": counted})

    with opened(tmp_path / "history.sqlite", create=True) as history:
        history.append(first, whole=True)
        history.append(second, whole=False)
        kept = history.counted()

    assert kept == {
        "hub-bru-1": counted,
        "hub-bru-2": Former(at=AT, packets={"spoofed": 1}),
    }


BUNDLE = DeviceState.of(
    [
        Handoff(
            owner=Owner.of("P00012", "S1"),
            port=BundlePort(12, (E1Port("0/1/0"), E1Port("0/1/1"))),
            addresses=(),
        )
    ]
)


def fragments(
    now: int | None, before: int | None = None, *, since: timedelta = timedelta(hours=1)
) -> Finding:
    bundles = (BundleStatus(name="bundle 12", active=(), lost_fragments=now),)
    reading = Reading(hub="hub-gen-1", observations=Observations(bundles=bundles))
    former = None
    if before is not None:
        former = Former(at=AT - since, packets={}, fragments={"bundle 12": before})
    return one("fragments", reading, BUNDLE, former)


def test_a_bundle_may_lose_as_much_between_two_audits_as_errored_seconds_are_allowed() -> None:
    assert fragments(17, 12, since=timedelta(minutes=35)).verdict is Verdict.COMPLIANT

    found = fragments(19, 12, since=timedelta(minutes=35))

    assert found.verdict is Verdict.VIOLATED
    assert (found.partner, found.connection) == ("P00012", "S1")
    assert found.reason == "bundle 12 lost 7 fragments, at most 6"


def test_a_bundle_that_came_up_anew_has_lost_what_it_counts_since() -> None:
    assert fragments(2, 900).verdict is Verdict.COMPLIANT
    assert fragments(90, 900).verdict is Verdict.VIOLATED


def test_the_first_audit_of_a_bundle_has_nothing_to_compare_with() -> None:
    assert fragments(900).verdict is Verdict.NOT_APPLICABLE


def test_a_bundle_that_does_not_tell_what_it_lost_is_unknown() -> None:
    assert fragments(None, 3).verdict is Verdict.UNKNOWN
    unread = one("fragments", Reading(hub="hub-gen-1"), BUNDLE)
    assert unread.verdict is Verdict.UNKNOWN
