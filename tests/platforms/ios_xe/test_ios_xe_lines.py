"""What a router shows of its E1 lines and bundles is understood, or is not there at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.lab.emulator.commands import execute
from ksz_netops.lab.emulator.router import Router
from ksz_netops.platforms.ios_xe.config import tree
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.observe.e1 import of_bundles, of_lines
from ksz_netops.platforms.ios_xe.observe.show import observed
from support import ios_lab, ios_states

if TYPE_CHECKING:
    from ksz_netops.state.resources import DeviceState

E1 = dataclasses.replace(ios_states.LINE, number=7, kind="bundle", slot=7)
STATE = ios_states.state({7: E1})
LINES = ("E1 0/7/3", "E1 0/7/4")
SHOWN = """\
E1 0/7/3 is up.
  Applique type is Channelized E1 - balanced
  No alarms detected.
  alarm-trigger is not set
  Framing is CRC4, Line Code is HDB3, Clock Source is Line.
  Data in current interval (120 seconds elapsed):
     0 Line Code Violations, 0 Path Code Violations
     0 Slip Secs, 0 Fr Loss Secs, 0 Line Err Secs, 0 Degraded Mins
     9 Errored Secs, 8 Bursty Err Secs, 7 Severely Err Secs, 6 Unavail Secs
  Data in Interval 1:
     3 Line Code Violations, 2 Path Code Violations
     0 Slip Secs, 0 Fr Loss Secs, 1 Line Err Secs, 0 Degraded Mins
     2 Errored Secs, 1 Bursty Err Secs, 0 Severely Err Secs, 0 Unavail Secs
  Total Data (last 24 hours)
     900 Line Code Violations, 900 Path Code Violations,
     0 Slip Secs, 0 Fr Loss Secs, 0 Line Err Secs, 0 Degraded Mins,
     99 Errored Secs, 0 Bursty Err Secs, 0 Severely Err Secs, 77 Unavail Secs
E1 0/9/0 is up.
  No alarms detected.
"""
BUNDLE = """
Multilink7
  Bundle name: partner
  Bundle up for 2w1d, total bandwidth 3968, load 1/255
    0/0 fragments/bytes in reassembly list
    12 lost fragments, 3 reordered
    0/0 discarded fragments/bytes, 0 lost received
  Member links: 1 active, 1 inactive (max 255, min not set)
    Se0/7/3:0, since 2w1d
    Se0/7/4:0 (inactive)
No inactive multilink interfaces
"""


def router(state: DeviceState = STATE) -> Router:
    holding = Router(ios_lab.baseline())
    said = holding.configure([*tree.written(rendered(state)).splitlines(), "end"])
    assert "Invalid" not in said, said
    return holding


def line_check(holding: Router) -> Finding:
    def show(command: str) -> str:
        return execute(holding, command, "ksz")

    seen = observed(show, STATE, rendered(STATE))
    reading = Reading(hub="hub-gen-1", state=STATE, observations=seen)
    return next(
        each
        for each in check_hub(STATE, reading)
        if each.check == "line" and each.partner == "P00007"
    )


def test_the_last_whole_quarter_of_an_hour_counts_not_the_day() -> None:
    (line,) = of_lines(lambda _: SHOWN, STATE)

    assert (line.name, line.up, line.alarms) == ("0/7/3", True, ())
    assert (line.errored_s, line.severely_errored_s, line.unavailable_s) == (2, 0, 0)


def test_where_no_quarter_is_over_yet_the_one_that_runs_counts() -> None:
    began = SHOWN.replace("Data in Interval 1:", "Something else:")

    (line,) = of_lines(lambda _: began, STATE)

    assert (line.errored_s, line.severely_errored_s, line.unavailable_s) == (9, 7, 6)


def test_an_alarm_is_told_in_the_routers_words() -> None:
    down = SHOWN.replace("is up.\n  Appl", "is down.\n  Appl").replace(
        "  No alarms detected.\n  alarm-", "  Receiver is getting AIS.\n  alarm-"
    )

    (line,) = of_lines(lambda _: down, STATE)

    assert not line.up
    assert line.alarms == ("Receiver is getting AIS",)


def test_what_a_line_does_not_show_is_unknown_and_not_zero() -> None:
    (line,) = of_lines(lambda _: "E1 0/7/3 is up.\n  Framing is CRC4.\n", STATE)

    assert line.alarms is None
    assert line.errored_s is None


def test_a_bundle_names_the_lines_that_carry_it() -> None:
    (bundle,) = of_bundles(lambda _: BUNDLE, STATE)

    assert bundle.name == "bundle 7"
    assert bundle.active == ("0/7/3",)
    assert bundle.lost_fragments == 12


def test_a_bundle_whose_count_and_members_disagree_is_not_understood() -> None:
    assert of_bundles(lambda _: BUNDLE.replace("1 active", "2 active"), STATE) == ()


def test_a_router_without_digital_lines_is_not_asked_for_them() -> None:
    asked: list[str] = []
    state = ios_states.state({7: dataclasses.replace(E1, kind="vlan")})
    holding = router(state)

    def show(command: str) -> str:
        asked.append(command)
        return execute(holding, command, "ksz")

    observed(show, state, rendered(state))

    assert not any("E1" in each or "multilink" in each for each in asked)


def test_sound_lines_and_a_whole_bundle_are_compliant() -> None:
    assert line_check(router()).verdict is Verdict.COMPLIANT


@pytest.mark.parametrize(
    ("dead", "errored", "reason"),
    [
        (["E1 0/7/4"], {}, "E1 0/7/4 is down"),
        (["E1 0/7/4"], {}, "E1 0/7/4: Receiver has loss of signal"),
        (["E1 0/7/4"], {}, "E1 0/7/4 carries nothing of bundle 7"),
        (["Serial0/7/3:0"], {}, "E1 0/7/3 carries nothing of bundle 7"),
        ([], {"E1 0/7/3": 3}, "E1 0/7/3: 3 errored seconds in a quarter of an hour"),
    ],
)
def test_a_line_that_is_cut_or_errs_violates(
    dead: list[str], errored: dict[str, int], reason: str
) -> None:
    holding = router()
    holding.dead.update(dead)
    holding.errored_s.update(errored)

    found = line_check(holding)

    assert found.verdict is Verdict.VIOLATED
    assert reason in found.reason


def test_two_errored_seconds_are_borne() -> None:
    holding = router()
    holding.errored_s["E1 0/7/3"] = 2

    assert line_check(holding).verdict is Verdict.COMPLIANT


@pytest.mark.parametrize("command", ["show controllers E1", "show ppp multilink"])
def test_lines_of_which_nothing_is_shown_are_unknown(command: str) -> None:
    def show(asked: str) -> str:
        return "" if asked == command else execute(holding, asked, "ksz")

    holding = router()
    seen = observed(show, STATE, rendered(STATE))
    reading = Reading(hub="hub-gen-1", state=STATE, observations=seen)

    found = next(
        each for each in check_hub(STATE, reading) if each.check == "line" and each.partner
    )

    assert found.verdict is Verdict.UNKNOWN
    assert "was not seen" in found.reason
