"""One change over two Linux hubs of the lab and two emulated routers."""

from __future__ import annotations

import getpass
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from ksz_netops.change.record.chain import Record
from ksz_netops.errors import BusyError, KszError, LabError, Problem
from ksz_netops.lab.requirements import abilities
from support.emulated_pair import pair_beside
from support.lab_change import Bench, with_edits, with_people
from support.lab_deaths import deaths
from support.lab_running import Lab, copy_of_sample
from support.lab_streams import permits_that_move, reached, streams
from support.more_partners import BY_LINE, BY_VPN, with_more_partners
from support.playbook_run import run_playbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from ksz_netops.change.hub.outcome import ChangeEvidence
    from support.emulated_pair import Pair
    from support.lab_deaths import Deaths

    Passes: TypeAlias = dict[str, tuple[bool, bool]]
    """By partner: whether what the change takes passes, and what it gives."""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(int(os.environ.get("KSZ_PATIENCE_S", "900")))]

POINTS: Final = int(os.environ.get("KSZ_KILL_POINTS", "6"))
"""At how many of its steps the runner dies, spread evenly; more than there are takes all."""
APPLIES: Final = int(os.environ.get("KSZ_APPLIES", "3"))
RUNS: Final = "changes over four hubs"
BETWEEN: Final = (
    "after send configure terminal revert",
    "after send copy ",
    "after send configure confirm",
)
"""Where a router has heard a part of what belongs together."""
ON_LINUX: Final = ("P00001", "P00003")
"""One on each Linux hub, of whom a change takes one service and gives another."""
OTHERS: Final = ("P00004", "P00005", "P00006", "P08000", "P08100", "P08101")
GONE: Final = ("P00002", "P00008")
"""One by line and one by VPN, who come and go."""
EDITS: Final = {
    "P00007": ("capacity_kbps: 256", "capacity_kbps: 384"),
    "P00001": ("crossroads-messages", "batch-transfer"),
    "P00003": ("crossroads-messages", "batch-transfer"),
    "P09000": ("capacity_kbps: 256", "capacity_kbps: 384"),
    "P09003": ("dimona-web", "crossroads-messages"),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The routers, in an inventory with the Linux hubs of a lab of its own."""
    folder = tmp_path_factory.mktemp("four")
    inventory = with_more_partners(copy_of_sample(folder / "lab", routers=False))
    try:
        abilities()
    except LabError as error:
        pytest.skip(f"no lab on this machine: {error}")
    with Lab(inventory) as lab:
        run = run_playbook("prepare", inventory)
        assert run.exit_code == 0, run.output
        with pair_beside(lab, folder / "inventory") as running:
            yield running


@pytest.fixture(scope="module")
def hubs(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("changes")
    inventory = with_people(pair.inventory)
    other = with_edits(inventory, folder / "other", EDITS)
    (other / "former").mkdir(exist_ok=True)
    for partner in GONE:
        (other / f"partners/{partner}.yml").rename(other / f"former/{partner}.yml")
    bench = Bench((inventory, other), folder, leaving=GONE)
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


def test_a_runner_that_is_killed_leaves_four_hubs_that_recover_alike(
    runs: Deaths, record_property: Callable[[str, object], None]
) -> None:
    steps = runs.steps()
    stride = max(1.0, len(steps) / POINTS)
    points = [int(stride * (nth + 0.5)) for nth in range(int(len(steps) / stride))]

    ends = Counter(runs.dies_at(step, timers=nth % 2 == 0) for nth, step in enumerate(points))

    record_property(RUNS, f"killed at {len(points)} of {len(steps)} steps: {ends}")
    assert ends.total() == len(points)
    assert ends.keys() == {"never begun", "old", "new"}
    # A candidate with keys that a dead run left is gone with the next one at the latest.
    runs.steps()
    assert runs.left_behind() == []


def test_a_failed_check_on_one_of_four_hubs_restores_all_four_and_no_other_partner_notices(
    pair: Pair, hubs: Bench
) -> None:
    inventory, plan, path = hubs.approved()
    moves = [each for part in plan.hubs for each in permits_that_move(part)]
    sites = [each for each in moves if each[0] in ON_LINUX]
    seen: list[Passes] = []

    def passes() -> Passes:
        return {
            partner: (reached(pair.lab, partner, goes), reached(pair.lab, partner, comes))
            for partner, goes, comes in sites
        }

    def wanting(evidence: ChangeEvidence) -> Iterator[Problem]:
        if evidence.hub == "hub-gen-1":
            seen.append(passes())
            yield Problem(code="KSZ400", what="found wanting", fix="nothing, it is a test")

    before = passes()
    with streams(pair.lab, OTHERS) as tallies:
        result = hubs.apply(inventory, path, verify=wanting)
    after = passes()

    assert before == after == dict.fromkeys(ON_LINUX, (True, False))
    assert seen[0] == dict.fromkeys(ON_LINUX, (False, True))
    assert result.undone, result
    assert {each.hub for each in result.ends} == {"hub-bru-1", "hub-bru-2", *pair.routers}
    assert hubs.held(inventory, plan) == ["old"] * 4
    assert [(each.partner, each.lost) for each in tallies] == [(each, 0) for each in OTHERS]


def test_no_packet_of_twenty_other_partners_is_lost_while_changes_are_applied(
    pair: Pair, hubs: Bench, record_property: Callable[[str, object], None]
) -> None:
    others = [*BY_LINE, *BY_VPN]
    kinds = Counter[str]()

    with streams(pair.lab, others, interval_s=0.1) as tallies:
        for _ in range(APPLIES):
            inventory, plan, path = hubs.approved()
            assert set(plan.partners).isdisjoint(others)
            assert hubs.apply(inventory, path).done
            kinds.update(kind for part in plan.hubs for kind in part.kinds)

    sent = sum(each.sent for each in tallies)
    record_property(RUNS, f"{APPLIES} applies, {sent} packets sent, {kinds}")
    assert {each.partner: each.lost for each in tallies} == dict.fromkeys(others, 0)
    assert {"filter", "shaper", "tunnel", "route", "handoff"} <= kinds.keys()


def test_of_two_runners_at_once_one_wins_and_the_other_touches_nothing(
    hubs: Bench, tmp_path: Path
) -> None:
    inventory, plan, path = hubs.approved()
    elsewhere = Bench(hubs.inventories, hubs.folder)
    elsewhere.record = Path(shutil.copytree(hubs.record, tmp_path / "another record"))
    before = list(Record(elsewhere.record).entries())
    refusals: list[KszError] = []

    def meanwhile(evidence: ChangeEvidence) -> Iterator[Problem]:
        if evidence.hub == "hub-gen-1" and not refusals:
            for bench in (hubs, elsewhere):
                with pytest.raises(BusyError) as refused:
                    bench.apply(inventory, path)
                refusals.append(refused.value)
        yield from ()

    result = hubs.apply(inventory, path, verify=meanwhile)

    assert result.done, result
    assert f"KSZ940 another run is at work: {getpass.getuser()} on " in str(refusals[0])
    assert {each.code for each in refusals[1].problems} == {"KSZ943"}
    assert list(Record(elsewhere.record).entries()) == before
    assert hubs.held(inventory, plan) == ["new"] * 4
