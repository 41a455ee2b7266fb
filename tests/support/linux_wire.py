"""Frames put on the wires of a `LinuxHost` by hand, and what comes out of another wire."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from ksz_netops.lab.packets import ETHERTYPE, checksum

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress
    from support.linux_host import LinuxHost

PROGRAM = r"""
import json, select, socket, sys
work = json.load(sys.stdin)
there = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
there.bind((work["watch"], 0))
senders, found = {}, []
def drain(wait):
    while select.select([there], [], [], wait)[0]:
        octets, address = there.recvfrom(65535)
        if address[2] != socket.PACKET_OUTGOING:
            found.append(octets.hex())
            if octets.hex().endswith(work["last"]):
                return True
    return False
for port, frame in work["frames"]:
    if port not in senders:
        senders[port] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        senders[port].bind((port, 0))
    senders[port].send(bytes.fromhex(frame))
    ended = drain(0)
ended or drain(work["patience"])
json.dump(found, sys.stdout)
"""
LAST = b"the last of them"
"""What ends the packet behind which nothing more is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A packet on one wire."""

    port: str
    """The hub's port to which the wire leads."""
    octets: bytes
    source: str = "02:00:00:00:00:63"
    """The MAC address of its sender."""


def wired(host: LinuxHost, *neighbours: tuple[str, str]) -> None:
    """Makes the far end of each wire quiet, with an address that the hub knows there."""
    for port, address in neighbours:
        mac = _mac(host.beside(f"ip -j link show dev p-{port}"))
        host.run(f"ip neigh replace {address} lladdr {mac} dev {port} nud permanent")


def _mac(shown: str) -> str:
    address: str = json.loads(shown)[0]["address"]
    return address


def passed(host: LinuxHost, watch: str, *packets: Sent, patience_s: float = 3) -> list[bytes]:
    """What comes out of the hub's port *watch* while *packets* are sent, one after the other.

    The last packet ends in `LAST` where it is sure to pass; then nothing is waited for.
    """
    return [frame[14:] for frame in _frames(host, watch, packets, patience_s)]


def receivers(host: LinuxHost, watch: str, *packets: Sent, patience_s: float = 3) -> list[str]:
    """The MAC addresses to which frames with IP packets go that come out of *watch*."""
    kinds = {kind.to_bytes(2, "big") for kind in ETHERTYPE.values()}
    found = _frames(host, watch, packets, patience_s)
    return [frame[:6].hex(":") for frame in found if frame[12:14] in kinds]


def _frames(
    host: LinuxHost, watch: str, packets: tuple[Sent, ...], patience_s: float
) -> list[bytes]:
    frames = []
    for packet in packets:
        mac = _mac(host.run(f"ip -j link show dev {packet.port}")).replace(":", "")
        kind = ETHERTYPE[packet.octets[0] >> 4].to_bytes(2, "big")
        ends = bytes.fromhex(mac + packet.source.replace(":", ""))
        frame = ends + kind + packet.octets
        frames.append((f"p-{packet.port}", frame.hex()))
    work = {"watch": f"p-{watch}", "frames": frames, "last": LAST.hex(), "patience": patience_s}
    host.put("/run/wire.py", PROGRAM)
    program = f"/proc/{host.pid}/root/run/wire.py"
    said = host.beside(f"/usr/bin/python3 -I {program} <<'END'\n{json.dumps(work)}\nEND")
    return [bytes.fromhex(each) for each in json.loads(said)]


def ip(source: IPAddress, destination: IPAddress, protocol: int, body: bytes) -> bytes:
    """An IP packet around *body*."""
    ends = source.packed + destination.packed
    if isinstance(source, IPv4Address):
        start = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, protocol, 0)
        total = checksum(start + ends)
        return start[:10] + struct.pack("!H", total) + ends + body
    return struct.pack("!IHBB", 0x60000000, len(body), protocol, 64) + ends + body


def udp(source: tuple[IPAddress, int], destination: tuple[IPAddress, int], data: bytes) -> bytes:
    """A datagram."""
    body = struct.pack("!HHHH", source[1], destination[1], 8 + len(data), 0) + data
    body = body[:6] + struct.pack("!H", _sum(source[0], destination[0], 17, body)) + body[8:]
    return ip(source[0], destination[0], 17, body)


def icmp_error(source: IPAddress, destination: IPAddress, about: bytes) -> bytes:
    """An ICMP error (host unreachable) that quotes the packet *about*."""
    version6 = isinstance(source, IPv6Address)
    head = struct.pack("!BBHI", 1 if version6 else 3, 3 if version6 else 1, 0, 0)
    body = head + about
    total = _sum(source, destination, 58, body) if version6 else checksum(body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    return ip(source, destination, 58 if version6 else 1, body)


def _sum(source: IPAddress, destination: IPAddress, protocol: int, body: bytes) -> int:
    pseudo = source.packed + destination.packed + struct.pack("!II", len(body), protocol)
    return checksum(pseudo + body)
