"""The IKE daemon's control socket: one session for all that is asked of it."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Final, Self

from ksz_netops.platforms.linux.on_hub.agent.command import SHORT_S, StepError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_REQUEST, _RESPONSE, _REGISTER, _CONFIRM, _EVENT = 0, 1, 3, 5, 7
_SECTION, _SECTION_END, _VALUE = 1, 2, 3
_LIST_WIDTHS: Final = {4: 1, 5: 2, 6: 0}
"""How many octets give the length of a list's name, of its item, and of nothing at its end."""
_STRANGE: Final = "the IKE daemon's answer is not understood"
_LARGEST: Final = 16 * 1024 * 1024


class Vici:
    """An open session; a daemon that does not answer is an error after a short while."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SHORT_S)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            message = f"the IKE daemon is not reached at {path}: {error.strerror or error}"
            raise StepError(message) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(self, name: str, arguments: Mapping[str, str]) -> dict[str, str]:
        """The plain values of the answer to *name*.

        Raises:
            StepError: If the daemon refuses, does not answer, or answers what is not understood.
        """
        self._send(_REQUEST, name, arguments)
        kind, body = self._receive()
        if kind != _RESPONSE:
            message = f"the IKE daemon does not know {name}"
            raise StepError(message)
        return {key: value for path, key, value in _elements(body) if not path}

    def associations(self) -> set[str]:
        """The names of the connections that have an IKE SA.

        Raises:
            StepError: If the daemon does not tell.
        """
        self._send(_REGISTER, "list-sa", {})
        if self._receive()[0] != _CONFIRM:
            message = "the IKE daemon does not list its associations"
            raise StepError(message)
        self._send(_REQUEST, "list-sas", {})
        names: set[str] = set()
        while True:
            kind, body = self._receive()
            if kind != _EVENT:
                return names
            # An event begins with its own name.
            names |= {path[0] for path, _, _ in _elements(body[1 + body[0] :]) if path}

    def _send(self, kind: int, name: str, arguments: Mapping[str, str]) -> None:
        body = bytes([kind, len(name)]) + name.encode()
        for key, value in arguments.items():
            body += bytes([_VALUE, len(key)]) + key.encode()
            body += struct.pack("!H", len(value.encode())) + value.encode()
        try:
            self._socket.sendall(struct.pack("!I", len(body)) + body)
        except OSError as error:
            raise StepError(_silent(error)) from error

    def _receive(self) -> tuple[int, bytes]:
        (length,) = struct.unpack("!I", self._exactly(4))
        if not 1 <= length <= _LARGEST:
            raise StepError(_STRANGE)
        packet = self._exactly(length)
        return packet[0], packet[1:]

    def _exactly(self, length: int) -> bytes:
        received = b""
        while len(received) < length:
            try:
                part = self._socket.recv(length - len(received))
            except OSError as error:
                raise StepError(_silent(error)) from error
            if not part:
                message = "the IKE daemon ended the session"
                raise StepError(message)
            received += part
        return received


def _silent(error: OSError) -> str:
    return f"the IKE daemon does not answer: {error.strerror or error}"


def _elements(body: bytes) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """The path of sections, the key and the value of each value in *body*.

    A section without values is told by itself, with an empty key.

    Raises:
        StepError: If *body* is no message of vici.
    """
    reader = _Reader(body)
    path: list[str] = []
    try:
        while not reader.is_at_end():
            kind = reader.octet()
            if kind == _SECTION:
                path.append(reader.text(1))
                yield tuple(path), "", ""
            elif kind == _SECTION_END:
                path.pop()
            elif kind == _VALUE:
                key = reader.text(1)
                yield tuple(path), key, reader.text(2)
            elif kind in _LIST_WIDTHS:
                reader.text(_LIST_WIDTHS[kind])
            else:
                raise StepError(_STRANGE)
    except IndexError as error:
        raise StepError(_STRANGE) from error


class _Reader:
    """Texts that stand one after the other, each behind its length."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def is_at_end(self) -> bool:
        return self._at == len(self._body)

    def octet(self) -> int:
        self._at += 1
        return self._body[self._at - 1]

    def text(self, width: int) -> str:
        """The next text, whose length takes *width* octets; none where *width* is 0."""
        begin = self._at + width
        end = begin + int.from_bytes(self._body[self._at : begin], "big")
        if end > len(self._body):
            raise IndexError
        self._at = end
        return self._body[begin:end].decode(errors="replace")
