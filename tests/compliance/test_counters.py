"""What a hub refused is told with its growth, and a counter that vanished is a violation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sample_audit import AT, AUDIT
from sample_states import ALL_UP

from ksz_netops.compliance.counters import Former, drops
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.reading import Reading
from ksz_netops.observations import Counter

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.compliance.findings import Finding


def judged(former: dict[str, int] | None = None, **now: int) -> Finding:
    counters = tuple((cause, Counter(packets=each, octets=0)) for cause, each in now.items())
    reading = Reading(hub="hub-bru-1", observations=replace(ALL_UP, dropped=counters))
    return drops(reading, Former(at=AT, packets=former) if former is not None else None)


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
    unread = drops(Reading(hub="hub-bru-1"), None)
    assert unread.verdict is Verdict.UNKNOWN


def test_the_history_keeps_what_each_hub_had_counted_when_it_was_seen_last(tmp_path: Path) -> None:
    first = replace(AUDIT, dropped={"hub-bru-1": {"spoofed": 5}, "hub-bru-2": {"spoofed": 1}})
    later = AT + timedelta(hours=1)
    second = replace(AUDIT, at=later, dropped={"hub-bru-1": {"layer2": 9}})

    with opened(tmp_path / "history.sqlite", create=True) as history:
        history.append(first, whole=True)
        history.append(second, whole=False)
        kept = history.dropped()

    assert kept == {
        "hub-bru-1": Former(at=later, packets={"layer2": 9}),
        "hub-bru-2": Former(at=AT, packets={"spoofed": 1}),
    }
