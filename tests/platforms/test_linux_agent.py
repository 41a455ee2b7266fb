"""The agent's one law, in worlds that are damaged, full, dead or cut off at every point.

Afterwards the hub holds what is confirmed, or what is pending within its deadline, or it is closed;
it says which, and nothing that was confirmed is lost.
"""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from support.agent_world import CLOSED, KILL, Fault, Told, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERRORS = {
    "killed": Fault(number=KILL),
    "broken once": Fault(number=errno.EIO),
    "full for good": Fault(number=errno.ENOSPC, lasts=True),
    "read-only for good": Fault(number=errno.EROFS, lasts=True),
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that can be: a world is copied hundreds of times."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a name of its own is made there
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as made:
        yield Path(made)


@pytest.fixture
def world(folder: Path) -> World:
    """A hub on which `old` is confirmed."""
    made = World(folder / "hub")
    assert made.act(["restore"]).code == 0
    assert made.commit("old").code == 0
    assert made.confirm("old").code == 0
    return made


def held_by_law(world: World, where: str) -> None:
    """The law, at any moment."""
    assert not world.is_open_to_all, where
    permitted = {CLOSED, world.startup}
    if world.pending:
        permitted.add("new")
    assert world.holds in permitted, where


def settled_by_law(world: World, where: str) -> None:
    """The law, once the deadline has passed and the world is sound again."""
    confirmed = world.startup
    assert confirmed in {"old", "new"}, where
    world.late()
    world.timer()
    assert not world.pending, where
    assert world.holds in {confirmed, CLOSED}, where
    told = world.act(["status"]).document
    if told["state"] == "differs":
        # The filter is the confirmed one, but the note of what runs could not be written then.
        assert told["running"] != told["startup"], (where, told)
        world.act(["refresh"])
        told = world.act(["status"]).document
    assert told["state"] in {"confirmed", "closed"}, (where, told)
    assert (told["state"] == "closed") == (world.holds == CLOSED), (where, told)
    assert told["problems"] == [], (where, told)
    # What was left half made is gone.
    assert not [*world.root.rglob("generations/.*.new")], where

    world.restart()
    world.act(["restore"])
    assert world.holds == confirmed, where
    assert not world.is_open_to_all, where


# What an undisturbed hub does.


def test_confirmed_change_comes_back_after_a_restart(world: World) -> None:
    assert world.commit("new").document["state"] == "pending"
    assert world.holds == "new"
    assert world.confirm("new").document["state"] == "confirmed"

    world.restart()
    assert world.holds == CLOSED
    told = world.act(["restore"])

    assert (told.code, world.holds) == (0, "new")
    assert [each.read_text() for each in world.places.forwarding] == ["1\n", "1\n"]


def test_hub_on_which_nothing_was_confirmed_is_closed_and_does_not_forward(folder: Path) -> None:
    empty = World(folder / "hub")

    told = empty.act(["restore"])

    assert (told.code, told.document["state"], empty.holds) == (0, "closed", CLOSED)
    assert [each.read_text() for each in empty.places.forwarding] == ["0\n", "0\n"]


def test_overdue_commit_is_undone_by_whoever_runs_next(world: World) -> None:
    for act in (["status"], ["sweep"], ["refresh"], ["confirm"], ["rollback"]):
        assert world.commit("new").code == 0
        world.late()

        told = world.act([*act, world.names["new"]] if act[0] in {"confirm", "rollback"} else act)

        assert world.holds == "old", act
        assert not world.pending, act
        assert (told.code == 0) == (act != ["confirm"]), (act, told)


def test_overdue_commit_is_undone_before_the_next_one(world: World) -> None:
    world.commit("new")
    world.late()

    told = world.commit("newer", base=world.names["old"])

    assert (told.code, world.holds) == (0, "newer")


def test_who_is_told_busy_changes_nothing(world: World) -> None:
    world.commit("new")

    told = world.commit("other", base=world.names["old"])

    assert (told.code, told.document["state"]) == (75, "busy")
    assert world.holds == "new"
    assert world.act(["rollback", world.names["other"]]).document["state"] == "refused"
    assert world.act(["confirm", world.names["other"]]).document["state"] == "refused"
    assert (world.holds, world.pending) == ("new", True)
    assert world.confirm("new").code == 0


def test_change_from_another_state_than_the_running_one_is_refused(world: World) -> None:
    told = world.commit("new", base="20260101T000000Z-0123456789abcdef-00")

    assert (told.code, world.holds) == (75, "old")


def test_confirming_twice_is_confirming_once(world: World) -> None:
    world.commit("new")

    assert [world.confirm("new").code for _ in range(2)] == [0, 0]


def test_change_that_did_not_come_whole_is_refused(world: World) -> None:
    argv = ["commit", world.names["old"], "--base", world.names["old"], "--revert-in", "60"]
    for document in ("", "{", "[]", '{"seal": "x", "files": {}, "steps": []}', '{"seal": 1}'):
        told = world.act(argv, document)

        assert (told.code, told.document["state"], world.holds) == (1, "refused", "old"), document
        assert not world.pending


def test_hub_asks_only_for_what_it_lacks(world: World) -> None:
    from ksz_netops.platforms.linux.planning import generation  # noqa: PLC0415 - the same
    from support.agent_world import files  # noqa: PLC0415 - for this test alone

    content = {**files("old"), "statements": "other\n"}

    told = world.act(["offer"], generation.seal(content))

    assert told.document["lacking"] == ["statements"]


# Faults at every point.

ACTS: dict[str, Callable[[World, Fault], Told]] = {
    "commit": lambda world, fault: world.commit("new", fault),
    "confirm": lambda world, fault: world.confirm("new", fault),
    "rollback": lambda world, fault: world.rollback("new", fault),
    "sweep": lambda world, fault: world.act(["sweep"], "", fault),
    "refresh": lambda world, fault: world.act(["refresh"], "", fault),
    "restore": lambda world, fault: world.act(["restore"], "", fault),
    "status": lambda world, fault: world.act(["status"], "", fault),
}


def readied(world: World, act: str) -> World:
    """*world* before *act*."""
    if act in {"confirm", "rollback", "sweep", "status"}:
        assert world.commit("new").code == 0
    if act in {"sweep", "status"}:
        world.late()
    if act == "restore":
        world.restart()
    return world


def trials(world: World, act: str) -> Iterator[tuple[int, World]]:
    """A fresh world for each change of a file, or each command, that *act* makes."""
    number = 1
    start = readied(world, act)
    while True:
        copy = start.copy(start.root.with_name("trial"))
        yield number, copy
        shutil.rmtree(copy.root)
        number += 1


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("error", ERRORS)
def test_law_holds_where_any_change_of_a_file_fails(world: World, act: str, error: str) -> None:
    for number, trial in trials(world, act):
        where = f"{act}, change {number} {error}"
        fault = replace(ERRORS[error], at=number)
        told = ACTS[act](trial, fault)
        held_by_law(trial, where)
        told_truly(trial, act, told, where)
        settled_by_law(trial, where)
        if told.code != KILL and told.changes < number:
            assert number > 1, "no change of a file was made"
            break


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("kind", ["fails", "killed", "fails for good"])
def test_law_holds_where_any_command_fails(world: World, act: str, kind: str) -> None:
    for number, trial in trials(world, act):
        where = f"{act}, command {number} {kind}"
        fault = Fault(
            at=number,
            number=KILL if kind == "killed" else errno.EIO,
            on="commands",
            lasts=kind == "fails for good",
        )
        told = ACTS[act](trial, fault)
        held_by_law(trial, where)
        told_truly(trial, act, told, where)
        settled_by_law(trial, where)
        if told.code != KILL and told.commands < number:
            break


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("tool", ["nft", "ip", "tc", "sh", "swanctl"])
def test_law_holds_where_a_tool_is_gone(world: World, act: str, tool: str) -> None:
    trial = readied(world, act)

    told = ACTS[act](trial, Fault(tool=tool))

    held_by_law(trial, f"{act} without {tool}")
    told_truly(trial, act, told, f"{act} without {tool}")
    settled_by_law(trial, f"{act} without {tool}")


def told_truly(world: World, act: str, told: Told, where: str) -> None:
    """What an act says is so."""
    if told.code == KILL:
        return
    state = told.document["state"]
    if state == "confirmed":
        assert world.holds == world.startup, (where, told)
    elif state == "closed":
        assert world.holds == CLOSED, (where, told)
    elif state == "refused":
        assert world.holds in ({"new"} if act in {"confirm", "rollback"} else {"old", CLOSED}), (
            where,
            told,
        )
    elif state == "pending":
        assert world.pending, (where, told)
    if act == "confirm" and told.code == 0:
        assert (world.startup, world.holds) == ("new", "new"), (where, told)


def test_full_disk_at_the_confirmation_takes_the_spare_room(world: World) -> None:
    used = 0
    for number, trial in trials(world, "confirm"):
        told = trial.confirm("new", Fault(at=number, number=errno.ENOSPC))

        assert (told.code, trial.startup, trial.holds) == (0, "new", "new"), number
        used += "spare room is used" in trial.places.log.read_text()
        if told.changes < number:
            break
    assert used


# Damage.


def truncated(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def emptied(path: Path) -> None:
    path.unlink()
    path.touch()


def removed(path: Path) -> None:
    path.unlink()


def garbled(path: Path) -> None:
    path.unlink()
    path.write_bytes(os.urandom(64))


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = [truncated, emptied, removed, garbled, dangling, made_a_folder]
PARTS = [
    "statements",
    "table.nft",
    "manifest.json",
    "seal",
    "connections/KSZ-P00001-S1.conf",
    "secrets/KSZ-P00001-S1.conf",
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("part", PARTS)
def test_restart_with_a_damaged_generation_is_closed_and_healed_by_the_next_change(
    world: World, part: str, damage: Callable[[Path], None]
) -> None:
    damage(world.places.startup.resolve() / part)
    world.restart()

    told = world.act(["restore"])

    assert (told.code, told.document["state"], world.holds) == (4, "closed", CLOSED)
    assert told.document["failures"]
    assert [each.read_text() for each in world.places.forwarding] == ["0\n", "0\n"]
    assert world.act(["status"]).document["state"] == "closed"
    assert world.act(["status"]).document["problems"]

    assert world.commit("new").code == 0
    assert world.confirm("new").code == 0
    assert (world.holds, world.act(["status"]).document["state"]) == ("new", "confirmed")


def test_file_more_in_a_generation_is_damage(world: World) -> None:
    (world.places.startup.resolve() / "connections/KSZ-P00099-S1.conf").write_text("stranger")
    world.restart()

    assert world.act(["restore"]).document["state"] == "closed"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_way_back_takes_the_copy_that_is_whole(
    world: World, part: str, damage: Callable[[Path], None]
) -> None:
    for store in ("run", "etc"):
        trial = world.copy(world.root.with_name(f"trial-{store}"))
        assert trial.commit("new").code == 0
        damage(trial.root / store / "ksz/generations" / trial.names["old"] / part)

        told = trial.rollback("new")

        assert (told.document["state"], trial.holds) == ("confirmed", "old")


@pytest.mark.parametrize("damage", [emptied, garbled, dangling, made_a_folder, truncated])
@pytest.mark.parametrize("act", ["sweep", "status", "restore", "commit", "rollback"])
def test_pending_commit_that_cannot_be_read_is_undone(
    world: World, damage: Callable[[Path], None], act: str
) -> None:
    world.commit("new")
    damage(world.places.pending)

    if act == "commit":
        world.commit("newer", base=world.names["old"])
        assert world.holds == "newer"
        return
    world.act([act, world.names["new"]] if act == "rollback" else [act])

    assert world.holds == "old"
    if damage is not made_a_folder:
        assert not world.pending


@pytest.mark.parametrize("link", ["running", "startup"])
@pytest.mark.parametrize("damage", [removed, dangling, emptied, made_a_folder])
def test_link_that_leads_nowhere_closes_or_is_mended(
    world: World, link: str, damage: Callable[[Path], None]
) -> None:
    damage(getattr(world.places, link))
    world.act(["refresh"])
    assert world.holds == "old"
    assert world.act(["status"]).document["state"] == (
        "confirmed" if link == "running" else "differs"
    )

    assert (world.commit("new").code, world.confirm("new").code) == (0, 0)

    assert world.act(["status"]).document["state"] == "confirmed"
    assert (world.holds, world.startup) == ("new", "new")


def test_generation_whose_filter_nft_refuses_is_refused(world: World) -> None:
    told = world.commit("new", Fault(tool="nft"))

    assert (told.code, told.document["state"], world.holds) == (1, "refused", "old")
    assert not world.pending
    assert len([*world.root.glob("run/ksz/generations/*")]) == 1
