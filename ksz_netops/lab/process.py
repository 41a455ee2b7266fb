"""A process that is recorded in one command and ended in a later one."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ksz_netops.lab.namespaces import started_at


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is ours to end: a pid alone may have gone to somebody else."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has *pid* now."""
        started = started_at(Path(f"/proc/{pid}"))
        return None if started is None else cls(pid, started, _boot())

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.boot == _boot() and started_at(Path(f"/proc/{self.pid}")) == self.started

    def send(self, number: int, wait_s: float = 0) -> None:
        """Sends it the signal *number*; where *wait_s* is given, returns when it has ended."""
        if not self.alive():
            return
        descriptor = os.pidfd_open(self.pid)
        try:
            # Between the check and here the pid cannot have been given away: the descriptor
            # holds it, and the check is made again.
            if self.alive():
                signal.pidfd_send_signal(descriptor, number)
                if wait_s:
                    select.select([descriptor], [], [], wait_s)
        finally:
            os.close(descriptor)

    def reap(self) -> None:
        """Forgets it where it was this process that started it."""
        # One that an earlier command started is somebody else's child by now.
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
