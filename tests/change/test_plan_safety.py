"""Why a plan says that it is safe throughout."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.change.plan.markdown import markdown
from ksz_netops.change.plan.safety import reasons
from ksz_netops.change.plan.view import HubView, view_of
from ksz_netops.errors import CommitError
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.planning.safety import argued
from ksz_netops.platforms.linux.stores.steps import Step
from ksz_netops.state.resources import DeviceState
from support import ios_states
from support.change_desk import NOW
from support.sample_states import HUB, LINE, LINE_SHAPER, PERIMETER, WITHOUT_VPN

if TYPE_CHECKING:
    from ksz_netops.change.plan.plan import Plan

WISHES = ios_states.wishes(ios_states.dice(7), most=6)
FASTER = DeviceState.of(
    [
        PERIMETER,
        *(each for each in LINE if each is not LINE_SHAPER),
        dataclasses.replace(LINE_SHAPER, rates_kbps=((LINE_SHAPER.rates_kbps[0][0], 4096),)),
    ]
)


MORE, FEWER = ios_states.state(WISHES), ios_states.state(dict(list(WISHES.items())[:1]))


def plan_of(running: DeviceState, intended: DeviceState) -> Plan:
    platform = platforms()["linux"]
    return make_plan(
        [Planned(name="hub-a", platform=platform, running=running, intended=intended)],
        author="alice",
        made_at=NOW,
        not_after=NOW + timedelta(hours=1),
        intent={},
    )


def part_of(running: DeviceState, intended: DeviceState) -> HubView:
    return view_of(plan_of(running, intended).hubs[0], platforms()["linux"])


def test_the_commands_that_are_said_to_be_one_transaction_are_those_of_the_filter() -> None:
    part = part_of(WITHOUT_VPN, HUB)
    filtering = [
        number for number, each in enumerate(part.commands, 1) if each.startswith("nft -f -: ")
    ]

    assert f"commands {filtering[0]} to {filtering[-1]} are one nft transaction" in part.safety[1]
    assert len(filtering) == filtering[-1] - filtering[0] + 1


def test_a_change_that_lets_nobody_else_pass_says_so() -> None:
    part = part_of(WITHOUT_VPN, FASTER)

    assert not any(each.startswith("nft") for each in part.commands)
    assert "touches the filter: it lets pass what it did" in part.safety[0]


def test_the_end_is_proven_filter_by_filter() -> None:
    assert part_of(WITHOUT_VPN, HUB).safety[-1] == (
        "in the end 2 of 2 filters admit their official address alone, proven"
    )


def test_a_filter_of_two_transactions_is_refused() -> None:
    line = "delete element inet ksz peers4 { 203.0.113.80 }\n"
    twice = (Step(argv=("nft", "-f", "-"), stdin=line), Step(argv=("nft", "-f", "-"), stdin=line))

    with pytest.raises(CommitError, match="KSZ409"):
        argued(twice)


def test_a_router_says_how_many_states_were_judged() -> None:
    platform = platforms()["ios_xe"]
    lines = platform.commands(MORE, FEWER)

    said = reasons(platform, MORE, FEWER)

    assert f"after each of the {len(lines)} lines" in said[0]
    assert platform.safety(FEWER, FEWER) == ()


def test_a_person_reads_in_the_merge_request_why_it_is_safe() -> None:
    plan = plan_of(WITHOUT_VPN, HUB)

    text = markdown(plan)

    for reason in part_of(WITHOUT_VPN, HUB).safety:
        assert f"- {reason}\n" in text
