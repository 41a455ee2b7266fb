"""The one process that the whole lab lives under, with no link to the machine's own network."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.namespaces import Inside
from ksz_netops.lab.neighbours import MARK
from ksz_netops.lab.process import Process

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

START_LIMIT_S: Final = 600
_FILE: Final = "sandbox.json"
ROOM: Final = "/run/ksz-lab"
"""The lab's own files, on the sandbox's memory file system."""

_INIT: Final = f"""set -e
umask 022
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p {ROOM}/hosts {ROOM}/programs {ROOM}/dev/net {ROOM}/dev/pts {ROOM}/dev/shm /run/lock
chmod 1777 {ROOM}/dev/shm
cd {ROOM}/dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty .
cp -a /dev/net/tun net/
ln -s pts/ptmx ptmx
ln -s /proc/self/fd fd
ln -s fd/0 stdin
ln -s fd/1 stdout
ln -s fd/2 stderr
cd /
hostname ksz-lab
# The segments are cables: the sandbox has no address on them but the station's.
[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link set lo up
: >{ROOM}/ready
exec env --ignore-signal=CHLD sleep infinity
"""  # noqa: S108 - folders of the lab's own


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: pid 1 of its own, and everything below dies with it."""

    holder: Process
    """Outside: waits for the sandbox to end."""
    first: Process
    """Pid 1 inside, by its number outside."""
    state: Path

    @classmethod
    def start(cls, state: Path) -> Sandbox:
        """A new sandbox, recorded in the directory *state*.

        Raises:
            LabError: If the kernel refuses the namespaces.
        """
        command = [
            *("/usr/bin/unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork"),
            *("--kill-child=SIGKILL", "--mount-proc", "/bin/sh", "-c", _INIT),
            # For whoever looks which labs run.
            *(MARK, str(state.parent.resolve())),
        ]
        log = state / "sandbox.log"
        log.unlink(missing_ok=True)
        pid = os.posix_spawn(
            command[0],
            command,
            {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            ],
            setsid=True,
        )
        holder = Process.of(pid)

        def born() -> Process | None:
            if holder is None or not holder.alive():
                raise LabError(_refused(log.read_text()))
            try:
                (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                (Path(f"/proc/{child}/root") / f"{ROOM}/ready".lstrip("/")).stat()
            except (OSError, ValueError):
                return None
            return Process.of(int(child))

        first = wait_for(born, START_LIMIT_S)
        if holder is None or first is None:
            raise LabError(_refused(log.read_text() or "it did not start"))
        sandbox = cls(holder, first, state)
        record = {"holder": asdict(holder), "first": asdict(first)}
        (state / _FILE).write_text(json.dumps(record))
        return sandbox

    @classmethod
    def attach(cls, state: Path) -> Sandbox | None:
        """The sandbox that *state* records, or None where it does not run."""
        try:
            record = json.loads((state / _FILE).read_text())
            sandbox = cls(Process(**record["holder"]), Process(**record["first"]), state)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return sandbox if sandbox.first.alive() else None

    @property
    def inside(self) -> Inside:
        """The sandbox's own namespaces, where the segments are."""
        return Inside(name="the sandbox", proc=Path(f"/proc/{self.first.pid}"))

    @property
    def room(self) -> Path:
        """The lab's own files, as this process sees them."""
        return self.inside.path(ROOM)

    def process(self, pid: int) -> Path:
        """The procfs directory of the process that the sandbox knows as *pid*."""
        return self.inside.path(f"/proc/{pid}")

    def stop(self) -> None:
        """Ends the sandbox and with it every host and daemon; returns when they are gone."""
        self.first.send(signal.SIGKILL, START_LIMIT_S)
        wait_for(lambda: not self.holder.alive() or None, START_LIMIT_S)
        self.holder.reap()
        (self.state / _FILE).unlink(missing_ok=True)
        (self.state / "sandbox.log").unlink(missing_ok=True)


def _refused(said: str) -> Problem:
    return Problem(
        code="KSZ501",
        what=f"the sandbox did not start: {said.strip()}",
        fix="run as root on Linux, outside of a container that forbids new namespaces",
    )


def wait_for(look: Callable[[], _T | None], limit_s: float) -> _T | None:
    """What *look* sees as soon as it is not None; None when *limit_s* has passed."""
    end = time.monotonic() + limit_s
    pause = 0.002
    while True:
        seen = look()
        if seen is not None or time.monotonic() > end:
            return seen
        time.sleep(pause)
        pause = min(0.05, pause * 1.3)
