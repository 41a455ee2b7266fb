from __future__ import annotations

import dataclasses
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from ksz_netops.compliance.checks import catalogue
from ksz_netops.compliance.checks.algorithms import within
from ksz_netops.compliance.checks.catalogue import CATALOGUE, HUB_CHECKS, check_hub
from ksz_netops.compliance.findings import SEVERITY, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.errors import Problem
from ksz_netops.state.grammar import Fingerprint
from ksz_netops.state.observations import Observations, PortStatus
from ksz_netops.state.resources import DeviceState, Owner, Resource, Route, Stray
from support.sample_states import (
    ALL_UP,
    CHILD_UP,
    FILE_SERVER,
    HUB,
    LINE_FILTER,
    LINE_OWNER,
    QUIET,
    SFTP_OWNER,
    TUNNEL_UP,
    VPN_OWNER,
    WITHOUT_VPN,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.checks.check import HubContext
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.compliance.view import Judgement
    from ksz_netops.state.observations import TunnelStatus

NOT_REACHED = Problem(code="KSZ400", what="hub-a: no answer", fix="see whether it runs")


def checked(
    state: DeviceState | None = HUB,
    observations: Observations | None = ALL_UP,
    desired: DeviceState = HUB,
) -> tuple[Finding, ...]:
    problems = () if state and observations else (NOT_REACHED,)
    reading = Reading(hub="hub-a", state=state, observations=observations, problems=problems)
    return check_hub(desired, reading)


def bad(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding) for finding in findings if not finding.verdict.good]


def with_tunnel(**changes: Any) -> Observations:  # noqa: ANN401 - any field of a status
    return dataclasses.replace(ALL_UP, tunnels=(dataclasses.replace(TUNNEL_UP, **changes),))


def with_child(**changes: Any) -> Observations:  # noqa: ANN401 - any field of a status
    return with_tunnel(children=(dataclasses.replace(CHILD_UP, **changes),))


def without(*gone: Resource) -> DeviceState:
    return DeviceState.of(each for each in HUB if each not in gone)


def test_a_hub_as_intended_has_nothing_but_good_verdicts() -> None:
    findings = checked()

    assert bad(findings) == []
    assert {finding.verdict for finding in findings} == {
        Verdict.COMPLIANT,
        Verdict.NOT_APPLICABLE,
    }


def test_every_check_gives_every_subject_one_verdict() -> None:
    findings = checked()

    assert len({(finding.subject, finding.check) for finding in findings}) == len(findings)
    applied = {finding.check for finding in findings}
    assert {check.id for check in HUB_CHECKS} - applied == {"fragments"}  # no bundle here
    for partner in ("P00003", "P00005"):
        assert len([each for each in findings if each.partner == partner]) >= 10


def test_no_check_has_the_name_of_another_or_explains_one_that_there_is_not() -> None:
    ids = [check.id for check in CATALOGUE]

    assert len(set(ids)) == len(ids)
    for check in CATALOGUE:
        assert check.explains | check.blinds <= set(ids) - {check.id}


def test_a_hub_that_was_not_reached_leaves_all_its_partners_unknown_and_nothing_compliant() -> None:
    findings = checked(None, None)

    verdicts = {finding.verdict for finding in findings}
    assert verdicts == {Verdict.UNKNOWN, Verdict.NOT_APPLICABLE}
    unknown = {finding.subject for finding in findings if finding.verdict is Verdict.UNKNOWN}
    assert unknown == {"P00003 S1", "P00005 S1", "hub-a"}
    assert all("no answer" in finding.reason for finding in findings if finding.reason)


@pytest.mark.parametrize(
    ("state", "observations", "unknown"),
    [
        (
            HUB,
            None,
            {
                "tunnel-up",
                "daemons",
                "ground",
                "way",
                "upkeep",
                "port",
                "orphans",
                "bypass",
                "namesakes",
                "drops",
            },
        ),
        (
            None,
            ALL_UP,
            {
                "perimeter",
                "handoff",
                "route",
                "filter",
                "flows",
                "shaper",
                "tunnel",
                "proof",
                "orphans",
            },
        ),
    ],
)
def test_what_was_not_read_is_unknown_and_the_rest_is_judged(
    state: DeviceState | None, observations: Observations | None, unknown: set[str]
) -> None:
    findings = checked(state, observations)

    assert {each.check for each in findings if each.verdict is Verdict.UNKNOWN} == unknown
    assert any(each.verdict is Verdict.COMPLIANT for each in findings)


def altered(value: object) -> Iterator[object]:  # noqa: C901, PLR0912 - a case for each type
    """Other values of the same type, each differing in one small thing."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
        case StrEnum():
            yield from (each for each in type(value) if each is not value)
        case Fingerprint():
            yield f"{value[1:]}0"
        case str():
            yield f"{value}0"
        case IPv4Address():
            yield IPv4Address(int(value) ^ 1)
        case IPv4Interface():
            yield IPv4Interface((int(value.ip) ^ 1, value.network.prefixlen))
            yield IPv4Interface((int(value.ip), value.network.prefixlen - 1))
        case IPv4Network():
            yield value.supernet()
        case tuple():
            if len({type(each) for each in value} - {int}) == 1:
                yield value[1:]
            for index, each in enumerate(value):
                for other in altered(each):
                    yield (*value[:index], other, *value[index + 1 :])
        case Owner() | None:
            pass
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                if field.compare:
                    for other in altered(getattr(value, field.name)):
                        yield dataclasses.replace(value, **{field.name: other})
        case _:
            raise AssertionError(value)


MUTANTS = [
    (desired, resource, mutant)
    for desired in (HUB, FILE_SERVER)
    for resource in desired
    for mutant in altered(resource)
    if mutant != resource
]


def test_every_small_change_of_what_a_hub_holds_is_found_and_laid_to_its_owner() -> None:
    assert len(MUTANTS) > 60

    for desired, resource, mutant in MUTANTS:
        assert isinstance(mutant, type(resource))
        live = DeviceState.of([mutant, *(each for each in desired if each != resource)])
        observations = ALL_UP if desired is HUB else QUIET
        findings = checked(live, observations, desired)
        wrong = [each for each in findings if each.verdict is Verdict.VIOLATED]
        mine = [each for each in wrong if each.check not in {"tunnel-up", "port"}]
        owner = resource.owner
        assert {(each.partner, each.connection) for each in mine} == {
            (owner.partner, owner.connection)
        }, mutant
        assert all(each.reason and each.expected and each.observed for each in mine)


def test_a_fault_of_ours_in_one_check_is_told_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: HubContext) -> Iterator[Judgement]:
        message = "the secret is hunter2"
        raise ZeroDivisionError(message)
        yield

    checks = tuple(
        dataclasses.replace(check, judge=broken) if check.id == "orphans" else check
        for check in HUB_CHECKS
    )
    monkeypatch.setattr(catalogue, "HUB_CHECKS", checks)

    [told] = [each for each in checked() if not each.verdict.good]
    assert (told.check, told.verdict, told.cause) == (
        "orphans",
        Verdict.UNKNOWN,
        "fault-of-ksz-netops",
    )
    assert "ZeroDivisionError in test_checks.py" in told.reason
    assert "hunter2" not in told.reason


def test_a_stray_route_and_a_resource_of_nobody_are_orphans() -> None:
    route = Route(owner=Owner.of("P00009", "S2"), official=ip_address("198.51.100.9"), hops=())
    stray = Stray("ip saddr 198.51.100.3 accept", "no such rule is rendered", LINE_OWNER.token)
    live = DeviceState.of([*HUB, route], [stray, Stray("something", "not understood")])

    findings = checked(live)

    orphans = {each.subject: each for each in findings if each.check == "orphans"}
    assert set(orphans) == {"P00009 S2", "P00003 S1", "hub-a"}
    assert all(each.verdict is Verdict.VIOLATED for each in orphans.values())
    assert "198.51.100.9" in orphans["P00009 S2"].reason
    assert "ip saddr 198.51.100.3 accept" in orphans["P00003 S1"].reason


def test_a_resource_that_is_gone_is_missing_and_what_stands_in_its_place_is_told() -> None:
    stray = Stray("remote_ts = 198.51.100.0/24", "more than one address", VPN_OWNER.token)
    live = DeviceState.of((each for each in HUB if each.kind != "tunnel"), [stray])

    findings = checked(live)

    tunnel = next(each for each in findings if each.check == "tunnel" and each.reason)
    assert str(tunnel) == (
        "P00005 S1 tunnel: missing, under its token instead: "
        "`remote_ts = 198.51.100.0/24` (more than one address)"
    )


def test_a_missing_filter_violates_both_the_filter_and_the_flows() -> None:
    assert bad(checked(without(LINE_FILTER))) == [
        "P00003 S1 filter: missing",
        "P00003 S1 flows: missing",
    ]


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        (
            with_child(remote=(ip_network("198.51.100.0/24"),)),
            "remote selector 198.51.100.0/24, intended 198.51.100.5/32",
        ),
        (
            with_child(local=(ip_network("192.0.2.0/24"),)),
            (
                "child SA 192.0.2.0/24 === 198.51.100.5/32 not intended; "
                "no child SA installed for 192.0.2.0/25 === 198.51.100.5/32"
            ),
        ),
        (
            with_child(installed=False, state="REKEYING"),
            ("no child SA installed for 192.0.2.0/25 === 198.51.100.5/32 (in state REKEYING)"),
        ),
        (with_tunnel(children=()), "no child SA installed for 192.0.2.0/25 === 198.51.100.5/32"),
        (
            with_tunnel(
                children=(
                    CHILD_UP,
                    dataclasses.replace(CHILD_UP, remote=(ip_network("198.51.100.77/32"),)),
                )
            ),
            "child SA 192.0.2.0/25 === 198.51.100.77/32 not intended",
        ),
        (
            with_tunnel(established=False, children=()),
            "IKE SA not established with 203.0.113.50",
        ),
        (
            with_tunnel(peer=ip_address("203.0.113.66")),
            "IKE SA with 203.0.113.66, intended 203.0.113.50",
        ),
        (
            with_tunnel(algorithms="AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024"),
            (
                "IKE algorithms AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024, intended "
                "aes256gcm16-prfsha384-ecp384 or aes256-sha384-prfsha384-ecp384"
            ),
        ),
        (
            with_child(algorithms="AES_GCM_16-128"),
            ("ESP algorithms AES_GCM_16-128, intended aes256gcm16-ecp384 or aes256-sha256-ecp384"),
        ),
        (dataclasses.replace(ALL_UP, tunnels=()), "no IKE SA with 203.0.113.50"),
    ],
)
def test_a_tunnel_that_is_not_exactly_as_intended_is_not_up(
    observations: Observations, reason: str
) -> None:
    assert bad(checked(observations=observations)) == [f"P00005 S1 tunnel-up: {reason}"]


def test_an_established_ike_sa_alone_is_not_a_tunnel_that_is_up() -> None:
    findings = checked(observations=with_tunnel(children=()))

    assert [each.verdict for each in findings if each.check == "tunnel-up" and each.reason] == [
        Verdict.VIOLATED
    ]


def test_a_former_child_sa_beside_the_installed_one_is_no_fault() -> None:
    former = dataclasses.replace(CHILD_UP, installed=False, state="DELETED")

    assert bad(checked(observations=with_tunnel(children=(former, CHILD_UP)))) == []


def test_algorithms_that_are_not_shown_are_unknown() -> None:
    findings = checked(observations=with_child(algorithms=""))

    assert [(each.check, each.verdict) for each in findings if not each.verdict.good] == [
        ("tunnel-up", Verdict.UNKNOWN)
    ]


def test_an_sa_under_the_token_of_a_line_is_a_tunnel_that_is_not_intended() -> None:
    sa: TunnelStatus = dataclasses.replace(TUNNEL_UP, token=LINE_OWNER.token)
    observations = dataclasses.replace(ALL_UP, tunnels=(TUNNEL_UP, sa))

    assert bad(checked(observations=observations)) == [
        "P00003 S1 tunnel-up: IKE SA with 203.0.113.50 not intended"
    ]


def test_an_sa_that_outlives_its_partner_is_an_orphan() -> None:
    assert bad(checked(WITHOUT_VPN, desired=WITHOUT_VPN)) == [
        "P00005 S1 orphans: found under KSZ-P00005-S1 and not intended: SA with 203.0.113.50"
    ]


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (PortStatus(name="line1", exists=True, up=False), Verdict.VIOLATED, "line1 is down"),
        (PortStatus(name="line1", exists=False, up=False), Verdict.VIOLATED, "does not exist"),
        (PortStatus(name="line9", exists=True, up=True), Verdict.UNKNOWN, "line1 was not seen"),
    ],
)
def test_a_line_whose_port_cannot_carry_packets_is_told(
    status: PortStatus, verdict: Verdict, reason: str
) -> None:
    findings = checked(observations=dataclasses.replace(ALL_UP, ports=(status,)))

    port = next(each for each in findings if each.check == "port" and each.partner == "P00003")
    assert port.verdict is verdict
    assert reason in port.reason


def test_the_file_servers_accounts_are_judged() -> None:
    emptied = DeviceState.of(each for each in FILE_SERVER if each.owner != SFTP_OWNER)

    assert bad(checked(FILE_SERVER, desired=FILE_SERVER, observations=QUIET)) == []
    assert bad(checked(emptied, desired=FILE_SERVER, observations=QUIET)) == [
        "P00008 S1 sftp: missing"
    ]


def test_findings_are_listed_worst_first() -> None:
    findings = checked(without(LINE_FILTER), None)

    verdicts = [finding.verdict for finding in findings]
    assert verdicts == sorted(verdicts, key=SEVERITY.__getitem__)
    assert set(verdicts) == set(Verdict) - {Verdict.WAIVED}


IKE = ("aes256gcm16-prfsha384-ecp384", "aes256-sha384-ecp384")
ESP = ("aes256gcm16-ecp384", "aes256-sha256-ecp384")
HIGH = ("aes256gcm16-prfsha384-ecp384-ke1_mlkem1024",)


@pytest.mark.parametrize(
    ("observed", "proposals", "child", "expected"),
    [
        ("AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384", IKE, False, True),
        ("AES_CBC-256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_384", IKE, False, True),
        ("AES_CBC-256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_256/ECP_384", IKE, False, False),
        ("AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_256", IKE, False, False),
        ("AES_GCM_16-256/PRF_HMAC_SHA2_384", IKE, False, False),
        ("AES_GCM_16-128/PRF_HMAC_SHA2_384/ECP_384", IKE, False, False),
        ("AES_GCM_16-256", ESP, True, True),
        ("AES_GCM_16-256/ECP_384", ESP, True, True),
        ("AES_GCM_16-256/ECP_256", ESP, True, False),
        ("AES_CBC-256/HMAC_SHA2_256_128", ESP, True, True),
        ("AES_CBC-256", ESP, True, False),
        ("NULL/HMAC_SHA2_256_128", ESP, True, False),
        ("AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384/KE1_ML_KEM_1024", HIGH, False, True),
        ("AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384", HIGH, False, False),
        ("", IKE, False, None),
        ("AES_GCM_16-256", ("aes256gcm16-kyber",), True, None),
        ("AES_CBC-256/HMAC_SHA2_256_128/MODP_2048", ("aes256-sha256-modp2048",), True, True),
        ("AES_CBC-128/HMAC_SHA2_256_128/CURVE_25519", ("aes128-sha256-x25519",), True, True),
    ],
)
def test_negotiated_algorithms_are_inside_a_profile_or_not(
    observed: str,
    proposals: tuple[str, ...],
    child: bool,  # noqa: FBT001 - pytest names it
    expected: bool | None,  # noqa: FBT001 - pytest names it
) -> None:
    assert within(observed, proposals, child=child) is expected
