"""Conditions that are on no device: authorisations of flows and accounts, logged work."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_intent
from ksz_netops.compliance.checks.check import IntentContext
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.overview import overview
from ksz_netops.methods.sftp import Sftp
from ksz_netops.state.resources import SftpAccount

if TYPE_CHECKING:
    from ksz_netops.intent.models import Intent

SAMPLE = Path(__file__).parents[2] / "inventory"
TODAY = date(2026, 11, 24)
ENDED = date(2026, 11, 23)


@pytest.fixture(scope="module")
def intent() -> Intent:
    return load_intent(SAMPLE)


def with_account_until(intent: Intent, last: date | None) -> Intent:
    [partner] = [each for each in intent.partners if isinstance(each.connections[0], Sftp)]
    account = partner.connections[0].model_copy(update={"until": last})
    changed = partner.model_copy(update={"connections": (account,)})
    return dataclasses.replace(
        intent, partners=tuple(changed if each is partner else each for each in intent.partners)
    )


def found(intent: Intent, check: str) -> dict[str | None, Finding]:
    context = IntentContext.of(intent, intent.partners, TODAY)
    return {each.partner: each for each in check_intent(context) if each.check == check}


@pytest.mark.parametrize(
    ("last", "verdict"),
    [(None, Verdict.COMPLIANT), (TODAY, Verdict.COMPLIANT), (ENDED, Verdict.VIOLATED)],
)
def test_an_account_needs_an_authorisation_in_force(
    intent: Intent, last: date | None, verdict: Verdict
) -> None:
    finding = found(with_account_until(intent, last), "authorisation")["P00009"]

    assert finding.verdict is verdict
    if verdict is Verdict.VIOLATED:
        assert finding.reason == "account on sftp-1: KSZ 26/015 ended on 2026-11-23, it is closed"


@pytest.mark.parametrize(("last", "there"), [(TODAY, True), (ENDED, False)])
def test_an_account_is_gone_from_the_server_after_its_last_day(
    intent: Intent, last: date, *, there: bool
) -> None:
    state = desired_state(with_account_until(intent, last), "sftp-1", secrets={}, on=TODAY)

    assert any(isinstance(each, SftpAccount) for each in state) is there


def test_a_partner_with_an_account_in_force_does_not_reach_nothing(intent: Intent) -> None:
    assert overview(intent, "P00009", TODAY).open_points == ()
    ended = overview(with_account_until(intent, ENDED), "P00009", TODAY).open_points
    assert "no flow is open: the partner is connected and reaches nothing" in ended
    assert any("account on sftp-1 ended on 2026-11-23" in point for point in ended)


def test_a_partner_for_whom_nothing_is_opened_has_nothing_to_be_authorised(intent: Intent) -> None:
    first, *others = intent.partners
    silent = first.model_copy(update={"flows": ()})
    changed = dataclasses.replace(intent, partners=(silent, *others))

    assert found(changed, "authorisation")[first.id].verdict is Verdict.NOT_APPLICABLE


def test_a_tunnel_on_which_no_work_was_logged_has_no_effort_to_judge(intent: Intent) -> None:
    logged = {
        partner.id
        for partner in intent.partners
        for connection in partner.connections
        if connection.effort_days
    }

    effort = found(intent, "effort")
    assert effort
    for partner, finding in effort.items():
        if partner not in logged:
            assert finding.verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("up", "verdict"),
    [
        ((), Verdict.COMPLIANT),
        (("hub-bru-1",), Verdict.COMPLIANT),
        (("hub-bru-1", "hub-bru-2"), Verdict.UNKNOWN),
    ],
)
def test_of_two_tunnels_to_two_hubs_one_is_up(
    intent: Intent, up: tuple[str, ...], verdict: Verdict
) -> None:
    [partner] = [each for each in intent.partners if each.id == "P00007"]
    first = partner.connections[0]
    second = first.model_copy(update={"id": "S2", "hub": "hub-bru-2"})
    twice = partner.model_copy(update={"connections": (first, second)})
    tunnels = [
        Finding(
            check="tunnel-up",
            verdict=Verdict.COMPLIANT if hub in up else Verdict.VIOLATED,
            hub=hub,
            partner="P00007",
            connection=connection,
        )
        for hub, connection in (("hub-bru-1", first.id), ("hub-bru-2", "S2"))
    ]

    context = IntentContext.of(intent, [twice], TODAY, tunnels)
    [finding] = [each for each in check_intent(context) if each.check == "one-tunnel"]

    assert finding.verdict is verdict
    assert finding.cause == ("two-tunnels-up" if verdict is Verdict.UNKNOWN else "")


def test_who_has_no_tunnel_has_none_too_many(intent: Intent) -> None:
    verdicts = {each.verdict for each in found(intent, "one-tunnel").values()}

    assert verdicts == {Verdict.NOT_APPLICABLE}
