"""Runs that somebody stops, that find the disk full, or that meet another run on a hub."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.approval.admission import Basis
from ksz_netops.change.fleet.result import Holds
from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.transaction import provision
from ksz_netops.errors import BusyError, InterruptError, RefusedError, UnconfirmedError
from support.change_world import NEW, OLD, Fate, Killed, World
from support.fake_session import TARGET, FakeHub, FakeSession, problem
from support.sample_states import FILE_SERVER

if TYPE_CHECKING:
    from pathlib import Path

BASES = [Basis.APPROVED, Basis.DIRECT]


def questions(folder: Path, basis: Basis) -> int:
    """How often a run that goes well asks something of the world."""
    fate = Fate()
    assert World(folder / "whole", size=2).apply(fate, basis=basis).done
    return fate.passed


def alike(world: World, basis: Basis) -> bool:
    """Whether every hub holds the old or the new state for good; all the same if approved."""
    world.let_the_timers_run_out()
    known = all(state in {OLD, NEW} for state in world.held)
    same = len({*world.held}) == 1 or basis is not Basis.APPROVED
    return known and same and world.held == world.kept


@pytest.mark.parametrize("basis", BASES)
def test_whoever_presses_ctrl_c_is_told_what_holds_and_the_next_command(
    tmp_path: Path, basis: Basis
) -> None:
    codes = set()
    for last in range(questions(tmp_path, basis)):
        world = World(tmp_path / str(last), size=2)

        with pytest.raises(InterruptError) as stopped:
            world.apply(Fate(last, end=KeyboardInterrupt), basis=basis)

        codes.add(stopped.value.exit_code)
        assert "KSZ944" in str(stopped.value)
        if stopped.value.exit_code == 130:
            assert world.held == [OLD] * 2
            assert "run it again" in str(stopped.value)
            assert world.recover() is None
        else:
            assert "ksz-netops recover" in str(stopped.value)
            assert all(name in str(stopped.value) for name in world.hubs)
            assert world.recover() is not None
        assert alike(world, basis)
    assert codes == {5, 130}


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("lasting", [True, False], ids=["full from then on", "full once"])
def test_a_full_disk_under_the_record_never_hides_what_the_hubs_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, basis: Basis, *, lasting: bool
) -> None:
    truly, written, full = os.fsync, [0], [-1]

    def fsync(descriptor: int) -> None:
        written[0] += 1
        if written[0] == full[0] or (lasting and 0 < full[0] <= written[0]):
            raise OSError(errno.ENOSPC, "No space left on device")
        truly(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert World(tmp_path / "whole", size=2).apply(basis=basis).done
    ends = set()
    for number in range(1, written[0] + 1):
        world = World(tmp_path / str(number), size=2)
        written[0], full[0] = 0, number
        said, ended = outcome_of(world, basis)
        ends.add(ended)
        if ended == "refused":
            assert "KSZ956" in said
            assert world.held == [OLD] * 2
        elif ended == 5:
            assert "recover" in said
        full[0] = -1
        world.recover()
        assert alike(world, basis)
        assert list(world.record.problems()) == []
        assert not world.log().journal.is_open
    assert {"refused", 5} <= ends or basis is Basis.DIRECT
    assert 5 in ends


def outcome_of(world: World, basis: Basis) -> tuple[str, object]:
    """What a run says, and its exit code or that it was refused."""
    try:
        result = world.apply(basis=basis)
    except RefusedError as error:
        return str(error), "refused"
    return " ".join(str(each) for each in result.problems), result.exit_code


def busy_commit(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run commits on *hub* a moment before ours."""
    truly = FakeSession.commit

    def commit(self: FakeSession, *, revert_in_s: int, commit_id: str = "") -> None:
        if self.hub is hub:
            hub.running, hub.deadline = FILE_SERVER, hub.clock.now() + 600
            raise BusyError(problem("another commit waits"))
        truly(self, revert_in_s=revert_in_s, commit_id=commit_id)

    monkeypatch.setattr(FakeSession, "commit", commit)


def test_the_commit_of_another_run_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    hub = world.hubs["hub-1"]
    busy_commit(hub, monkeypatch)

    result = world.apply()

    assert result.exit_code == 4
    assert [end.status for end in result.ends] == [
        Status.REVERTED,
        Status.BUSY,
        Status.REVERTED,
    ]
    assert (hub.running, hub.deadline is None) == (FILE_SERVER, False)
    assert not {"rollback", "confirm"} & {*hub.asked}


def test_the_commit_of_another_run_is_left_alone_in_a_direct_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    hub = world.hubs["hub-1"]
    busy_commit(hub, monkeypatch)

    result = world.apply(basis=Basis.DIRECT)

    assert result.exit_code == 3
    assert [end.holds for end in result.ends] == [Holds.NEW, Holds.OLD, Holds.NEW]
    assert not {"rollback", "confirm"} & {*hub.asked}


def test_one_hub_on_which_another_run_commits_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = FakeHub(OLD)
    busy_commit(hub, monkeypatch)

    outcome = provision(hub, TARGET, NEW, reveal=lambda _: "key", timing=hub.timing)

    assert outcome.status is Status.BUSY
    assert not {"rollback", "confirm"} & {*hub.asked}


def another_run_commits(hub: FakeHub) -> None:
    hub.running, hub.commit_id, hub.deadline = FILE_SERVER, "0badc0de", hub.clock.now() + 20


def test_a_recovery_waits_for_the_commit_of_another_run_and_does_not_end_it(
    tmp_path: Path,
) -> None:
    seen = 0
    for last in range(40, questions(tmp_path, Basis.APPROVED), 4):
        world = World(tmp_path / str(last), size=2)
        with pytest.raises(Killed):
            world.apply(Fate(last))
        world.let_the_timers_run_out()
        hub = world.hubs["hub-1"]
        hub.asked.clear()
        another_run_commits(hub)

        world.recover()

        assert not {"rollback", "confirm"} & set(hub.asked[: hub.asked.index("state")])
        assert alike(world, Basis.APPROVED)
        seen += 1
    assert seen > 5


def test_a_broken_commit_never_undoes_the_commit_of_another_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = FakeHub(OLD)

    def commit(self: FakeSession, *, revert_in_s: int, commit_id: str = "") -> None:
        assert (revert_in_s, len(commit_id)) == (60, 8)
        another_run_commits(self.hub)
        raise UnconfirmedError(problem("the connection broke"))

    monkeypatch.setattr(FakeSession, "commit", commit)

    outcome = provision(hub, TARGET, NEW, reveal=lambda _: "key", timing=hub.timing)

    assert outcome.status is Status.REVERTED
    assert "rollback" not in hub.asked
