"""The check on the ways of partners who have several, and what a hub's watcher wrote about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ksz_netops.compliance.causes import WATCHER_DOWN, WAY_DEAD
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.platforms.linux.observe import watch
from ksz_netops.state.addresses import read_address
from ksz_netops.state.observations import Observations, Watch
from ksz_netops.state.resources import DeviceState, EthernetPort, Hop, Owner, Route

OFFICIAL = "198.51.100.3"
STATEMENTS = (
    f"route {OFFICIAL} via 192.0.2.142 dev line1 metric 10 # KSZ-P00003-S1",
    f"route {OFFICIAL} via 192.0.2.146 dev line2 metric 11 # KSZ-P00003-S1",
    f"route blackhole {OFFICIAL} metric 4278198272",
)


def way(port: str, via: str, *, alive: bool, carries: bool) -> dict[str, Any]:
    return {
        "official": OFFICIAL,
        "metric": 10,
        "via": via,
        "port": port,
        "alive": alive,
        "since": 1_800_000_000,
        "carries": carries,
    }


def document(*, first: bool, second: bool, age_s: float = 3) -> dict[str, Any]:
    alone = first or second
    return {
        "at": 100.0,
        "age_s": age_s,
        "ways": [
            way("line1", "192.0.2.142", alive=first, carries=first or not alone),
            way("line2", "192.0.2.146", alive=second, carries=second or not alone),
        ],
    }


ROUTE = Route(
    owner=Owner("KSZ-P00003-S1"),
    official=read_address(OFFICIAL),
    hops=(
        Hop(port=EthernetPort("line1"), next_hop=read_address("192.0.2.142"), preference=10),
        Hop(port=EthernetPort("line2"), next_hop=read_address("192.0.2.146"), preference=11),
    ),
)


def judged(watch: Watch | None, route: Route = ROUTE) -> Finding:
    state = DeviceState.of([route])
    reading = Reading(hub="hub-bru-2", state=state, observations=Observations(watch=watch))
    (finding,) = (each for each in check_hub(state, reading) if each.check == "ways")
    return finding


def test_two_living_ways_are_compliant() -> None:
    finding = judged(watch.read(document(first=True, second=True)))

    assert finding.verdict is Verdict.COMPLIANT


def test_a_dead_way_is_named_with_its_port_router_and_moment() -> None:
    finding = judged(watch.read(document(first=False, second=True)))

    assert finding.verdict is Verdict.VIOLATED
    assert finding.cause == WAY_DEAD.id
    assert "192.0.2.142 does not answer over line1 since 2027-01-15" in finding.reason
    assert "192.0.2.146 answers over line2" in finding.observed
    assert "line2 since 2027-01-15 09:00+01:00, carries" in finding.observed


@pytest.mark.parametrize("age_s", [31, 100_000, -1])
def test_a_watcher_without_a_sign_of_life_makes_the_ways_unknown(age_s: float) -> None:
    finding = judged(watch.read(document(first=True, second=True, age_s=age_s)))

    assert (finding.verdict, finding.cause) == (Verdict.UNKNOWN, WATCHER_DOWN.id)


def test_a_watcher_that_never_ran_makes_the_ways_unknown() -> None:
    assert judged(watch.read(None)).verdict is Verdict.UNKNOWN


def test_a_way_that_is_not_watched_is_unknown() -> None:
    only_one = document(first=True, second=True)
    only_one["ways"].pop()

    finding = judged(watch.read(only_one))

    assert finding.verdict is Verdict.UNKNOWN
    assert "line2 is not watched" in finding.reason


def test_a_partner_with_one_way_has_nothing_to_judge() -> None:
    finding = judged(watch.read(None), replace(ROUTE, hops=ROUTE.hops[:1]))

    assert finding.verdict is Verdict.NOT_APPLICABLE


def test_a_platform_that_watches_by_other_means_has_nothing_to_judge() -> None:
    assert judged(None).verdict is Verdict.NOT_APPLICABLE


def test_a_route_that_the_watcher_took_away_is_no_drift() -> None:
    seen = watch.read(document(first=False, second=True))

    assert list(watch.withdrawn(seen, STATEMENTS)) == [STATEMENTS[0]]


def test_a_living_way_whose_route_is_missing_is_drift() -> None:
    seen = watch.read(document(first=True, second=True))

    assert list(watch.withdrawn(seen, STATEMENTS)) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"ways": None},
        {"ways": [{"official": "x"}]},
        {"age_s": "late"},
    ],
)
def test_a_damaged_document_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        watch.read({**document(first=True, second=True), **damage})
