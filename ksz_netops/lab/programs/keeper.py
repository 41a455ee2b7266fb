"""Keeps the sites' tunnels asked for, as traffic does with a partner's own equipment.

strongSwan tries again after silence, but not after a refusal, which is what a hub answers until it
knows the partner. Every second, each child without an SA is initiated.

Usage: keeper.py FILE; the file maps each host to the path of its charon's socket and is read anew
whenever it changes.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, Self, TypeAlias

Message: TypeAlias = "dict[str, Any]"
"""A VICI message: text, lists of text, and messages by their names."""

PERIOD_S = 1.0
PATIENCE_S = 20.0

_REQUEST, _RESPONSE, _REGISTER, _CONFIRM, _EVENT = 0, 1, 3, 5, 7
_SECTION, _SECTION_END, _VALUE, _LIST, _ITEM, _LIST_END = range(1, 7)


class Vici:
    """A connection to charon, as far as the lab needs it (README.md of strongSwan's vici)."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self._socket.close()

    def ask(self, command: str, message: Message | None = None) -> Message:
        """The answer to *command*."""
        self._send(_REQUEST, command, message)
        return self._receive(_RESPONSE)[1]

    def stream(self, command: str, event: str) -> list[Message]:
        """The events that *command* raises before its answer."""
        self._send(_REGISTER, event)
        self._receive(_CONFIRM)
        self._send(_REQUEST, command, {})
        events: list[Message] = []
        while True:
            kind, message = self._receive(_EVENT, _RESPONSE)
            if kind == _RESPONSE:
                return events
            events.append(message)

    def _send(self, kind: int, name: str, message: Message | None = None) -> None:
        packet = bytes([kind, len(name)]) + name.encode() + _encode(message or {})
        self._socket.sendall(struct.pack("!I", len(packet)) + packet)

    def _receive(self, *wanted: int) -> tuple[int, Message]:
        (length,) = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        kind, body = packet[0], packet[1:]
        if kind not in wanted:
            message = f"charon answered with a packet of kind {kind}"
            raise OSError(message)
        if kind == _EVENT:
            body = body[1 + body[0] :]
        return kind, _decode(body)

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self._socket.recv(length - len(data))
            if not more:
                message = "charon closed the connection"
                raise OSError(message)
            data += more
        return data


def _encode(message: Message) -> bytes:
    return b"".join(
        bytes([_VALUE, len(name)]) + name.encode() + struct.pack("!H", len(value)) + value.encode()
        for name, value in message.items()
    )


def _decode(body: bytes) -> Message:
    root: Message = {}
    stack, at = [root], 0
    items: list[str] = []

    def text(width: int) -> str:
        nonlocal at
        length = int.from_bytes(body[at : at + width], "big")
        at += width + length
        return body[at - length : at].decode("utf-8", "replace")

    while at < len(body):
        element = body[at]
        at += 1
        if element == _SECTION:
            section: Message = {}
            stack[-1][text(1)] = section
            stack.append(section)
        elif element == _SECTION_END:
            stack.pop()
        elif element == _VALUE:
            name = text(1)
            stack[-1][name] = text(2)
        elif element == _LIST:
            items = []
            stack[-1][text(1)] = items
        elif element == _ITEM:
            items.append(text(2))
        elif element != _LIST_END:
            message = f"charon sent an element of kind {element}"
            raise OSError(message)
    return root


def _keep(path: str) -> None:
    """Initiates every child of one charon that has no SA and is not on its way to one."""
    with Vici(path) as charon:
        busy, present = set(), set()
        for event in charon.stream("list-sas", "list-sa"):
            for name, ike in event.items():
                if ike["state"] != "ESTABLISHED":
                    busy.add(name)
                present |= {(name, child["name"]) for child in ike["child-sas"].values()}
        for event in charon.stream("list-conns", "list-conn"):
            for name, connection in event.items():
                for child in connection["children"]:
                    if name not in busy and (name, child) not in present:
                        charon.ask("initiate", {"ike": name, "child": child, "timeout": "-1"})


def keep(file: Path) -> None:
    """Keeps for ever."""
    while True:
        started = time.monotonic()
        with contextlib.suppress(FileNotFoundError):
            for path in json.loads(file.read_text()).values():
                with contextlib.suppress(OSError):
                    _keep(path)
        time.sleep(max(0.1, PERIOD_S - (time.monotonic() - started)))


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
