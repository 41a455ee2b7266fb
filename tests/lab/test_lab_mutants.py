"""The audit notices what is wrong on the hubs of a lab, by what they really answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.mutation.__main__ import Contest, alarms, play
from benchmarks.mutation.equivalent import equivalent
from benchmarks.mutation.lab import recorded_hubs
from benchmarks.mutation.mutants import dice, drawn

if TYPE_CHECKING:
    from support.lab_running import Lab

pytestmark = pytest.mark.lab


def test_faults_on_real_hubs_are_noticed_and_the_passing_of_time_is_not(
    connected_lab: Lab,
) -> None:
    hubs = {each.name: each for each in recorded_hubs(connected_lab.inventory)}
    every = [mutant for hub in hubs.values() for mutant in hub.mutants(dice(5))]
    contest = Contest(hubs)

    _, survivors = play(contest, drawn(every, 60, dice(5)))
    raised, said = alarms(contest, 3, dice(5))

    assert [each for each in survivors if not equivalent(each)] == []
    assert (raised["audit"], said) == (0, set())
