#!/usr/bin/python3
"""Writes the transfer log of the file service: who did what, one line each.

internal-sftp logs from inside the account's root, where it finds no /dev/log; so each account is
given one, and whose socket a line came by says whose line it is, whatever the line claims.
"""

from __future__ import annotations

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


class TransferLog:
    """The sockets of all accounts, and the file that their lines go to."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[str, tuple[socket.socket, int]] = {}

    def follow_accounts(self) -> None:
        """Opens a socket for each account that came, and closes that of each that went."""
        here = {root.name for root in ROOTS.iterdir() if root.is_dir()}
        for account in sorted(self._sockets.keys() - here):
            self._close(account)
        for account in sorted(here):
            path = ROOTS / account / "dev/log"
            if account in self._sockets:
                if path.exists() and path.stat().st_ino == self._sockets[account][1]:
                    continue
                self._close(account)
            self._open(account, path)

    def _open(self, account: str, path: Path) -> None:
        root = (ROOTS / account).stat()
        if root.st_uid != 0 or stat.S_IMODE(root.st_mode) & 0o022:
            return  # not a root that sshd would accept
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        listener.bind(str(path))
        path.chmod(0o666)
        self._sockets[account] = (listener, path.stat().st_ino)
        self._selector.register(listener, selectors.EVENT_READ, account)

    def _close(self, account: str) -> None:
        listener, _ = self._sockets.pop(account)
        self._selector.unregister(listener)
        listener.close()

    def write_what_comes(self, wait_s: float) -> None:
        """Appends the lines that come within *wait_s*."""
        events = self._selector.select(wait_s)
        if not events:
            return
        # Opened each time, so that rotation needs no signal.
        descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            for key, _ in events:
                log.write(line(key.data, key.fileobj.recv(LINE_OCTETS)))


def line(account: str, datagram: bytes) -> str:
    """*datagram* as one line of the log: a partner names its files, and names hold anything."""
    text = datagram.rstrip(b"\0\n").decode("utf-8", errors="replace")
    _, _, message = text.partition("]: ")
    shown = "".join(each if each.isprintable() else "?" for each in message or text)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return f"{now} {account} {shown}\n"


def main() -> None:
    """Runs until it is stopped."""
    transfers = TransferLog()
    while True:
        try:
            transfers.follow_accounts()
            transfers.write_what_comes(wait_s=1)
        except OSError as error:
            # An account can go while it is looked at; the next look sees it gone.
            sys.stderr.write(f"sftp-log: {error}\n")
            time.sleep(1)


if __name__ == "__main__":
    main()
