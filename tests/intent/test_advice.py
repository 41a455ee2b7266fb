"""The decision table of the source note: who is advised what, and by which sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.intent.note.advice import Advice, Answers, Need, advise
from ksz_netops.intent.note.catalogue import PRIVATE_NETWORKS
from ksz_netops.intent.note.facts import EXPLORE_LEAD_TIME, FACTS, LINE_LEAD_TIME
from ksz_netops.methods import METHODS

DAY = date(2026, 11, 24)

ORDINARY = Answers(
    volume_kbps=512,
    availability=Need.MEDIUM,
    budget=Need.MEDIUM,
    in_brussels=True,
    has_explore=False,
    explore_for_others=False,
)


def advice_on(method: str, answers: Answers) -> Advice:
    return next(each for each in advise(answers, DAY) if each.method == method)


def facts_of(advice: Advice) -> set[str]:
    return {reason.fact for reason in (*advice.reasons, *advice.unmet)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the table."""

    fact: str
    answers: Answers
    method: str
    fits: bool = True
    best: bool | None = None


CASES = [
    Case(
        fact="explore-existing",
        answers=replace(ORDINARY, has_explore=True),
        method="explore",
        best=True,
    ),
    Case(fact="explore-lead-time", answers=replace(ORDINARY, has_explore=True), method="explore"),
    Case(fact="explore-otherwise", answers=ORDINARY, method="explore", fits=False),
    Case(
        fact="explore-otherwise",
        answers=replace(ORDINARY, explore_for_others=True),
        method="explore",
    ),
    Case(fact="explore-otherwise", answers=replace(ORDINARY, in_brussels=False), method="explore"),
    Case(
        fact="line-preferred",
        answers=replace(ORDINARY, availability=Need.HIGH, budget=Need.HIGH),
        method="leased_line",
        best=True,
    ),
    Case(fact="line-operators", answers=replace(ORDINARY, operator="Colt"), method="leased_line"),
    Case(fact="line-lead-time", answers=ORDINARY, method="leased_line"),
    Case(
        fact="line-rates",
        answers=replace(ORDINARY, volume_kbps=4001),
        method="leased_line",
        fits=False,
    ),
    Case(fact="line-others", answers=replace(ORDINARY, operator="Versatel"), method="leased_line"),
    Case(
        fact="line-assessment",
        answers=replace(ORDINARY, operator="SNCB Telecom"),
        method="leased_line",
    ),
    Case(fact="network-members", answers=ORDINARY, method="private_network", fits=False),
    Case(
        fact="network-modest",
        answers=replace(ORDINARY, networks=("Vera",)),
        method="private_network",
        best=True,
    ),
    Case(fact="vpn-role", answers=ORDINARY, method="ipsec_vpn", best=True),
    Case(
        fact="vpn-needs",
        answers=replace(ORDINARY, broadband=False),
        method="ipsec_vpn",
        fits=False,
    ),
    Case(
        fact="vpn-needs",
        answers=replace(ORDINARY, ipsec_equipment=False),
        method="ipsec_vpn",
        fits=False,
    ),
    Case(fact="vpn-own-equipment", answers=ORDINARY, method="ipsec_vpn"),
    Case(fact="vpn-capacity", answers=ORDINARY, method="ipsec_vpn"),
    Case(fact="vpn-effort", answers=ORDINARY, method="ipsec_vpn"),
    Case(fact="sftp", answers=replace(ORDINARY, volume_kbps=None), method="sftp", best=True),
    Case(fact="sftp", answers=ORDINARY, method="sftp", fits=False),
    Case(fact="one-address", answers=ORDINARY, method="ipsec_vpn"),
    Case(fact="two-steps", answers=ORDINARY, method="leased_line"),
    Case(fact="helpdesk", answers=replace(ORDINARY, has_helpdesk=False), method="ipsec_vpn"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fact}-{case.method}")
def test_the_advice_follows_the_note(case: Case) -> None:
    advice = advice_on(case.method, case.answers)

    assert case.fact in facts_of(advice)
    assert advice.fits is case.fits
    if case.best is not None:
        assert (advice.rank == 1) is case.best


def test_every_fact_of_the_note_has_a_row_in_the_table() -> None:
    assert {case.fact for case in CASES} == set(FACTS)


def test_every_method_is_advised_on_exactly_once() -> None:
    assert sorted(each.method for each in advise(ORDINARY, DAY)) == sorted(METHODS)


@pytest.mark.parametrize("network", PRIVATE_NETWORKS)
def test_a_member_of_any_of_the_six_networks_may_use_it(network: str) -> None:
    assert advice_on("private_network", replace(ORDINARY, networks=(network,))).fits


def test_two_lines_are_advised_where_one_does_not_carry_the_volume() -> None:
    advice = advice_on("leased_line", replace(ORDINARY, volume_kbps=2001))

    assert any("two lines" in reason.why for reason in advice.reasons)


@pytest.mark.parametrize(
    ("volume", "capacity"), [(1, 128), (128, 128), (129, 256), (512, 512), (1000, 1024)]
)
def test_the_capacity_of_a_tunnel_is_rounded_up_to_the_next_step(
    volume: int, capacity: int
) -> None:
    advice = advice_on("ipsec_vpn", replace(ORDINARY, volume_kbps=volume))

    assert any(f"{capacity} kbit/s" in reason.why for reason in advice.reasons)


@pytest.mark.parametrize(
    ("method", "lead_time"),
    [("explore", EXPLORE_LEAD_TIME), ("leased_line", LINE_LEAD_TIME)],
)
def test_the_earliest_day_is_the_lead_time_from_now(method: str, lead_time: timedelta) -> None:
    answers = replace(ORDINARY, has_explore=True)

    assert advice_on(method, answers).earliest == DAY + lead_time


@pytest.mark.parametrize("method", ["private_network", "ipsec_vpn", "sftp"])
def test_no_day_is_promised_where_the_note_gives_no_lead_time(method: str) -> None:
    assert advice_on(method, ORDINARY).earliest is None


everything = st.builds(
    Answers,
    volume_kbps=st.none() | st.integers(1, 10_000),
    availability=st.sampled_from(Need),
    budget=st.sampled_from(Need),
    in_brussels=st.booleans(),
    has_explore=st.booleans(),
    explore_for_others=st.booleans(),
    networks=st.lists(st.sampled_from(PRIVATE_NETWORKS), unique=True).map(tuple),
    operator=st.none() | st.sampled_from(["Proximus", "Colt", "Versatel", "Another"]),
    broadband=st.booleans(),
    ipsec_equipment=st.booleans(),
    has_helpdesk=st.booleans(),
)


@given(everything)
def test_what_does_not_fit_never_ranks_before_what_does(answers: Answers) -> None:
    fits = [each.fits for each in advise(answers, DAY)]

    assert fits == sorted(fits, reverse=True)


@given(everything)
def test_every_reason_cites_a_sentence_of_the_note(answers: Answers) -> None:
    for advice in advise(answers, DAY):
        assert advice.reasons
        assert all(reason.sentence for reason in (*advice.reasons, *advice.unmet))
