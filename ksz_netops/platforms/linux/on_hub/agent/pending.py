"""The commit that waits for its confirmation."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.on_hub.agent import files

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A commit, its deadline on the clock since the start of the box, and who makes it."""

    id: str
    deadline: float
    pid: int
    started: str
    """When that process began; another process with its number began at another time."""


def read(hub: Hub) -> Pending | None:
    """The pending commit; one that cannot be read has no name, and its deadline has passed."""
    if not os.path.lexists(hub.places.pending):
        return None
    found = files.read_json(hub.places.pending)
    with contextlib.suppress(TypeError, ValueError, KeyError):
        return Pending(
            id=str(found["id"]),
            deadline=float(found["deadline"]),
            pid=int(found["pid"]),
            started=str(found["started"]),
        )
    return Pending(id=UNREADABLE, deadline=0, pid=0, started="")


def write(hub: Hub, pending: Pending) -> None:
    """Writes *pending* down.

    Raises:
        OSError: If that fails; then nothing may be changed.
    """
    # The guard reads the deadline with sed, so it stands on one line as a plain number.
    files.write(hub.places.pending, json.dumps(asdict(pending)).encode())


def is_overdue(hub: Hub, pending: Pending) -> bool:
    """Whether the deadline has passed."""
    return hub.now() >= pending.deadline


def started(pid: int) -> str:
    """When the process *pid* began; empty where there is none."""
    stat = files.read(Path("/proc", str(pid), "stat"))
    return stat.decode(errors="replace").rpartition(")")[2].split()[19] if stat else ""


def kill_committer(pending: Pending) -> bool:
    """Ends the process that makes *pending*, with its commands; no other with its number."""
    if pending.pid <= 1 or not pending.started or started(pending.pid) != pending.started:
        return False
    with contextlib.suppress(OSError):
        if os.getpgid(pending.pid) == pending.pid:
            os.killpg(pending.pid, signal.SIGKILL)
        else:
            os.kill(pending.pid, signal.SIGKILL)
        return True
    return False
