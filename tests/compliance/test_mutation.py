"""The audit notices what is wrong on a router, and nothing where nothing is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.mutation.__main__ import Contest, alarms, play
from benchmarks.mutation.equivalent import equivalent
from benchmarks.mutation.mutants import dice, drawn
from benchmarks.mutation.routers import played, router_of
from benchmarks.mutation.world import RecordedHub
from ksz_netops.desired import desired_state
from ksz_netops.lab.emulator.station import prepared
from ksz_netops.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.platforms.ios_xe.operations import READ
from ksz_netops.resources import Secret

INVENTORY = Path(__file__).parents[2] / "inventory"


@pytest.fixture(scope="module")
def router() -> RecordedHub:
    """The sample's router with a tunnel and E1 lines, as it must be."""
    intent = load_intent(INVENTORY)
    name = "hub-ant-1"
    secrets = {
        secret: Secret(name=secret, fingerprint="0123456789abcdef")
        for partner in intent.partners
        for connection in partner.connections
        for secret in connection.secret_names()
    }
    hub = intent.hubs[name]
    desired = desired_state(intent, name, secrets=secrets, on=date(2026, 11, 24))
    own = platforms()[hub.platform].render(desired)
    text = prepared(name, hub).replace("\nend\n", f"\n{own}end\n")
    device = played(*router_of({"show running-config": text}, desired))
    answers = {command: device(command) for command in READ}
    return RecordedHub(name=name, platform=hub.platform, desired=desired, answers=answers)


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
