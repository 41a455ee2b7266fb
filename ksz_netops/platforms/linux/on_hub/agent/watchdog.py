"""Deadlines: a process that waits for one, and what is done once it has passed.

The process is a copy of the committing one, in a session of its own: it needs no file, no Python to
start and no end of a connection. Beside it, every later run of the agent and the guard's timer undo
what is overdue.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Final, NoReturn

from ksz_netops.platforms.linux.on_hub.agent import converge, files, pending
from ksz_netops.platforms.linux.on_hub.agent.command import SHORT_S, StepError
from ksz_netops.platforms.linux.on_hub.agent.files import BusyError

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.on_hub.agent.converge import Ended
    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

_POLL_S: Final = 0.5
_HIGHEST: Final = 4096
"""No descriptor of ours is above."""


def arm(hub: Hub, generation: str) -> None:
    """Starts the process that undoes *generation* at its deadline.

    Raises:
        StepError: If it did not come up.
    """
    ours, theirs = os.pipe()
    try:
        child = os.fork()
        if child == 0:
            _become_watchdog(hub, generation, theirs)
        os.close(theirs)
        theirs = -1
        os.waitpid(child, 0)
        came, _, _ = select.select([ours], [], [], SHORT_S)
        if not came or os.read(ours, 1) != b"!":
            message = "the watchdog did not start, so nothing was changed"
            raise StepError(message)
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)


def _become_watchdog(hub: Hub, generation: str, ready: int) -> NoReturn:
    """Ends only when the commit has ended one way or the other."""
    with contextlib.suppress(BaseException):
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        # The lock among them: whoever commits holds it alone.
        os.closerange(3, ready)
        os.closerange(ready + 1, _HIGHEST)
        with contextlib.suppress(OSError):
            descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
            os.write(descriptor, b"-1000")
            os.close(descriptor)
        os.write(ready, b"!")
        os.close(ready)
        watch(hub, generation)
    os._exit(0)


def watch(hub: Hub, generation: str) -> None:
    """Waits for the deadline and undoes the commit unless it was confirmed or undone."""
    while True:
        waiting = pending.read(hub)
        if waiting is None or waiting.id not in {generation, pending.UNREADABLE}:
            return
        if pending.is_overdue(hub, waiting):
            # Whatever stands in the way now may be gone in a while.
            with contextlib.suppress(Exception):
                undo_overdue(hub)
        time.sleep(_POLL_S)


def undo_overdue(hub: Hub) -> Ended | None:
    """Undoes the pending commit whose deadline has passed; None where there is none.

    Raises:
        BusyError: If somebody else holds the hub who does not make that commit.
    """
    waiting = pending.read(hub)
    if waiting is None or not pending.is_overdue(hub, waiting):
        return None
    try:
        with files.locked(hub.places.run, wait_s=2):
            return expire(hub)
    except BusyError:
        # Whoever commits hangs in a step; nothing may outlive the deadline.
        pending.kill_committer(waiting)
    with files.locked(hub.places.run, wait_s=60):
        return expire(hub)


def expire(hub: Hub) -> Ended | None:
    """Undoes what is overdue; called with the hub locked, as somebody may have been faster."""
    waiting = pending.read(hub)
    if waiting is None or not pending.is_overdue(hub, waiting):
        return None
    if waiting.id == hub.confirmed.current():
        # Confirmed, and cut off before the note of it went.
        files.remove(hub.places.pending)
        return None
    ended = converge.restore(hub)
    hub.say(f"{waiting.id} was not confirmed in time and is undone")
    return ended
