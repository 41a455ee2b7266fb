"""The work on a router grows with its partners and not with their square.

Calls are counted, not seconds, so that the result is the same on every machine.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ksz_netops.lab.emulator.commands import execute
from ksz_netops.lab.emulator.router import Router
from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.parse import held
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.observe.masking import kept
from ksz_netops.platforms.ios_xe.observe.show import observed
from ksz_netops.platforms.ios_xe.planning.order import planned
from ksz_netops.platforms.ios_xe.planning.safety import followed
from support import ios_states
from support.growth import calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.state.resources import DeviceState

FEW, TIMES = 25, 4
PARENTS = "interface GigabitEthernet0/0/2\ninterface GigabitEthernet0/0/3\n"
STEEPEST = 1.12
"""The exponent that is still a line, with what sorting adds."""
KINDS = {
    "shared": ("fedman",),
    "tunnels": ("vpn",),
    "digital lines": ("backup", "bundle", "e1"),
    "of all kinds": ios_states.KINDS,
}


def hub(partners: int, kinds: tuple[str, ...]) -> DeviceState:
    return ios_states.state(
        {
            number: dataclasses.replace(
                ios_states.LINE, number=number, slot=number, kind=kinds[number % len(kinds)]
            )
            for number in range(1, partners + 1)
        }
    )


def readback(state: DeviceState) -> Callable[[], object]:
    text = tree.written(rendered(state))
    return lambda: held(normal.own(tree.read(text)))


def evidence(state: DeviceState) -> Callable[[], object]:
    text = f"version 17.9\n{tree.written(rendered(state))}end\n"
    return lambda: kept("show running-config", text)


def first_push(state: DeviceState) -> Callable[[], object]:
    new = rendered(state)
    return lambda: followed({}, new, planned({}, new))


def all_leaving(state: DeviceState) -> Callable[[], object]:
    old = rendered(state)
    return lambda: followed(old, {}, planned(old, {}))


def one_partner(state: DeviceState) -> Callable[[], object]:
    old = rendered(state)
    new = tree.copied(old)
    for below in new.values():
        for line in list(below):
            if "KSZ-P00007-S1" in line and " remark " in line:
                del below[line]
    return lambda: followed(old, new, planned(old, new))


WORK = (readback, evidence, first_push, all_leaving, one_partner)


@pytest.mark.parametrize("work", WORK, ids=lambda each: each.__name__)
@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
def test_work_grows_with_the_partners_and_not_with_their_square(
    work: Callable[[DeviceState], Callable[[], object]], kinds: tuple[str, ...]
) -> None:
    work(hub(2, kinds))()  # what is loaded once
    few, many = (calls(work(hub(each, kinds))) for each in (FEW, FEW * TIMES))

    assert many / few <= TIMES**STEEPEST, f"{few} calls became {many}"


def test_observing_grows_with_the_partners() -> None:
    def seen(partners: int) -> Callable[[], object]:
        state = hub(partners, ("vlan", "fedman"))
        own = rendered(state)
        router = Router(f"{PARENTS}{tree.written(own)}")
        answers: dict[str, str] = {}

        def show(command: str) -> str:
            return answers.setdefault(command, execute(router, command, "ksz"))

        observed(show, state, own)
        return lambda: observed(show, state, own)

    few, many = (calls(seen(each)) for each in (FEW, FEW * TIMES))

    assert many / few <= TIMES**STEEPEST, f"{few} calls became {many}"
