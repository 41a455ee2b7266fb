"""Packets as octets: made by hand, so that a site can send what its own stack would refuse."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ksz_netops.state.resources import Protocol

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPAddress

ETHERTYPE: Final = {4: 0x0800, 6: 0x86DD}
_NUMBERS: Final = {Protocol.TCP: 6, Protocol.UDP: 17}
_ICMP: Final = {4: 1, 6: 58}
_ECHO: Final = {4: 8, 6: 128}
_IN_IP: Final = {4: 4, 6: 41}
_SYN: Final = 0x02
_IPV4: Final = 4
_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A TCP SYN, a datagram or an echo request."""

    source: IPAddress
    destination: IPAddress
    protocol: Protocol
    mark: int
    """Source port or ICMP identifier, by which it is known again where it arrives."""
    port: int = 0
    """Destination port; 0 for ICMP."""

    def octets(self) -> bytes:
        """The packet from the IP header on."""
        version = self.source.version
        number = _NUMBERS.get(self.protocol, _ICMP[version])
        match self.protocol:
            case Protocol.TCP:
                body = struct.pack("!HHIIBBHHH", self.mark, self.port, 1, 0, 0x50, _SYN, 8192, 0, 0)
                at = 16
            case Protocol.UDP:
                body = struct.pack("!HHHH", self.mark, self.port, 16, 0) + b"ksz-lab."
                at = 6
            case Protocol.ICMP:
                body = struct.pack("!BBHHH", _ECHO[version], 0, 0, self.mark, 1) + b"ksz-lab."
                at = 2
        ends = self.source.packed + self.destination.packed
        pseudo = ends + struct.pack("!II", len(body), number)
        if self.protocol is Protocol.ICMP and version == _IPV4:
            pseudo = b""
        body = body[:at] + struct.pack("!H", checksum(pseudo + body)) + body[at + 2 :]
        if version == _IPV4:
            length = _IPV4_HEADER + len(body)
            start = struct.pack("!BBHHHBBH", 0x45, 0, length, self.mark, 0x4000, 64, number, 0)
            total = checksum(start + ends)
            return start[:10] + struct.pack("!H", total) + ends + body
        return struct.pack("!IHBB", 0x60000000, len(body), number, 64) + ends + body


def read(octets: bytes) -> Packet | None:
    """The packet that *octets* from the IP header on are, or None where they are something else."""
    version = octets[0] >> 4 if octets else 0
    if version == _IPV4 and len(octets) >= _IPV4_HEADER:
        number, ends, rest = octets[9], octets[12:20], octets[(octets[0] & 15) * 4 :]
    elif version == 6 and len(octets) >= _IPV6_HEADER:  # noqa: PLR2004 - IP version
        number, ends, rest = octets[6], octets[8:40], octets[_IPV6_HEADER:]
    else:
        return None
    source, destination = (
        ip_address(half) for half in (ends[: len(ends) // 2], ends[len(ends) // 2 :])
    )
    if number == _ICMP[version] and len(rest) >= 8:  # noqa: PLR2004 - an ICMP header
        if rest[0] != _ECHO[version]:
            return None
        protocol, mark, port = Protocol.ICMP, int.from_bytes(rest[4:6], "big"), 0
    elif number in _NUMBERS.values() and len(rest) >= 8:  # noqa: PLR2004 - a UDP header
        protocol = next(each for each, value in _NUMBERS.items() if value == number)
        mark, port = struct.unpack("!HH", rest[:4])
    else:
        return None
    return Packet(source=source, destination=destination, protocol=protocol, mark=mark, port=port)


def checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = octets + b"\0" * (len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Sa:
    """One direction of a child SA with AES-GCM and a 16-octet tag (RFC 4106), UDP-encapsulated."""

    source: IPv4Address
    destination: IPv4Address
    spi: int
    key: bytes
    """The AES key and, in its last four octets, the salt."""

    def wrap(self, inner: bytes, sequence: int) -> bytes:
        """*inner* as the outer packet that carries it, whatever the SA's selectors say."""
        padding = bytes(range(1, 1 + (-(len(inner) + 2)) % 4))
        trailer = padding + bytes([len(padding), _IN_IP[inner[0] >> 4]])
        header = struct.pack("!II", self.spi, sequence)
        vector = sequence.to_bytes(8, "big")
        cipher = AESGCM(self.key[:-4])
        sealed = cipher.encrypt(self.key[-4:] + vector, inner + trailer, header)
        esp = header + vector + sealed
        udp = struct.pack("!HHHH", 4500, 4500, 8 + len(esp), 0) + esp
        ends = self.source.packed + self.destination.packed
        start = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), sequence & 0xFFFF, 0, 64, 17, 0)
        return start[:10] + struct.pack("!H", checksum(start + ends)) + ends + udp
