"""One cause is told once, with what it means and what to do; its consequences are counted."""

from __future__ import annotations

import io
import json
import shlex
from dataclasses import replace
from ipaddress import ip_network

import click
import pytest
import typer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from rich.console import Console

from ksz_netops.cli import app
from ksz_netops.compliance.causes import KINDS, CauseKind
from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.explanation import Cause, answers, causes_of
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.as_text import text_report, write
from ksz_netops.errors import Problem
from ksz_netops.platforms import UNSAVED
from ksz_netops.state.resources import DeviceState, PartnerFilter, Permit, Protocol, Shaper
from support.big_hub import NAME, all_up, audit_of, big_hub, not_reached, sound
from support.sample_audit import AUDIT

MANY = 500


@pytest.fixture(scope="module")
def desired() -> DeviceState:
    return big_hub(12)


def causes(desired: DeviceState, live: DeviceState) -> list[Cause]:
    reading = Reading(hub=NAME, state=live, observations=all_up(desired))
    return list(causes_of(audit_of(desired, reading).findings))


def test_a_hub_of_many_partners_that_is_not_reached_is_one_cause() -> None:
    audit = not_reached(MANY)

    [cause] = causes_of(audit.findings)

    assert len(audit.bad) > 5 * MANY
    assert set(cause.findings) == set(audit.bad)
    assert (cause.kind.id, cause.hub, len(cause.partners)) == ("hub-not-reached", NAME, MANY)
    assert cause.title == "hub-bru-1 was not reached"
    assert cause.means.startswith("Nothing is known about 500 partners")
    assert cause.next_step.endswith("ksz-netops audit --hub hub-bru-1")
    assert "see whether the hub runs" in cause.next_step


@pytest.mark.parametrize("width", [80, 160])
def test_a_hub_of_many_partners_that_is_not_reached_takes_less_than_a_screen(width: int) -> None:
    out = io.StringIO()
    write(not_reached(MANY), Console(file=out, width=width, color_system=None))

    lines = out.getvalue().splitlines()
    wrapped = sum(1 + len(line) // width for line in lines)
    assert wrapped <= 40
    assert "1. ? hub-bru-1 was not reached" in lines


def test_details_tell_every_finding() -> None:
    audit = not_reached(8)
    text = text_report(audit, details=True)

    assert all(f"{finding.subject} {finding.check}: " in text for finding in audit.bad)


def test_a_changed_host_key_is_not_an_unreached_hub(desired: DeviceState) -> None:
    problem = Problem(code="KSZ402", what="another host key", fix="find out whether it is the hub")
    [cause] = causes_of(audit_of(desired, Reading(hub=NAME, problems=(problem,))).findings)

    assert cause.title == "hub-bru-1 answered with another host key"
    assert cause.next_step == "find out whether it is the hub"


def test_a_changed_rate_is_the_cause_of_nothing_else(desired: DeviceState) -> None:
    live = DeviceState.of(
        replace(each, rates_kbps=tuple((way, 4 * rate) for way, rate in each.rates_kbps))
        if isinstance(each, Shaper) and each.owner.partner == "P00004"
        else each
        for each in desired
    )

    [cause] = causes(desired, live)

    assert [each.check for each in cause.findings] == ["shaper"]
    assert cause.partners == ("P00004",)
    assert cause.next_step == "ksz-netops diff --hub hub-bru-1 --partner P00004"


def test_an_opened_filter_is_one_cause_led_by_the_packet_that_passes(desired: DeviceState) -> None:
    open_door = Permit(ip_network("192.0.2.99/32"), Protocol.TCP, (22, 22))
    live = DeviceState.of(
        replace(each, permits=(*each.permits, open_door))
        if isinstance(each, PartnerFilter) and each.owner.partner == "P00003"
        else each
        for each in desired
    )

    [cause] = causes(desired, live)

    assert [each.check for each in cause.findings] == ["proof", "flows"]
    assert cause.kind.id == "opened-by-hand"
    assert "can reach more than is authorised" in cause.means


def test_a_router_that_was_not_saved_says_so(desired: DeviceState) -> None:
    live = DeviceState.of(desired, [UNSAVED])

    [cause] = causes(desired, live)

    assert cause.title == "somebody changed hub-bru-1 and did not save"
    assert cause.next_step == "ksz-netops provision --hub hub-bru-1"


def test_what_many_partners_of_a_hub_have_alike_is_one_cause(desired: DeviceState) -> None:
    live = DeviceState.of(each for each in desired if not isinstance(each, Shaper))

    [cause] = causes(desired, live)

    assert len(cause.partners) == 12
    assert cause.whom == "12 partners"


def test_the_three_questions_are_answered() -> None:
    assert answers(sound(4).findings) == {
        Question.SAFE: Verdict.COMPLIANT,
        Question.UP: Verdict.COMPLIANT,
        Question.IN_ORDER: Verdict.UNKNOWN,
    }
    assert answers(not_reached(4).findings)[Question.SAFE] is Verdict.UNKNOWN
    assert answers(AUDIT.findings) == {
        Question.SAFE: Verdict.VIOLATED,
        Question.UP: Verdict.VIOLATED,
        Question.IN_ORDER: Verdict.VIOLATED,
    }


def test_metrics_have_one_series_for_each_cause() -> None:
    audit = not_reached(MANY)
    families = openmetrics(REPORTS["openmetrics"](audit))
    found = [
        (sample.labels, sample.value)
        for family in families
        for sample in family.samples
        if sample.name == "ksz_audit_cause_findings"
    ]

    labels = {"cause": "hub-not-reached", "hub": NAME, "partner": "", "verdict": "unknown"}
    assert found == [(labels, len(audit.bad))]


def test_the_json_report_lists_the_causes_first() -> None:
    document = json.loads(REPORTS["json"](not_reached(6)))

    [cause] = document["causes"]
    assert cause["cause"] == "hub-not-reached"
    assert cause["findings"] == document["counts"]["unknown"]
    assert len(cause["partners"]) == 6
    assert document["answers"]["safe"] == "unknown"


def test_junit_fails_once_for_each_cause() -> None:
    text = REPORTS["junit"](not_reached(MANY))

    assert text.count("<error ") == 1
    assert text.count("<failure ") == 0


def test_every_kind_of_cause_can_be_told() -> None:
    [sample] = causes_of(not_reached(2).findings)

    for kind in KINDS.values():
        cause = replace(sample, kind=kind)
        assert "{" not in cause.title + cause.means + cause.next_step


def test_every_check_names_a_kind_of_cause_that_there_is() -> None:
    assert {check.cause.id for check in CATALOGUE} <= set(KINDS)


def test_what_a_device_says_cannot_draw_a_line_of_its_own_on_the_terminal() -> None:
    lines = text_report(AUDIT, details=True).splitlines()

    assert not any(line.startswith("second line") for line in lines)
    assert "\x1b" not in text_report(AUDIT, details=True)
    assert any("\\nsecond line" in line for line in lines)


def test_a_hub_on_which_all_is_well_takes_a_few_lines() -> None:
    lines = text_report(sound(MANY)).splitlines()

    assert len(lines) < 15
    assert "and 500 more, all compliant" in lines


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_the_next_command_is_one_that_there_is(kind: CauseKind) -> None:
    [sample] = causes_of(not_reached(2).findings, "other place")
    told = replace(sample, kind=kind).next_step
    start = told.find("ksz-netops ")
    if start < 0:
        return
    words = shlex.split(told[start:].split("; ")[0])[1:]

    command: click.Command = typer.main.get_command(app)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    command.make_context("it", words)

    assert "--inventory" not in told or "other place" in words
