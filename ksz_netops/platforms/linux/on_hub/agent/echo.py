"""Echo requests over chosen ports, and the answers to them (RFC 792, RFC 4443)."""

from __future__ import annotations

import os
import select
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUEST: Final = {4: 8, 6: 128}
_REPLY: Final = {4: 0, 6: 129}
_FORM: Final = struct.Struct("!BBHHHI")
"""Type, code, checksum, identifier, sequence number, and the number of the way."""
_AT_ONCE: Final = 4096
_IP_PKTINFO: Final = 8
"""Linux's number; the socket module has no name for it."""
_RECEIVE_BUFFER: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes: the neighbour with *address* behind *port*."""

    address: str
    port: str


class Echo:
    """Sends requests for numbered targets and yields the numbers of those that answer."""

    def __init__(self) -> None:
        """Opens the raw sockets, which takes the privileges of root.

        Raises:
            OSError: If they cannot be had.
        """
        self._id = os.getpid() & 0xFFFF
        self._sequence = 0
        self._sockets = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6),
        }
        for each in self._sockets.values():
            each.setblocking(False)  # noqa: FBT003 - its only parameter
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)

    def send(self, number: int, target: Target) -> None:
        """Sends a request; one that cannot be sent is one that nobody answers."""
        version = ip_address(target.address).version
        self._sequence = (self._sequence + 1) & 0xFFFF
        octets = _request(version, self._id, self._sequence, number)
        with suppress(OSError):
            index = socket.if_nametoindex(target.port)
            self._sockets[version].sendmsg(
                [octets], [_over(version, index)], 0, (target.address, 0)
            )

    def answers(self, limit_s: float) -> Iterator[tuple[int, str]]:
        """The number of a way and the address that answered, for what comes within *limit_s*."""
        ready = select.select(list(self._sockets.values()), [], [], max(0.0, limit_s))[0]
        for version, each in self._sockets.items():
            if each in ready:
                yield from self._read(version, each)

    def _read(self, version: int, source: socket.socket) -> Iterator[tuple[int, str]]:
        for _ in range(_AT_ONCE):
            try:
                octets, where = source.recvfrom(256)
            except OSError:
                return
            # IPv4 raw sockets give the IP header too.
            body = octets[(octets[0] & 15) * 4 :] if version == 4 else octets  # noqa: PLR2004 - IP
            if len(body) >= _FORM.size:
                kind, _, _, identifier, _, number = _FORM.unpack_from(body)
                if kind == _REPLY[version] and identifier == self._id:
                    yield number, where[0].partition("%")[0]


def _request(version: int, identifier: int, sequence: int, number: int) -> bytes:
    bare = _FORM.pack(_REQUEST[version], 0, 0, identifier, sequence, number)
    # For ICMPv6 the kernel computes the sum, since it covers the addresses.
    total = sum(struct.unpack("!6H", bare)) if version == 4 else 0  # noqa: PLR2004 - IP
    total = (total >> 16) + (total & 0xFFFF)
    total += total >> 16
    checksum = ~total & 0xFFFF if version == 4 else 0  # noqa: PLR2004 - IP
    return _FORM.pack(_REQUEST[version], 0, checksum, identifier, sequence, number)


def _over(version: int, index: int) -> tuple[int, int, bytes]:
    """The control message that makes a packet leave by the port with *index*."""
    if version == 4:  # noqa: PLR2004 - IP
        return socket.IPPROTO_IP, _IP_PKTINFO, struct.pack("=I4s4s", index, b"", b"")
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, struct.pack("=16sI", b"", index)
