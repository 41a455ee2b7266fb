"""The audit notices what is wrong on a router, and nothing where nothing is."""

from __future__ import annotations

import pytest

from benchmarks.fan_out import HUB, sample
from benchmarks.mutation.__main__ import Contest, alarms, play
from benchmarks.mutation.equivalent import equivalent
from benchmarks.mutation.mutants import dice, drawn
from benchmarks.mutation.routers import played, router_of
from benchmarks.mutation.world import RecordedHub
from ksz_netops.platforms.ios_xe.observe.show import READ


@pytest.fixture(scope="module")
def router() -> RecordedHub:
    """The sample's router with a tunnel and E1 lines, as it must be."""
    desired, text = sample()
    device = played(*router_of({"show running-config": text}, desired))
    answers = {command: device(command) for command in READ}
    return RecordedHub(name=HUB, platform="ios_xe", desired=desired, answers=answers)


def test_nothing_is_said_against_a_router_on_which_only_time_passed(router: RecordedHub) -> None:
    assert router.bad(router.device) == []

    raised, said = alarms(Contest({router.name: router}), 5, dice(1))

    assert said == set()
    assert raised["audit"] == 0


def test_what_is_wrong_on_a_router_is_noticed(router: RecordedHub) -> None:
    mutants = drawn(router.mutants(dice(1)), 60, dice(1))

    tallies, survivors = play(Contest({router.name: router}), mutants)

    assert len(tallies) > 25
    assert [each for each in survivors if not equivalent(each)] == []


def test_the_same_seed_makes_the_same_mutants(router: RecordedHub) -> None:
    first, again = (
        [(each.operator, each.site) for each in drawn(router.mutants(dice(3)), 40, dice(3))]
        for _ in range(2)
    )

    assert first == again
