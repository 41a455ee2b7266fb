"""What a rule means: order, families, protocols, and packets that people can read."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from random import Random

import pytest

from ksz_netops.proof import (
    EVERYWHERE,
    Action,
    Certificate,
    Leak,
    Packet,
    PacketSet,
    Rule,
    missing,
    within,
)
from ksz_netops.state.resources import Permit, Protocol
from support.filter_samples import sample

OFFICIAL = ip_address("198.51.100.3")
WEB = Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443))


def rule(
    action: str, source: str, destination: str, protocol: int | None = None, *ports: int
) -> Rule:
    return Rule(
        action=Action(action),
        sources=(ip_network(source),),
        destinations=(ip_network(destination),),
        protocol=protocol,
        **({"ports": tuple((port, port) for port in ports)} if ports else {}),
    )


ALL = rule("permit", "0.0.0.0/0", "0.0.0.0/0")


def test_permit_everything_is_refuted_by_a_packet_that_a_host_could_send() -> None:
    leak = within((ALL,), OFFICIAL, (WEB,))

    assert isinstance(leak, Leak)
    assert leak.packet.protocol == 6
    assert not leak.packet.source.is_unspecified
    assert leak.rule is ALL


def test_a_deny_before_a_wide_permit_narrows_it() -> None:
    others = rule("deny", "0.0.0.0/0", "0.0.0.0/0", 17)
    narrow = rule("permit", "198.51.100.3/32", "192.0.2.10/32", 6, 443)

    assert isinstance(within((others, narrow), OFFICIAL, (WEB,)), Certificate)
    assert isinstance(within((narrow, others, ALL), OFFICIAL, (WEB,)), Leak)
    assert isinstance(
        within((narrow, rule("deny", "0.0.0.0/0", "0.0.0.0/0"), ALL), OFFICIAL, (WEB,)), Certificate
    )


def test_two_permits_together_may_cover_what_one_line_lets_through() -> None:
    halves = [
        Permit(half, Protocol.TCP, (443, 443)) for half in ip_network("192.0.2.0/24").subnets()
    ]
    whole = rule("permit", "198.51.100.3/32", "192.0.2.0/24", 6, 443)

    assert isinstance(within((whole,), OFFICIAL, halves), Certificate)
    assert isinstance(within((whole,), OFFICIAL, halves[:1]), Leak)


def test_icmp_opens_the_echo_request_alone() -> None:
    echo = Permit(ip_network("192.0.2.10/32"), Protocol.ICMP)
    line = rule("permit", "198.51.100.3/32", "192.0.2.10/32", 1)

    leak = within((line,), OFFICIAL, (echo,))

    assert isinstance(leak, Leak)
    assert leak.packet.port != 8
    assert isinstance(
        within((rule("permit", "198.51.100.3/32", "192.0.2.10/32", 1, 8),), OFFICIAL, (echo,)),
        Certificate,
    )


def test_a_rule_for_both_families_leaks_in_the_other_one() -> None:
    both = Rule(
        action=Action.PERMIT,
        sources=(ip_network("198.51.100.3/32"), ip_network("::/0")),
        destinations=(WEB.destination, ip_network("::/0")),
        protocol=6,
        ports=((443, 443),),
    )

    leak = within((both,), OFFICIAL, (WEB,))

    assert isinstance(leak, Leak)
    assert leak.packet.source.version == leak.packet.destination.version == 6


def test_nothing_passes_where_no_rule_matches() -> None:
    assert not PacketSet.permitted(())
    assert isinstance(within((), OFFICIAL, (WEB,)), Certificate)
    assert missing((), OFFICIAL, (WEB,)) is not None


def test_what_is_authorised_and_shut_is_named() -> None:
    shut = missing((rule("deny", "198.51.100.0/24", "192.0.2.0/24", 6, 443), ALL), OFFICIAL, (WEB,))

    assert shut is not None
    assert (shut.source, shut.port) == (OFFICIAL, 443)


@pytest.mark.parametrize(
    ("protocol", "ports"), [(None, (80, 80)), (50, (80, 80)), (1, (0, 256)), (6, (2, 1))]
)
def test_ports_that_a_protocol_cannot_have_are_refused(
    protocol: int | None, ports: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        Rule(
            action=Action.PERMIT,
            sources=EVERYWHERE,
            destinations=EVERYWHERE,
            protocol=protocol,
            ports=(ports,),
        )


def test_packets_read_as_people_speak_of_them() -> None:
    ends = {"source": OFFICIAL, "destination": ip_address("192.0.2.10")}

    assert str(Packet(**ends, protocol=6, port=443, source_port=40000)) == (
        "tcp from 198.51.100.3 port 40000 to 192.0.2.10 port 443"
    )
    assert str(Packet(**ends, protocol=1, port=8)) == (
        "icmp type 8 from 198.51.100.3 to 192.0.2.10"
    )
    assert str(Packet(**ends, protocol=50)) == "esp from 198.51.100.3 to 192.0.2.10"


def test_rules_read_as_people_write_them() -> None:
    line = rule("permit", "198.51.100.3/32", "192.0.2.10/32", 6, 443)

    assert str(line) == "permit tcp 198.51.100.3/32 192.0.2.10/32 port 443"


def test_a_certificates_digest_changes_with_any_rule_and_any_permit() -> None:
    drawn = sample(Random(1), 1)  # noqa: S311 - drawn again alike each time
    whole = within(drawn.rules, drawn.official, drawn.permits)
    fewer = within(drawn.rules[1:], drawn.official, drawn.permits)
    wider = within(drawn.rules, drawn.official, (*drawn.permits, WEB))

    assert isinstance(whole, Certificate)
    assert len({whole.digest, fewer.digest, wider.digest}) == 3
    assert whole.digest == within(drawn.rules, drawn.official, drawn.permits).digest
