"""Packets that a partner or an extranet server makes by hand, and what the hub does with them."""

from __future__ import annotations

import os
import re
import struct
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

import pytest

from ksz_netops.platforms import platforms
from ksz_netops.state.grammar import Mac
from ksz_netops.state.resources import (
    DeviceState,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Permit,
    Protocol,
    Resource,
    Route,
)
from support.linux_host import LinuxHost
from support.linux_states import DNS, WEB, line, reveal, state_of
from support.linux_wire import LAST, Sent, icmp_error, ip, passed, receivers, udp, wired

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
SERVER, OTHER_SERVER = ip_address("192.0.2.2"), ip_address("192.0.2.10")
ONE, TWO = ip_address("198.51.100.3"), ip_address("198.51.100.4")
SERVER6, SIX = ip_address("2001:db8:ecc::10"), ip_address("2001:db8:77::5")
NAMES6 = Permit(ip_network("2001:db8:ecc::10/128"), Protocol.UDP, (53, 53))


def version6(*permits: Permit) -> list[Resource]:
    """A partner with an IPv6 address on the fifth line."""
    owner, port = Owner.of("P00005", "S1"), EthernetPort("line5")
    return [
        Handoff(owner=owner, port=port, addresses=(ip_interface("2001:db8:5::1/64"),)),
        Route(
            owner=owner, official=SIX, hops=(Hop(port=port, next_hop=ip_address("2001:db8:5::2")),)
        ),
        PartnerFilter(owner=owner, official=SIX, entries=(Entry(way=port),), permits=permits),
    ]


BOTH = state_of(line(3, permits=(DNS,)), line(4, permits=(DNS, WEB)), version6(NAMES6))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.start_charon()
        box.run("ip -6 addr add 2001:db8:ecc::1/64 dev ext0 nodad")
        yield box


def brought_to(host: LinuxHost, state: DeviceState) -> None:
    with LINUX.connect(host.target) as session:
        if session.stage(state, reveal):
            session.commit(revert_in_s=60)
            session.confirm()
    wired(
        host,
        ("ext0", str(SERVER)),
        ("ext0", str(OTHER_SERVER)),
        ("ext0", str(SERVER6)),
        ("line3", "192.0.2.142"),
        ("line4", "192.0.2.146"),
        ("line5", "2001:db8:5::2"),
    )


def counted(host: LinuxHost, cause: str) -> int:
    said = host.run(f"nft list counter inet ksz {cause}")
    found = re.search(r"packets (\d+)", said)
    assert found, said
    return int(found[1])


def asked(data: bytes = b"asked", *, port: int = 4000) -> Sent:
    """What the first partner asks the name server."""
    return Sent(port="line3", octets=udp((ONE, port), (SERVER, 53), data))


def answered(data: bytes, *, port: int = 4000) -> Sent:
    """What the name server answers the first partner."""
    return Sent(port="ext0", octets=udp((SERVER, 53), (ONE, port), data))


def test_answer_passes_while_the_flow_is_open_and_ends_with_it(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    assert passed(host, "ext0", asked(LAST))
    assert passed(host, "line3", answered(LAST))

    closed = state_of(line(3, permits=(WEB,)), line(4, permits=(DNS, WEB)), version6(NAMES6))
    brought_to(host, closed)
    before = counted(host, "unsolicited")
    found = passed(host, "line3", *[answered(b"still") for _ in range(5)], patience_s=1)

    assert not [each for each in found if b"still" in each]
    assert counted(host, "unsolicited") == before + 5


def test_error_about_a_packet_that_the_sender_was_answered_passes(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    passed(host, "ext0", asked(LAST))
    passed(host, "line3", answered(LAST))
    quoted = udp((SERVER, 53), (ONE, 4000), LAST)

    found = passed(host, "ext0", Sent(port="line3", octets=icmp_error(ONE, SERVER, quoted)))

    assert [each for each in found if each[9] == 1]


def test_error_about_another_partners_packet_is_dropped_and_counted(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    ask = Sent(port="line4", octets=udp((TWO, 4001), (SERVER, 53), LAST))
    passed(host, "ext0", ask)
    passed(host, "line4", Sent(port="ext0", octets=udp((SERVER, 53), (TWO, 4001), LAST)))
    quoted = udp((SERVER, 53), (TWO, 4001), b"x" * 500)
    before = counted(host, "unauthorised")

    found = passed(
        host, "ext0", Sent(port="line3", octets=icmp_error(ONE, SERVER, quoted)), asked(LAST)
    )

    assert [each[9] for each in found] == [17]
    assert counted(host, "unauthorised") == before + 1


def test_error_towards_a_partner_passes_for_a_flow_that_is_open(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    passed(host, "ext0", asked(LAST))
    quoted = udp((ONE, 4000), (SERVER, 53), LAST)

    found = passed(host, "line3", Sent(port="ext0", octets=icmp_error(SERVER, ONE, quoted)))

    assert [each for each in found if each[9] == 1]


def test_error_of_version_6_passes_for_its_own_packet_alone(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    passed(host, "ext0", Sent(port="line5", octets=udp((SIX, 5000), (SERVER6, 53), LAST)))
    passed(host, "line5", Sent(port="ext0", octets=udp((SERVER6, 53), (SIX, 5000), LAST)))
    quoted = udp((SERVER6, 53), (SIX, 5000), LAST)

    found = passed(host, "ext0", Sent(port="line5", octets=icmp_error(SIX, SERVER6, quoted)))

    assert [each for each in found if each[0] >> 4 == 6 and each[6] == 58]


def routing_header(kind: int) -> bytes:
    """A datagram to the name server behind a routing header that is used up."""
    plain = udp((SIX, 5000), (SERVER6, 53), LAST)
    header = struct.pack("!BBBBI", 17, 2, kind, 0, 0) + SERVER6.packed
    return ip(SIX, SERVER6, 43, header + plain[40:])


def source_route(kind: int) -> bytes:
    """A datagram with a source route of IPv4 that is used up."""
    plain = udp((ONE, 4000), (SERVER, 53), b"routed")
    options = bytes([kind, 7, 8]) + SERVER.packed + b"\0"
    head = bytes([0x47]) + plain[1:2] + struct.pack("!H", len(plain) + 8) + plain[4:10]
    body = head + b"\0\0" + plain[12:20] + options
    total = 0
    for at in range(0, len(body), 2):
        total += int.from_bytes(body[at : at + 2], "big")
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return body[:10] + total.to_bytes(2, "big") + body[12:] + plain[20:]


@pytest.mark.parametrize("kind", [0, 2, 4])
def test_packet_with_a_routing_header_is_dropped_and_counted(kind: int, host: LinuxHost) -> None:
    brought_to(host, BOTH)
    before = counted(host, "malformed")

    found = passed(host, "ext0", Sent(port="line5", octets=routing_header(kind)), asked(LAST))

    assert [each[0] >> 4 for each in found] == [4]
    assert counted(host, "malformed") == before + 1


@pytest.mark.parametrize("kind", [0x83, 0x89])
def test_packet_with_a_source_route_is_dropped_and_counted(kind: int, host: LinuxHost) -> None:
    brought_to(host, BOTH)
    before = counted(host, "malformed")

    found = passed(host, "ext0", Sent(port="line3", octets=source_route(kind)), asked(LAST))

    assert not [each for each in found if b"routed" in each]
    assert counted(host, "malformed") == before + 1


def shared(number: int, mac: str) -> list[Resource]:
    """A partner on an interconnect that others use too, known by the MAC address of its router."""
    owner, port = Owner.of(f"P{number:05}", "S1"), EthernetPort("line1")
    official = ip_address(f"198.51.100.{number}")
    hop = Hop(port=port, next_hop=ip_address(f"192.0.2.{160 + number}"), layer2=Mac(mac))
    entry = Entry(way=port, layer2=Mac(mac))
    return [
        Route(owner=owner, official=official, hops=(hop,)),
        PartnerFilter(owner=owner, official=official, entries=(entry,), permits=(DNS,)),
    ]


def test_nobody_takes_another_partners_answers_by_arp(host: LinuxHost) -> None:
    handoff = Handoff(
        owner=Owner.shared("NET-FEDMAN"),
        port=EthernetPort("line1"),
        addresses=(ip_interface("192.0.2.161/28"),),
    )
    right, wrong = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
    brought_to(host, state_of([handoff], shared(10, right), shared(11, wrong)))
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + bytes.fromhex(wrong.replace(":", ""))
    arp += ip_address("192.0.2.170").packed + b"\xff" * 6 + ip_address("192.0.2.161").packed
    source = ip_address("198.51.100.10")

    frame = "ff" * 6 + wrong.replace(":", "") + "0806" + arp.hex()
    host.beside(f"/usr/bin/python3 -Ic '{SENDER}' {frame}")
    ask = Sent(port="line1", octets=udp((source, 4000), (SERVER, 53), LAST), source=right)
    assert passed(host, "ext0", ask)
    answer = udp((SERVER, 53), (source, 4000), LAST)

    assert receivers(host, "line1", Sent(port="ext0", octets=answer)) == [right]


SENDER = (
    "import socket, sys; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW);"
    ' s.bind(("p-line1", 0)); s.send(bytes.fromhex(sys.argv[1]))'
)


def test_packet_from_the_hubs_own_address_is_dropped_and_counted(host: LinuxHost) -> None:
    brought_to(host, BOTH)
    before = counted(host, "spoofed")
    own = ip_address("192.0.2.1")

    passed(
        host, "ext0", Sent(port="line3", octets=udp((own, 1), (SERVER, 53), b"own")), asked(LAST)
    )

    assert counted(host, "spoofed") == before + 1
