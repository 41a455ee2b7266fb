"""A line that somebody put into a filter of ours is a rule of that filter, and judged as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.fan_out import sample
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.platforms import platforms
from support.sample_states import ALL_UP, HUB

if TYPE_CHECKING:
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.state.resources import DeviceState

LINUX, IOS_XE = platforms()["linux"], platforms()["ios_xe"]
FILTER = {"filter", "flows", "proof", "orphans"}


def found(platform: str, desired: DeviceState, configuration: str) -> list[Finding]:
    """What is said against filters where a hub holds *configuration*."""
    of_it = platforms()[platform]
    reading = Reading(
        hub="hub-a",
        state=of_it.parse(configuration),
        observations=ALL_UP,
        render=of_it.render,
        openings=of_it.openings,
    )
    findings = check_hub(desired, reading)
    return [each for each in findings if not each.verdict.good and each.check in FILTER]


def on_linux(*lines: str) -> list[Finding]:
    text = LINUX.render(HUB)
    if any(line.startswith("frame ") for line in lines):
        text = text.replace("frame standard\n", "")
    return found("linux", HUB, text + "".join(f"{line}\n" for line in lines))


def said(findings: list[Finding]) -> set[tuple[str, str, str]]:
    return {(each.check, each.partner or "hub", str(each.verdict)) for each in findings}


def packet(findings: list[Finding]) -> str:
    [proof] = [each for each in findings if each.check == "proof"]
    return proof.observed


OPENED = {
    ("flows", "P00003", "violated"),
    ("proof", "P00003", "violated"),
    ("orphans", "P00003", "violated"),
}


@pytest.mark.parametrize("comment", ["", ' comment "try by jan"', ' comment "KSZ-X"'])
@pytest.mark.parametrize(
    ("key", "witness"),
    [
        (
            "198.51.100.3 . 192.0.2.77 . tcp . 22",
            "tcp from 198.51.100.3 port 40000 to 192.0.2.77 port 22",
        ),
        (
            "198.51.100.0-198.51.100.4 . 192.0.2.64/26 . udp . 1-65535",
            "udp from 198.51.100.3 port 40000 to 192.0.2.64 port 1",
        ),
        ("198.51.100.3 . 192.0.2.10 . tcp . 400-500", "to 192.0.2.10 port 4"),
    ],
)
def test_an_element_that_opens_a_service_is_a_leak_of_the_partner_whom_it_serves(
    key: str, witness: str, comment: str
) -> None:
    findings = on_linux(f"element flows4 {{ {key}{comment} }}")

    assert said(findings) == OPENED
    assert witness in packet(findings)


def test_an_element_that_opens_what_is_authorised_anyway_leaks_nothing() -> None:
    findings = on_linux('element flows4 { 198.51.100.3 . 192.0.2.10 . tcp . 443 comment "x" }')

    assert said(findings) == {("orphans", "hub", "violated")}


def test_an_entry_for_a_stranger_opens_only_together_with_a_flow() -> None:
    entry = 'element line_in4 { "line1" . 203.0.113.66 }'
    flow = "element flows4 { 203.0.113.66 . 192.0.2.77 . tcp . 22 }"

    assert said(on_linux(entry)) == {("orphans", "hub", "violated")}
    assert said(on_linux(flow)) == {("orphans", "hub", "violated")}
    assert said(on_linux(entry, flow)) == OPENED


def test_another_partners_address_on_a_line_opens_what_that_partner_may() -> None:
    findings = on_linux('element line_in4 { "line1" . 198.51.100.5 }')

    assert said(findings) == OPENED
    assert "from 198.51.100.5" in packet(findings)


def test_an_entry_on_a_port_of_nobody_is_a_leak_of_the_hub() -> None:
    findings = on_linux('element line_in4 { "eth9" . 198.51.100.5 }')

    assert ("proof", "hub", "violated") in said(findings)


@pytest.mark.parametrize(
    ("rule", "partners"),
    [
        ("chain forward: accept # before rule 1 of 2", {"P00003", "P00005"}),
        ("chain forward: ip saddr 198.51.100.3 counter accept # before rule 2 of 2", {"P00003"}),
        ("chain forward: meta iifname line1 tcp dport 22 accept # before rule 1 of 2", {"P00003"}),
        (
            "chain permitted: ip daddr prefix addr 192.0.2.64 len 26 accept # before rule 3 of 9",
            {"P00003", "P00005"},
        ),
        ("chain from_partner: accept # before rule 1 of 12", {"P00003", "P00005"}),
        ("chain permitted: ip saddr 198.51.100.3 goto admitted # before rule 2 of 9", {"P00003"}),
    ],
)
def test_an_accept_in_a_chain_of_ours_is_a_leak_with_its_packet(
    rule: str, partners: set[str]
) -> None:
    findings = on_linux("frame standard", f"frame foreign {rule}")

    leaks = {each.partner for each in findings if each.check == "proof"}
    assert leaks == partners
    assert {each.verdict for each in findings if each.check == "flows"} == {Verdict.VIOLATED}


@pytest.mark.parametrize(
    "rule",
    [
        "chain forward: accept # after the last rule",
        "chain input: tcp dport 22 accept # before rule 1 of 9",
        "chain forward: counter # before rule 1 of 2",
        "chain early: accept # before rule 1 of 3",
    ],
)
def test_a_rule_that_no_packet_of_a_partner_reaches_leaves_the_proof_as_it_is(rule: str) -> None:
    findings = on_linux("frame standard", f"frame foreign {rule}")

    assert said(findings) == {("orphans", "hub", "violated")}


def test_a_rule_behind_the_branch_of_a_partner_does_not_serve_that_partner() -> None:
    rule = "chain from_partner: ip saddr 198.51.100.3 accept # before rule 9 of 12"
    findings = on_linux("frame standard", f"frame foreign {rule}")

    # By the tunnel of another, the packets of this address still get in.
    assert {each.partner for each in findings if each.check == "proof"} == {"P00005"}


@pytest.mark.parametrize("chain", ["permitted", "early", "standing", "forward"])
def test_a_drop_in_a_chain_of_ours_closes_an_authorised_flow(chain: str) -> None:
    rule = f"frame foreign chain {chain}: ip saddr 198.51.100.3 drop # before rule 2 of 9"
    findings = on_linux("frame standard", rule)

    [flows] = [each for each in findings if each.check == "flows"]
    assert flows.partner == "P00003"
    assert flows.cause == "closed-by-hand"
    assert "an authorised packet does not pass" in flows.reason


@pytest.mark.parametrize(
    "statement",
    [
        "frame foreign chain forward: jump elsewhere # before rule 1 of 2",
        "frame foreign chain forward: meta mark 7 accept # before rule 1 of 2",
        "frame foreign chain forward: policy accept",
        "frame foreign table: flags dormant",
        "frame lacks chain permitted: counter name unauthorised drop",
        'element extranet_port { "eth9" }',
        "element flows4 { 198.51.100.3 . 192.0.2.77 . 255 . x }",
        "element flows4 { 198.51.100.3 }",
        "element flows4 { 198.51.100.3-2001:db8::1 . 192.0.2.77 . tcp . 1 }",
        "something that nobody knows",
    ],
)
def test_what_may_change_the_filter_and_is_not_understood_leaves_it_unproven(
    statement: str,
) -> None:
    findings = on_linux("frame standard", statement)

    proofs = {each.partner: each.verdict for each in findings if each.check == "proof"}
    assert proofs == {"P00003": Verdict.UNKNOWN, "P00005": Verdict.UNKNOWN}


@pytest.mark.parametrize(
    "statement",
    [
        "class ext0 4b5a:9 rate 9000kbit leaf 28600b",
        'element class_to4 { "ext0" . 203.0.113.9 : 4b5a:77 }',
        "element peers4 { 203.0.113.9 }",
        "route 198.51.100.9 via 192.0.2.130 dev line1 metric 10 # KSZ-P00009-S1",
        "link eth9 alias KSZ-P00009-S1",
    ],
)
def test_what_cannot_change_the_filter_does_not_touch_its_proof(statement: str) -> None:
    assert "proof" not in {each.check for each in on_linux(statement)}


ROUTER, _ = sample()
TEXT = IOS_XE.render(ROUTER)
LIST = "ip access-list extended KSZ-P00015-S1-SE0-1-0-0-IN\n"
BOUND = " ip access-group KSZ-P00015-S1-SE0-1-0-0-IN in\n"


def on_router(old: str, new: str) -> list[Finding]:
    assert old in TEXT
    return found("ios_xe", ROUTER, TEXT.replace(old, new, 1))


def of_partner(findings: list[Finding]) -> dict[str, Verdict]:
    return {each.check: each.verdict for each in findings if each.partner == "P00015"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LIST, f"{LIST} 5 permit ip any any\n"),
        (LIST, f"{LIST} 150150 permit tcp host 198.51.100.15 any eq 22 log\n"),
        (BOUND, ""),
    ],
)
def test_a_line_of_a_router_that_opens_is_a_leak_of_the_partner_there(old: str, new: str) -> None:
    findings = on_router(old, new)

    assert of_partner(findings).items() >= {
        "flows": Verdict.VIOLATED,
        "proof": Verdict.VIOLATED,
        "orphans": Verdict.VIOLATED,
    }.items() - {("orphans", Verdict.VIOLATED)}
    assert {each.partner for each in findings if each.check == "proof"} == {"P00015"}


def test_a_permit_below_the_last_denial_opens_nothing() -> None:
    findings = on_router(LIST, f"{LIST} 2147483647 permit ip any any\n")

    assert of_partner(findings) == {"orphans": Verdict.VIOLATED}


def test_a_denial_above_a_partners_entries_closes_them() -> None:
    findings = on_router(LIST, f"{LIST} 5 deny ip host 198.51.100.15 any\n")

    [flows] = [each for each in findings if each.check == "flows"]
    assert (flows.partner, flows.cause) == ("P00015", "closed-by-hand")


@pytest.mark.parametrize(
    "line",
    [
        " 5 permit tcp any any eq 80 443\n",
        " 5 permit object-group OTHERS any any\n",
        " 5 evaluate SESSIONS\n",
    ],
)
def test_a_line_that_is_not_understood_makes_its_own_way_unknown_alone(line: str) -> None:
    findings = on_router(LIST, LIST + line)

    proofs = {each.partner: each.verdict for each in findings if each.check == "proof"}
    assert proofs == {"P00015": Verdict.UNKNOWN}


def test_another_list_in_the_place_of_ours_makes_that_way_unknown() -> None:
    findings = on_router(BOUND, " ip access-group OTHER in\n")

    proofs = {each.partner: each.verdict for each in findings if each.check == "proof"}
    assert proofs == {"P00015": Verdict.UNKNOWN}


def test_another_rate_on_a_router_does_not_touch_the_proof() -> None:
    assert "proof" not in {each.check for each in on_router("shape average", "shape average 9")}
