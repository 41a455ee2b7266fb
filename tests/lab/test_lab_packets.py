"""Packets made by hand: laws of their octets."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.lab.packets import Packet, Sa, checksum, read
from ksz_netops.state.resources import IPAddress, Protocol

ends = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)),
    st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6)),
)
ports = st.integers(1, 65535)


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    source, destination = draw(ends)
    protocol = draw(st.sampled_from(Protocol))
    return Packet(
        source=source,
        destination=destination,
        protocol=protocol,
        mark=draw(ports),
        port=0 if protocol is Protocol.ICMP else draw(ports),
    )


def pseudo_header(source: IPAddress, destination: IPAddress, length: int, number: int) -> bytes:
    return (
        source.packed + destination.packed + length.to_bytes(4, "big") + number.to_bytes(4, "big")
    )


@given(packets())
def test_what_arrives_is_what_was_made(packet: Packet) -> None:
    assert read(packet.octets()) == packet


@given(packets())
def test_checksums_are_right(packet: Packet) -> None:
    octets = packet.octets()
    if packet.source.version == 4:
        assert checksum(octets[:20]) == 0
        body, number = octets[20:], octets[9]
    else:
        body, number = octets[40:], octets[6]
    covered = body
    if not (packet.protocol is Protocol.ICMP and packet.source.version == 4):
        covered = pseudo_header(packet.source, packet.destination, len(body), number) + body

    assert checksum(covered) == 0


@given(st.binary(max_size=60))
def test_noise_is_no_packet_and_no_error(octets: bytes) -> None:
    assert read(octets) is None or isinstance(read(octets), Packet)


@given(packets(), st.integers(1, 2**32 - 1))
def test_a_sealed_packet_opens_with_the_key_of_the_sa(packet: Packet, sequence: int) -> None:
    key = bytes(range(36))
    sa = Sa(
        source=IPv4Address("203.0.113.10"),
        destination=IPv4Address("203.0.113.1"),
        spi=0xC0FFEE,
        key=key,
    )

    outer = sa.wrap(packet.octets(), sequence)

    assert checksum(outer[:20]) == 0
    esp = outer[28:]
    plain = AESGCM(key[:32]).decrypt(key[32:] + esp[8:16], esp[16:], esp[:8])
    assert int.from_bytes(esp[4:8], "big") == sequence
    assert len(plain) % 4 == 0
    assert plain[-1] == (41 if isinstance(packet.source, IPv6Address) else 4)
    assert read(plain[: len(plain) - 2 - plain[-2]]) == packet
