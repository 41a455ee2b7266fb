"""What a site can do on the network: ask a service as its users would, or send what it must not."""

from __future__ import annotations

import secrets
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.packets import ETHERTYPE, checksum
from ksz_netops.state.resources import Protocol

if TYPE_CHECKING:
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.state.resources import IPAddress, Permit

FAMILY: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
ECHO: Final = {4: (socket.IPPROTO_ICMP, 8, 0), 6: (socket.IPPROTO_ICMPV6, 128, 129)}
"""By IP version: the protocol, the type of a request and the type of its reply."""
_TRIES: Final = 3
"""A first packet may be lost to neighbour discovery; a datagram is not sent again by itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a service answered, and what was seen."""

    answered: bool
    seen: str


def ask(inside: Inside, source: IPAddress, permit: Permit, *, limit_s: float) -> Answer:
    """Asks the service at *permit*'s one address, from *source*, by its own protocol."""
    destination = permit.destination.network_address
    ports = dict.fromkeys(permit.ports or (0,))
    seen = []
    for port in ports:
        started = time.monotonic()
        try:
            match permit.protocol:
                case Protocol.TCP:
                    _tcp(inside, source, destination, port, limit_s)
                case Protocol.UDP:
                    _udp(inside, source, destination, port, limit_s)
                case Protocol.ICMP:
                    _icmp(inside, source, destination, limit_s)
        except OSError as error:
            where = f" at port {port}" if port else ""
            return Answer(answered=False, seen=f"no answer{where}: {error}")
        seen.append(f"{(time.monotonic() - started) * 1000:.1f} ms")
    return Answer(answered=True, seen=f"answered in {', '.join(seen)}")


def _tcp(inside: Inside, source: IPAddress, to: IPAddress, port: int, limit_s: float) -> None:
    token = secrets.token_hex(8).encode()
    with inside.socket(FAMILY[source.version]) as client:
        client.settimeout(limit_s)
        client.bind((str(source), 0))
        client.connect((str(to), port))
        client.sendall(b"hello %s\n" % token)
        answer = b""
        while not answer.endswith(b"\n"):
            more = client.recv(200)
            if not more:
                message = "it closed the connection"
                raise OSError(message)
            answer += more
    if answer.split() != [b"hello", token, str(source).encode()]:
        message = f"it answered {answer!r}"
        raise OSError(message)


def _udp(inside: Inside, source: IPAddress, to: IPAddress, port: int, limit_s: float) -> None:
    token = secrets.token_bytes(8)
    with inside.socket(FAMILY[source.version], socket.SOCK_DGRAM) as client:
        client.settimeout(limit_s / _TRIES)
        client.bind((str(source), 0))
        client.connect((str(to), port))
        for attempt in range(_TRIES):
            client.send(token)
            try:
                while client.recv(100) != token:
                    pass
            except TimeoutError:
                if attempt + 1 == _TRIES:
                    raise
            else:
                return


def _icmp(inside: Inside, source: IPAddress, to: IPAddress, limit_s: float) -> None:
    protocol, _, _ = ECHO[source.version]
    with inside.socket(FAMILY[source.version], socket.SOCK_RAW, protocol) as client:
        client.bind((str(source), 0))
        for attempt in range(_TRIES):
            mark = secrets.randbelow(65535)
            if echo(client, to, mark, attempt, limit_s / _TRIES):
                return
    message = "timed out"
    raise TimeoutError(message)


def echo(client: socket.socket, to: IPAddress, mark: int, number: int, limit_s: float) -> bool:
    """Whether one echo request over the raw socket *client* was answered in time."""
    reply = ECHO[to.version][2]
    client.sendto(echo_request(to.version, mark, number), (str(to), 0))
    end = time.monotonic() + limit_s
    while (left := end - time.monotonic()) > 0:
        client.settimeout(left)
        try:
            octets = client.recv(2048)
        except TimeoutError:
            return False
        body = octets[(octets[0] & 15) * 4 :] if to.version == 4 else octets  # noqa: PLR2004 - IP
        if body[0] == reply and struct.unpack("!HH", body[4:8]) == (mark, number):
            return True
    return False


def echo_request(version: int, mark: int, number: int) -> bytes:
    """The ICMP or ICMPv6 part of an echo request."""
    header = struct.pack("!BBHHH", ECHO[version][1], 0, 0, mark, number) + b"ksz-lab."
    # For ICMPv6 the kernel computes it, because it covers the addresses too.
    return header[:2] + struct.pack("!H", checksum(header)) + header[4:]


def inject(inside: Inside, device: str, octets: bytes, mac: str | None, *, times: int = 1) -> None:
    """Puts *octets* from the IP header on on *device*, for the neighbour with *mac* if it has one.

    Neither the site's routes nor its own filters or IPsec policies have a say in it.
    """
    ethertype = ETHERTYPE[octets[0] >> 4]
    with inside.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as wire:
        if mac is None:
            wire.bind((device, ethertype))
            for _ in range(times):
                wire.send(octets)
            return
        to = (device, ethertype, 0, 0, bytes.fromhex(mac.replace(":", "")))
        for _ in range(times):
            wire.sendto(octets, to)
