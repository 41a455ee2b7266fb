#!/usr/bin/python3
"""Keeps each partner's account within its sessions and its space.

    sftp-limits --sessions 8 --space-mb 1024 --files 10000

Sessions over the limit are ended, the newest first. Space is a quota of the kernel, where the
filesystem of the accounts has quotas; the kernel then refuses what is too much at once.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import errno
import os
import pwd
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOTS = Path("/srv/ksz")
PROC = Path("/proc")
LOOK_EVERY_S = 2.0
START_TIME = 19
"""Place of a process's start time in its `stat`, counted behind its name."""
Q_SETQUOTA = 0x800008
USER_QUOTA = 0
BLOCKS_AND_FILES = 1 | 4
"""QIF_BLIMITS and QIF_ILIMITS: the limits alone are set, not what is used."""


class Quota(ctypes.Structure):
    """`struct if_dqblk` of quotactl(2); space counts in blocks of 1 KiB."""

    _fields_ = (
        ("hard_blocks", ctypes.c_uint64),
        ("soft_blocks", ctypes.c_uint64),
        ("used_octets", ctypes.c_uint64),
        ("hard_files", ctypes.c_uint64),
        ("soft_files", ctypes.c_uint64),
        ("used_files", ctypes.c_uint64),
        ("block_grace", ctypes.c_uint64),
        ("file_grace", ctypes.c_uint64),
        ("valid", ctypes.c_uint32),
    )


@dataclass(frozen=True)
class Process:
    """A process of an account."""

    pid: int
    parent: int
    uid: int
    started: int


def accounts(roots: Path) -> dict[int, str]:
    """Names by user id of the accounts that have a root."""
    found = {}
    with os.scandir(roots) as entries:
        for entry in entries:
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(entry.name)
                if user.pw_uid != 0:
                    found[user.pw_uid] = user.pw_name
    return found


def processes(uids: set[int], proc: Path = PROC) -> list[Process]:
    """The processes of the users *uids*."""
    found = []
    for path in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            uid = path.stat().st_uid
            if uid in uids:
                fields = (path / "stat").read_text().rpartition(") ")[2].split()
                found.append(Process(int(path.name), int(fields[1]), uid, int(fields[START_TIME])))
    return found


def excess(found: list[Process], sessions: int) -> list[Process]:
    """The sessions that are too many: of each account all but the *sessions* oldest.

    A session is a process whose parent is not the account's own; sshd's children are part of it.
    """
    own = {process.pid for process in found}
    by_user: dict[int, list[Process]] = {}
    for process in sorted(found, key=lambda each: (each.started, each.pid)):
        if process.parent not in own:
            by_user.setdefault(process.uid, []).append(process)
    return [process for one in by_user.values() for process in one[sessions:]]


def device_of(roots: Path, mounts: str) -> str | None:
    """The device whose own filesystem is mounted at *roots*, by /proc/self/mountinfo."""
    device = None
    for line in mounts.splitlines():
        fields, _, source = line.partition(" - ")
        if fields.split()[4] == str(roots) and "usrquota" in f"{fields} {source}":
            device = source.split()[1]
    return device


def set_quota(device: str | None, uid: int, *, space_mb: int, files: int) -> bool:
    """Has the kernel refuse *uid* more than that on *device*; False where there are no quotas.

    Raises:
        OSError: If the kernel does not accept it.
    """
    if device is None:
        return False
    quota = Quota(
        hard_blocks=space_mb * 1024,
        soft_blocks=space_mb * 1024,
        hard_files=files,
        soft_files=files,
        valid=BLOCKS_AND_FILES,
    )
    library = ctypes.CDLL(None, use_errno=True)
    command = ctypes.c_int(Q_SETQUOTA << 8 | USER_QUOTA)
    if library.quotactl(command, device.encode(), ctypes.c_int(uid), ctypes.byref(quota)):
        number = ctypes.get_errno()
        if number == errno.ESRCH:  # the filesystem or the kernel has none
            return False
        raise OSError(number, os.strerror(number), device)
    return True


class Limits:
    """The limits of all accounts, and whose quota is set already."""

    def __init__(self, sessions: int, space_mb: int, files: int) -> None:
        self._sessions = sessions
        self._space_mb = space_mb
        self._files = files
        self._limited: set[int] = set()
        self._said = ""

    def enforce(self) -> None:
        """Ends sessions that are too many, and gives new accounts their quota."""
        here = accounts(ROOTS)
        for process in excess(processes(set(here)), self._sessions):
            self._say(f"{here[process.uid]}: a session over the limit was ended")
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        self._limited &= here.keys()
        device = device_of(ROOTS, (PROC / "self/mountinfo").read_text())
        for uid in here.keys() - self._limited:
            if not set_quota(device, uid, space_mb=self._space_mb, files=self._files):
                self._say(f"{ROOTS} has no quotas: the space of an account is not limited")
                break
            self._limited.add(uid)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            sys.stderr.write(f"sftp-limits: {text}\n")


def main() -> None:
    """Runs until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--space-mb", type=int, required=True)
    parser.add_argument("--files", type=int, required=True)
    given = parser.parse_args()
    limits = Limits(given.sessions, given.space_mb, given.files)
    while True:
        try:
            limits.enforce()
        except OSError as error:
            sys.stderr.write(f"sftp-limits: {error}\n")
        time.sleep(LOOK_EVERY_S)


if __name__ == "__main__":
    main()
