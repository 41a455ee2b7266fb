"""Each fault at each step of a push: old state, new state, or said to be unknown; never silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.timing import Timing
from ksz_netops.change.hub.transaction import provision
from ksz_netops.platforms.ios_xe import PLATFORM
from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.parse import held
from ksz_netops.platforms.ios_xe.device.driver import revert_minutes
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.ios_lab import IosLab

OLD = ios_states.state({})
NEW = ios_states.state({5: ios_states.LINE})

STEPS = {
    "reading": r"show running-config$",
    "transfer": r"scp -t",
    "arming": r"configure terminal revert timer",
    "applying": r"copy bootflash:\S+ running-config",
    "deleting": r"delete /force",
    "confirming": r"configure confirm",
    "saving": r"write mem",
}
CASES = [
    *((fault, step) for step in STEPS for fault in ("lose_before", "lose_after")),
    ("reload_on", "applying"),
    ("reload_on", "confirming"),
    ("refuse", " permit tcp "),
    ("ignore", " permit tcp "),
    ("ignore", "ip access-group "),
    ("corrupt_transfer", ""),
    ("truncate_after", ""),
    ("lose_at_byte", ""),
]


def holds(lab: IosLab) -> str:
    state = held(normal.own(tree.read(lab.router.running.text())))
    return "old" if state == OLD else "new" if state == NEW else "other"


@pytest.mark.parametrize(("fault", "step"), CASES)
def test_a_fault_never_ends_in_silence(
    fault: str, step: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ios_lab.lab(tmp_path) as lab:
        lab.router.configure([*tree.indented(_bare(lab)), "end"])
        lab.router.startup = lab.router.running.text()
        assert holds(lab) == "old"
        faults = lab.router.faults
        match fault:
            case "corrupt_transfer":
                faults.corrupt_transfer = True
            case "truncate_after":
                faults.truncate_after = 3000
            case "lose_at_byte":
                faults.lose_at_byte = 20_000
            case _:
                setattr(faults, fault, STEPS.get(step, step))

        def sleep(seconds: float) -> None:
            lab.clock.now += seconds

        outcome = provision(
            PLATFORM,
            lab.target,
            NEW,
            reveal=ios_states.reveal,
            timing=Timing(now=lab.clock, sleep=sleep, settle_s=2),
        )
        lab.clock.now += 3600
        end = holds(lab)

    row = f"{fault:18} {step:12} {outcome.status:12} {end}"
    record_property("a router's faults, at each step of a push, and what it holds", row)
    assert end in {"old", "new"}
    if outcome.status is Status.CONFIRMED:
        assert end == "new"
        assert lab.router.startup == lab.router.running.text()
        assert outcome.problems == ()
    else:
        assert outcome.problems
        assert end == "old" or outcome.status is Status.UNCONFIRMED


def _bare(lab: IosLab) -> tree.Tree:
    """What is to be typed so that the router holds the old state."""
    del lab
    from ksz_netops.platforms.ios_xe.config.render import rendered  # noqa: PLC0415

    return rendered(OLD)


@pytest.mark.parametrize(
    ("asked_s", "minutes"), [(20, 1), (60, 1), (61, 1), (89, 1), (119, 1), (120, 2), (600, 10)]
)
def test_a_router_never_goes_back_later_than_was_asked(asked_s: int, minutes: int) -> None:
    assert revert_minutes(asked_s) == minutes
    assert minutes * 60 >= asked_s / 2  # by then a commit is confirmed
