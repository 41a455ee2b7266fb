"""Which hubs end alike, and in which order they change when a partner moves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.approval.admission import Basis
from ksz_netops.change.fleet.groups import groups_of
from ksz_netops.change.fleet.result import Holds
from ksz_netops.errors import RefusedError
from ksz_netops.state.resources import DeviceState
from support.change_world import World
from support.fake_session import Fault
from support.sample_states import HUB, LINE, PERIMETER, VPN, WITHOUT_VPN

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_LINE = DeviceState.of([PERIMETER, *VPN])


def moving(folder: Path, **more: object) -> World:
    """The VPN moves from the first hub to the second; a third hub changes for itself."""
    changes = {"hub-0": (HUB, WITHOUT_VPN), "hub-1": (WITHOUT_VPN, HUB)}
    return World(folder, changes={**changes, "hub-2": (WITHOUT_LINE, HUB)}, **more)


def names(world: World, *, independent: bool) -> list[list[tuple[str, ...]]]:
    groups = groups_of(world.tasks()(world.plan), independent=independent)
    return [[tuple(task.name for task in wave) for wave in group.waves] for group in groups]


def test_hubs_of_a_direct_change_end_for_themselves(tmp_path: Path) -> None:
    assert names(World(tmp_path), independent=True) == [
        [("hub-0",)],
        [("hub-1",)],
        [("hub-2",)],
    ]


def test_hubs_of_an_approved_change_end_alike(tmp_path: Path) -> None:
    assert names(World(tmp_path), independent=False) == [[("hub-0", "hub-1", "hub-2")]]


def test_the_hub_that_a_partner_leaves_changes_first(tmp_path: Path) -> None:
    world = World(tmp_path, changes={"hub-0": (WITHOUT_VPN, HUB), "hub-1": (HUB, WITHOUT_VPN)})

    assert names(world, independent=True) == [[("hub-1",), ("hub-0",)]]
    assert names(world, independent=False) == [[("hub-1",), ("hub-0",)]]


def test_partners_that_change_places_cannot_be_ordered(tmp_path: Path) -> None:
    changes = {"hub-0": (WITHOUT_LINE, WITHOUT_VPN), "hub-1": (WITHOUT_VPN, WITHOUT_LINE)}

    with pytest.raises(RefusedError, match="KSZ938 partners move between hub-0, hub-1"):
        names(World(tmp_path, changes=changes), independent=True)
    assert DeviceState.of([PERIMETER, *LINE]) == WITHOUT_VPN


def open_ways(world: World) -> int:
    """How many of the two hubs admit the partner that moves, each by its own timer."""
    for hub in world.hubs.values():
        hub.tick()
    return sum(
        any(each.kind == "filter" and each.owner.partner == "P00005" for each in hub.running)
        for hub in (world.hubs["hub-0"], world.hubs["hub-1"])
    )


def test_a_partner_that_moves_never_has_two_ways_open(tmp_path: Path) -> None:
    for question in range(30):
        for fault in Fault:
            world = World(
                tmp_path / f"{question}-{fault.name}",
                changes={"hub-1": (WITHOUT_VPN, HUB), "hub-0": (HUB, WITHOUT_VPN)},
                faults=[{}, {question: fault}] if question % 2 else [{question: fault}],
            )
            most = [0]
            for hub in world.hubs.values():
                hub.watch = lambda world=world, most=most: most.append(open_ways(world))

            _end(world)

            assert max(most) <= 1, (question, fault)
            assert open_ways(world) <= 1


def _end(world: World) -> None:
    try:
        world.apply(basis=Basis.DIRECT)
    finally:
        world.let_the_timers_run_out()


def test_hubs_of_a_move_end_alike_in_a_direct_change(tmp_path: Path) -> None:
    world = moving(tmp_path, faults=[{}, dict.fromkeys(range(6, 300), Fault.REFUSED)])

    result = world.apply(basis=Basis.DIRECT)

    ends = {end.hub: end.holds for end in result.ends}
    assert ends["hub-2"] is Holds.NEW
    assert Holds.NEW not in {ends["hub-0"], ends["hub-1"]}
