"""A host's namespaces as this process sees them: commands, files and sockets inside."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem

if TYPE_CHECKING:
    from pathlib import Path

_CLONE_NEWNET: Final = 0x40000000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
COMMAND_LIMIT_S: Final = 900
"""Generous: under emulation everything is up to forty times slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """One set of namespaces, named by a process in it."""

    name: str
    """For messages."""
    proc: Path
    """The process's directory in a procfs that this process can read."""

    def argv(self, *command: str, network: bool = True) -> list[str]:
        """The command line that runs *command* in all these namespaces.

        Without *network* it stays in the caller's network.
        """
        net = [f"--net={self.proc}/ns/net"] if network else []
        spaces = [f"--{kind}={self.proc}/ns/{file}" for kind, file in _SPACES.items()]
        return ["/usr/bin/nsenter", *net, *spaces, "--", *command]

    def run(self, *command: str, feed: str | None = None) -> str:
        """What *command* prints.

        Raises:
            LabError: If it fails, with what it printed.
        """
        done = subprocess.run(  # noqa: S603 - a fixed program, its arguments are ours
            self.argv(*command),
            input=feed,
            text=True,
            capture_output=True,
            check=False,
            timeout=COMMAND_LIMIT_S,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise LabError(
                Problem(
                    code="KSZ504",
                    what=f"{self.name}: {' '.join(command)} ended with {done.returncode}: {said}",
                    fix="see what it says; `lab down` and `lab up` start afresh",
                )
            )
        return done.stdout

    def path(self, path: str) -> Path:
        """Where this process finds the absolute *path* of the host."""
        return self.proc / "root" / path.lstrip("/")

    def socket(
        self, family: int, kind: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> socket.socket:
        """A socket in the host's network; a network belongs to a thread, a socket keeps it."""
        made: list[socket.socket | OSError] = []

        def make() -> None:
            try:
                space = os.open(self.proc / "ns/net", os.O_RDONLY | os.O_CLOEXEC)
                try:
                    if _LIBC.setns(space, _CLONE_NEWNET):
                        number = ctypes.get_errno()
                        raise OSError(number, os.strerror(number))
                finally:
                    os.close(space)
                made.append(socket.socket(family, kind, protocol))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        match made:
            case [socket.socket() as there]:
                return there
            case [OSError() as error]:
                raise LabError(
                    Problem(
                        code="KSZ504",
                        what=f"no socket in {self.name}: {error}",
                        fix="see `ksz-netops lab status` whether the host lives",
                    )
                ) from error
            case _:
                raise AssertionError(made)


_SPACES: Final = {"mount": "mnt", "uts": "uts", "ipc": "ipc", "pid": "pid"}


def started_at(proc: Path) -> int | None:
    """When a process started, in ticks since the machine did; None where it lives no more."""
    try:
        fields = (proc / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])
