"""Carries connections between a listening socket that it inherits and one address.

The socket was opened in the machine's network; the process runs in the sandbox's. Nothing else
joins the two.

Usage: forward.py FD ADDRESS PORT PIDFILE
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from pathlib import Path


def forward(server: socket.socket, address: str, port: int) -> None:
    """Serves for ever; a connection that leads nowhere is closed at once."""
    while True:
        client, _ = server.accept()
        threading.Thread(target=_join, args=(client, address, port), daemon=True).start()


def _join(client: socket.socket, address: str, port: int) -> None:
    with client:
        try:
            inner = socket.create_connection((address, port), timeout=30)
        except OSError:
            return
        with inner:
            inner.settimeout(None)
            for end in (client, inner):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            back = threading.Thread(target=_pump, args=(inner, client), daemon=True)
            back.start()
            _pump(client, inner)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    Path(sys.argv[4]).write_text(f"{os.getpid()}\n")
    forward(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], int(sys.argv[3]))
