#!/usr/bin/python3
"""Writes the transfer log of the file service: who did what, one line each.

internal-sftp logs from inside the account's root, where it finds no /dev/log. So each root gets a
socket in a folder `dev` that is root's alone. A line belongs to the account whose socket it came
by, whatever the line claims. Folders are opened by descriptor and never through a link.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import stat
import sys
import time
from pathlib import Path

ROOTS = Path("/srv/ksz")
LOG = Path("/var/log/ksz-sftp.log")
LINE_OCTETS = 8192
LOG_OCTETS = 20_000_000
"""Size at which the log is rotated."""
KEPT = 5
"""How many rotated logs stay."""
LOOK_EVERY_S = 1.0
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TransferLog:
    """The sockets of all accounts, and the file that their lines go to."""

    def __init__(self, roots: Path = ROOTS, log: Path = LOG) -> None:
        self._roots = roots
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[str, tuple[socket.socket, int]] = {}
        self._refused: dict[str, str] = {}

    def follow_accounts(self) -> None:
        """Opens a socket for each account that came, and closes that of each that went."""
        here = accounts(self._roots)
        for account in self._refused.keys() - here:
            del self._refused[account]
        for account in self._sockets.keys() - here:
            self._close(account)
        for account in sorted(here):
            try:
                self._follow(account)
            except OSError as error:
                # One account that has no log must not cost the others theirs.
                self._close(account)
                self._refuse(account, str(error))

    def _follow(self, account: str) -> None:
        folder = log_folder(self._roots, account)
        try:
            if account in self._sockets:
                if inode(folder) == self._sockets[account][1]:
                    return
                self._close(account)
            remove(folder)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            # The mode comes from the mask, since a later chmod by name could follow a link.
            mask = os.umask(0o111)
            try:
                listener.bind(f"/proc/self/fd/{folder}/log")
            except OSError:
                listener.close()
                raise
            finally:
                os.umask(mask)
            self._sockets[account] = (listener, inode(folder))
        finally:
            os.close(folder)
        self._selector.register(listener, selectors.EVENT_READ, account)
        self._refused.pop(account, None)

    def _close(self, account: str) -> None:
        if account in self._sockets:
            listener, _ = self._sockets.pop(account)
            self._selector.unregister(listener)
            listener.close()

    def close(self) -> None:
        """Closes all sockets."""
        for account in sorted(self._sockets):
            self._close(account)
        self._selector.close()

    def _refuse(self, account: str, why: str) -> None:
        """Says once that the transfers of *account* are not logged."""
        if self._refused.get(account) != why:
            self._refused[account] = why
            self._append([line(account, f"transfers are not logged: {why}".encode())])

    def write_what_comes(self, wait_s: float) -> None:
        """Appends the lines that come within *wait_s*."""
        lines = []
        for key, _ in self._selector.select(wait_s):
            try:
                lines.append(line(key.data, key.fileobj.recv(LINE_OCTETS)))
            except OSError as error:
                tell(error)
        if lines:
            self._append(lines)

    def _append(self, lines: list[str]) -> None:
        """Adds *lines*; without disk they are lost, since a full socket would stop transfers."""
        try:
            # Opened each time, so that others may rotate it too.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(self._log, flags, 0o640), "a", encoding="utf-8") as log:
                log.writelines(lines)
                full = os.fstat(log.fileno()).st_size >= LOG_OCTETS
            if full:
                rotate(self._log)
        except OSError as error:
            tell(error)


def accounts(roots: Path) -> set[str]:
    """The accounts that have a root; names with a dot in front are not accounts."""
    with os.scandir(roots) as found:
        return {
            each.name
            for each in found
            if not each.name.startswith(".") and each.is_dir(follow_symlinks=False)
        }


def log_folder(roots: Path, account: str) -> int:
    """A descriptor of the folder `dev` in the account's root, made where it is absent.

    Raises:
        OSError: If root alone cannot write in either; what a partner can move is not used.
    """
    root = os.open(roots / account, FOLDER)
    try:
        check_owner(root, "its root")
        with contextlib.suppress(FileExistsError):
            os.mkdir("dev", 0o755, dir_fd=root)
        folder = os.open("dev", FOLDER, dir_fd=root)
    finally:
        os.close(root)
    try:
        check_owner(folder, "its folder dev")
        os.fchmod(folder, 0o755)
    except OSError:
        os.close(folder)
        raise
    return folder


def check_owner(descriptor: int, what: str) -> None:
    """Passes where root alone can write.

    Raises:
        OSError: If somebody else can.
    """
    found = os.fstat(descriptor)
    if found.st_uid != 0 or stat.S_IMODE(found.st_mode) & 0o022:
        message = f"{what} is not root's alone"
        raise OSError(message)


def inode(folder: int) -> int:
    """The number of the socket in *folder*; 0 where there is none."""
    try:
        return os.stat("log", dir_fd=folder, follow_symlinks=False).st_ino
    except FileNotFoundError:
        return 0


def remove(folder: int) -> None:
    """Takes away what stands where the socket belongs."""
    try:
        os.unlink("log", dir_fd=folder)
    except IsADirectoryError:
        os.rmdir("log", dir_fd=folder)
    except FileNotFoundError:
        return


def rotate(log: Path) -> None:
    """Moves *log* to `.1`, each older one a number up; the oldest goes."""
    for number in range(KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def line(account: str, datagram: bytes) -> str:
    """*datagram* as one line of the log: a partner names its files, and names hold anything."""
    text = datagram.rstrip(b"\0\n").decode("utf-8", errors="replace")
    _, _, message = text.partition("]: ")
    shown = "".join(char if char.isprintable() else "?" for char in message or text)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return f"{now} {account} {shown}\n"


def tell(error: OSError) -> None:
    """Says what failed, where anybody listens."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"sftp-log: {error}\n")


def main() -> None:
    """Runs until it is stopped."""
    transfers = TransferLog()
    looked = float("-inf")
    while True:
        if time.monotonic() - looked >= LOOK_EVERY_S:
            try:
                transfers.follow_accounts()
            except OSError as error:
                tell(error)
            looked = time.monotonic()
        transfers.write_what_comes(LOOK_EVERY_S)


if __name__ == "__main__":
    main()
