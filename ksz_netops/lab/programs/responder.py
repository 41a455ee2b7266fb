"""Plays every extranet service: answers each port of TCP and UDP that its file names.

A client says in its first line what it wants:

    hello TOKEN     the token and the address it came from, as one line
    flood           octets without end
    sink            nothing; what it sends is thrown away

A datagram is answered by itself. The file is read anew whenever it changes.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import sys
import threading
from pathlib import Path

POLL_S = 0.25
CHUNK = bytes(16384)
IPV6_PKTINFO = socket.IPV6_PKTINFO
IPV6_RECVPKTINFO = socket.IPV6_RECVPKTINFO


def serve(file: Path) -> None:
    """Answers for ever."""
    stamp = 0
    listening: dict[tuple[str, int], socket.socket] = {}
    while True:
        with contextlib.suppress(FileNotFoundError):
            changed = file.stat().st_mtime_ns
            if changed != stamp:
                stamp = changed
                _adjust(listening, json.loads(file.read_text()))
        ready, _, _ = select.select(list(listening.values()), [], [], POLL_S)
        for server in ready:
            if server.type == socket.SOCK_DGRAM:
                _echo(server)
            else:
                with contextlib.suppress(OSError):
                    client, address = server.accept()
                    threading.Thread(target=_answer, args=(client, address[0]), daemon=True).start()


def _adjust(listening: dict[tuple[str, int], socket.socket], wanted: dict[str, list[int]]) -> None:
    ports = {(protocol, port) for protocol in ("tcp", "udp") for port in wanted[protocol]}
    for gone in listening.keys() - ports:
        listening.pop(gone).close()
    for new in ports - listening.keys():
        listening[new] = _listen(*new)


def _listen(protocol: str, port: int) -> socket.socket:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    server = socket.socket(socket.AF_INET6, kind)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.SOCK_DGRAM:
        server.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    server.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        server.listen(128)
    return server


def _echo(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        data, ancillary, _, address = server.recvmsg(65535, 256)
        # The answer must leave from the address that was asked.
        to = [
            (level, kind, content[:16] + bytes(4))
            for level, kind, content in ancillary
            if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO)
        ]
        server.sendmsg([data], to, 0, address)


def _answer(client: socket.socket, address: str) -> None:
    with contextlib.suppress(OSError), client:
        client.settimeout(120)
        line = b""
        while not line.endswith(b"\n") and len(line) < 200:  # noqa: PLR2004 - longest line
            octet = client.recv(1)
            if not octet:
                return
            line += octet
        verb, _, rest = line.strip().partition(b" ")
        if verb == b"hello":
            client.sendall(b"hello %s %s\n" % (rest, address.removeprefix("::ffff:").encode()))
        elif verb == b"flood":
            while True:
                client.sendall(CHUNK)
        elif verb == b"sink":
            while client.recv(65536):
                pass


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
