from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.fleet.result import Holds
from ksz_netops.errors import BusyError, KszError, Problem, RefusedError
from ksz_netops.state.resources import DeviceState, Stray
from support.change_world import NEW, OLD, Fate, Killed, World
from support.fake_session import Fault
from support.sample_states import LINE, PERIMETER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ksz_netops.change.hub.outcome import ChangeEvidence

LONGEST = 24
"""More questions than one hub is asked in a run that goes well."""


def test_all_hubs_become_new_and_the_record_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, size=4)

    result = world.apply(at_once=4)

    assert (result.exit_code, result.end) == (0, "done")
    assert world.held == world.kept == [NEW] * 4
    assert [entry.event for entry in world.record.entries()] == ["begun", "ended"]
    assert result.record == str(world.record.head())
    assert not world.log().journal.file.exists()


def test_a_plan_that_asks_for_nothing_does_nothing_and_is_not_used(tmp_path: Path) -> None:
    world = World(tmp_path, old=NEW)

    assert world.apply().exit_code == 0
    assert list(world.record.entries()) == []


def test_every_hub_is_locked_before_the_first_is_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    order: list[str] = []
    for name, hub in world.hubs.items():
        hub.asked = Log(order, name)

    world.apply()

    first = next(at for at, what in enumerate(order) if what.endswith("commit"))
    assert {what.split()[0] for what in order[:first] if what.endswith("stage")} == {*world.hubs}
    last_look = max(at for at, what in enumerate(order) if what.endswith("observe"))
    assert last_look < next(at for at, what in enumerate(order) if what.endswith("confirm"))


class Log(list[str]):
    """What was asked of one hub, told to a list of all."""

    def __init__(self, of_all: list[str], name: str) -> None:
        super().__init__()
        self.of_all, self.name = of_all, name

    def append(self, what: str) -> None:
        self.of_all.append(f"{self.name} {what}")
        super().append(what)


def test_a_hub_that_was_changed_since_stops_everything(tmp_path: Path) -> None:
    world = World(tmp_path)
    other = DeviceState.of([PERIMETER, *LINE[:2]])
    world.hubs["hub-2"].running = world.hubs["hub-2"].startup = other

    with pytest.raises(RefusedError, match="KSZ932 hub-2"):
        world.apply()

    assert world.held == [OLD, OLD, other]
    assert not any("commit" in hub.asked for hub in world.hubs.values())
    assert list(world.record.entries()) == []


def test_other_commands_than_were_approved_stop_everything(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.hubs["hub-1"].commands_of = lambda running, _: [f"{len(running.resources)} resources"]
    part = world.plan.hubs[1].model_copy(update={"stays": ()})
    hubs = (world.plan.hubs[0], part, world.plan.hubs[2])
    world.plan = world.plan.model_copy(update={"hubs": hubs})

    with pytest.raises(RefusedError, match="KSZ933 hub-1"):
        world.apply()

    assert world.held == [OLD] * 3


def test_one_hub_that_is_found_wanting_takes_all_back(tmp_path: Path) -> None:
    world = World(tmp_path, size=4)

    def wanting(evidence: ChangeEvidence) -> Iterator[Problem]:
        if evidence.hub == "hub-2":
            yield Problem(code="KSZ400", what="packets are lost", fix="look")

    result = world.apply(verify=wanting)

    assert (result.exit_code, result.end) == (4, "undone")
    assert world.held == world.kept == [OLD] * 4
    assert "packets are lost" in str(result.problems[0])
    assert list(world.record.entries())[-1].body["end"] == "undone"


def test_a_plan_cannot_be_used_while_another_run_is_at_work(tmp_path: Path) -> None:
    world = World(tmp_path)
    log = world.log()

    with log.journal.alone(log.who), pytest.raises(BusyError, match=r"KSZ940 .*olga on here"):
        world.apply()

    assert world.held == [OLD] * 3
    assert world.apply().done


def test_a_commit_of_a_run_with_another_record_is_waited_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    hub = world.hubs["hub-1"]
    hub.running, hub.deadline = NEW, world.clock.now() + 60

    with pytest.raises(BusyError, match="KSZ943 hub-1"):
        world.apply()
    assert "commit" not in [what for each in world.hubs.values() for what in each.asked]

    world.clock.sleep(61)
    assert world.apply().done


def test_nothing_new_begins_before_a_dead_run_was_recovered(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(Killed):
        world.apply(Fate(40))

    with pytest.raises(RefusedError, match="KSZ941"):
        world.apply()
    world.recover()
    world.let_the_timers_run_out()

    assert world.recover() is None


def test_nothing_begins_on_a_record_that_was_cut(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.record.append("something", {}, world.log().now())
    world.record.append("something", {}, world.log().now())
    lines = world.record.file.read_bytes().splitlines(keepends=True)
    world.record.file.write_bytes(lines[0])

    with pytest.raises(RefusedError, match="KSZ951"):
        world.apply()

    assert world.held == [OLD] * 3


def test_verifying_for_too_long_takes_all_back(tmp_path: Path) -> None:
    world = World(tmp_path)

    def slow(_: ChangeEvidence) -> Iterator[Problem]:
        world.clock.sleep(35)
        yield from ()

    result = world.apply(verify=slow)

    assert "KSZ961" in {problem.code for problem in result.problems}
    assert result.undone
    assert world.kept == [OLD] * 3


@pytest.fixture
def fate(monkeypatch: pytest.MonkeyPatch) -> Fate:
    """The end of the runner, which may come at any write to its disk as well."""
    it = Fate()
    truly = os.fsync

    def fsync(descriptor: int) -> None:
        it.tick()
        truly(descriptor)
        it.tick()

    monkeypatch.setattr(os, "fsync", fsync)
    return it


def points(folder: Path, fate: Fate, *, saves_apart: bool = False) -> int:
    """How often a runner may be killed in a run that goes well."""
    fate.left = None
    fate.passed = 0
    assert World(folder / "whole", saves_apart=saves_apart).apply(fate).done
    return fate.passed


def assert_alike_and_true(world: World, result: object) -> None:
    """All hubs hold one state for good, the record says which, and nothing is left open."""
    world.let_the_timers_run_out()
    assert world.held == world.kept
    assert world.held in ([OLD] * len(world.hubs), [NEW] * len(world.hubs))
    assert list(world.record.problems()) == []
    assert not world.log().journal.file.exists()
    entries = list(world.record.entries())
    if result is None and not entries:
        assert world.held[0] == OLD
    else:
        assert entries[-1].body["end"] == ("done" if world.held[0] == NEW else "undone")


@pytest.mark.parametrize("saves_apart", [False, True], ids=["one step", "saved apart"])
@pytest.mark.parametrize("waits", [False, True], ids=["at once", "after the timers"])
def test_a_runner_killed_anywhere_leaves_hubs_that_recover_alike(
    tmp_path: Path, fate: Fate, *, waits: bool, saves_apart: bool
) -> None:
    ends = set()
    total = points(tmp_path, fate, saves_apart=saves_apart)
    assert total >= 100
    for last in range(total):
        world = World(tmp_path / str(last), saves_apart=saves_apart)
        fate.passed, fate.left = 0, last
        with pytest.raises(Killed):
            world.apply(fate)
        fate.left = None
        if waits:
            world.let_the_timers_run_out()

        result = world.recover()

        assert_alike_and_true(world, result)
        ends.add(result.end if result else "never begun")
    assert ends == {"never begun", "undone", "done"}


@pytest.mark.parametrize("saves_apart", [False, True], ids=["one step", "saved apart"])
def test_a_recovery_killed_anywhere_is_recovered_too(
    tmp_path: Path, fate: Fate, *, saves_apart: bool
) -> None:
    dice = random.Random(7)  # noqa: S311 - reproducible, not secret
    total = points(tmp_path, fate, saves_apart=saves_apart)
    for number in range(80):
        world = World(tmp_path / str(number), saves_apart=saves_apart)
        fate.passed, fate.left = 0, dice.randrange(total)
        for attempt in range(5):
            try:
                world.recover(fate) if attempt else world.apply(fate)
            except Killed:
                fate.passed, fate.left = 0, dice.randrange(60)
            if dice.random() < 0.5:
                world.let_the_timers_run_out()
        fate.left = None

        assert_alike_and_true(world, world.recover())


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.LIE])
def test_a_fault_at_any_question_ends_alike_or_is_said(tmp_path: Path, fault: Fault) -> None:
    for question in range(LONGEST):
        world = World(tmp_path / str(question), faults=[{}, {question: fault}])
        try:
            result = world.apply()
        except KszError:
            world.let_the_timers_run_out()
            assert world.held == world.kept == [OLD] * 3
            assert not world.log().journal.file.exists()
            continue
        world.let_the_timers_run_out()
        actual = {name: hub.startup for name, hub in world.hubs.items()}
        for each in result.ends:
            if each.holds in {Holds.OLD, Holds.NEW}:
                assert actual[each.hub] == {Holds.OLD: OLD, Holds.NEW: NEW}[each.holds]
        if result.exit_code != 5:
            assert_alike_and_true(world, result)
            continue
        world.heal()
        assert_alike_and_true(world, world.recover())


@pytest.mark.parametrize("question", range(LONGEST))
def test_a_hub_that_lies_once_never_makes_the_hubs_differ_unsaid(
    tmp_path: Path, question: int
) -> None:
    world = World(tmp_path, faults=[{}, {question: Fault.LIE}])
    try:
        result = world.apply()
    except KszError:
        assert world.held == [OLD] * 3
        return
    world.let_the_timers_run_out()

    if result.exit_code == 5:
        world.recover()
    assert world.held in ([OLD] * 3, [NEW] * 3)


def test_a_hub_lost_for_good_is_said_and_keeps_the_journal_open(tmp_path: Path) -> None:
    world = World(tmp_path, faults=[{}, {8: Fault.DEAD}])

    result = world.apply()

    assert result.exit_code == 5
    assert [each.holds for each in result.ends] == [Holds.OLD, Holds.UNKNOWN, Holds.OLD]
    assert world.log().journal.file.exists()
    world.let_the_timers_run_out()
    world.heal()
    again = world.recover()
    assert again is not None
    assert again.undone
    assert_alike_and_true(world, again)


def test_strays_that_a_plan_took_away_are_said_not_to_come_back(tmp_path: Path) -> None:
    stray = Stray(statement="a thing", reason="nobody knows")
    world = World(tmp_path, old=DeviceState.of(OLD, [stray]))
    for last in range(60, 200, 5):
        world = World(tmp_path / str(last), old=DeviceState.of(OLD, [stray]))
        try:
            world.apply(Fate(last))
        except Killed:
            world.hubs["hub-1"].restore()
            world.hubs["hub-1"].faults = dict.fromkeys(range(400), Fault.REFUSED)
        else:
            break
        result = world.recover()
        assert result is not None
        world.heal()
        final = world.recover() or result
        assert final.exit_code in {0, 4}
        assert {state.resources for state in world.held} in ({OLD.resources}, {NEW.resources})
