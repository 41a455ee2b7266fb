"""The lines of a change, with the proof that the router is safe after each of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ksz_netops.errors import CommitError, Problem
from ksz_netops.platforms.ios_xe.config.parse import configuration_of
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.planning.order import planned
from ksz_netops.platforms.ios_xe.planning.safety import followed

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.planning.safety import Course
    from ksz_netops.state.resources import DeviceState


def commands(running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
    """What turns *running* into *intended*, proven to be safe after every line.

    Raises:
        CommitError: If no such order was found; nothing was sent.
    """
    return _proven(running, intended)[0]


def safety(running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
    """What was judged after each of the `commands`, and was found to be safe.

    Raises:
        CommitError: If no safe order was found.
    """
    lines, course = _proven(running, intended)
    if not lines:
        return ()
    return (
        f"after each of the {course.judged} lines, what a model of the router then held was judged",
        f"what {course.interfaces} interfaces let pass was compared {course.compared} times",
        "never was that more than before the change and after it",
        "no access list in use was undefined or empty, and nothing else in use was missing",
        "no official address had a way without a discard route behind it",
        "the last line leaves exactly what is intended",
    )


@lru_cache(maxsize=8)
def _proven(running: DeviceState, intended: DeviceState) -> tuple[tuple[str, ...], Course]:
    old, new = configuration_of(running), rendered(intended)
    lines = planned(old, new)
    course = followed(old, new, lines)
    if course.danger:
        raise CommitError(
            Problem(
                code="KSZ265",
                what="the change was not begun, as it would not be safe throughout: "
                f"{course.danger}",
                fix="make the change in two steps, or report a fault of the platform",
            )
        )
    return lines, course
