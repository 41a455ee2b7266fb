"""One change over two Linux hubs of the lab and two emulated routers."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest
from emulated_pair import pair_beside
from lab_change import CAPACITIES, Bench, with_edits, with_people
from lab_deaths import deaths
from lab_running import Lab, copy_of_sample
from playbook_run import run_playbook

from ksz_netops.errors import LabError
from ksz_netops.lab.requirements import abilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulated_pair import Pair
    from lab_deaths import Deaths

pytestmark = [pytest.mark.lab, pytest.mark.timeout(int(os.environ.get("KSZ_PATIENCE_S", "900")))]

POINTS: Final = int(os.environ.get("KSZ_KILL_POINTS", "6"))
"""At how many of its steps the runner dies, spread evenly; more than there are takes all."""
BETWEEN: Final = (
    "after send configure terminal revert",
    "after send copy ",
    "after send configure confirm",
)
"""Where a router has heard a part of what belongs together."""
EDITS: Final = {
    **CAPACITIES,
    "P09000": ("capacity_kbps: 256", "capacity_kbps: 384"),
    "P09003": ("dimona-web", "crossroads-messages"),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The routers, in an inventory with the Linux hubs of a lab of its own."""
    folder = tmp_path_factory.mktemp("four")
    lab = copy_of_sample(folder / "lab", routers=False)
    try:
        abilities()
    except LabError as error:
        pytest.skip(f"no lab on this machine: {error}")
    with Lab(lab):
        run = run_playbook("prepare", lab)
        assert run.exit_code == 0, run.output
        with pair_beside(lab, folder / "inventory") as running:
            yield running


@pytest.fixture(scope="module")
def hubs(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("changes")
    inventory = with_people(pair.inventory)
    bench = Bench((inventory, with_edits(inventory, folder / "other", EDITS)), folder)
    bench.settle()
    return bench


@pytest.fixture(scope="module")
def runs(pair: Pair, hubs: Bench) -> Iterator[Deaths]:
    with deaths(hubs, pair) as these:
        yield these


@pytest.mark.parametrize("timers", [False, True], ids=["at once", "after the timers"])
@pytest.mark.parametrize("step", BETWEEN)
def test_a_runner_that_is_killed_in_the_middle_of_a_commit_or_a_confirmation_is_undone_or_finished(
    runs: Deaths, step: str, *, timers: bool
) -> None:
    word = runs.dies_at(step, timers=timers)

    assert word == ("new" if "confirm" in step else "old")


def test_a_runner_that_is_killed_leaves_four_hubs_that_recover_alike(runs: Deaths) -> None:
    steps = runs.steps()
    stride = max(1.0, len(steps) / POINTS)
    points = [int(stride * (nth + 0.5)) for nth in range(int(len(steps) / stride))]

    ends = Counter(runs.dies_at(step, timers=nth % 2 == 0) for nth, step in enumerate(points))

    print(f"killed at {len(points)} of {len(steps)} steps: {ends}")  # noqa: T201 - for `pytest -s`
    assert ends.total() == len(points)
    assert ends.keys() == {"never begun", "old", "new"}
