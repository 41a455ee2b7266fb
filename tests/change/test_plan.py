from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.change.plan.markdown import markdown
from ksz_netops.change.plan.plan import Plan, read_plan
from ksz_netops.change.plan.reach import reach_of
from ksz_netops.change.plan.scope import only_partners
from ksz_netops.change.plan.view import view_of
from ksz_netops.errors import RefusedError
from ksz_netops.state.encoding import fingerprint
from ksz_netops.state.resources import DeviceState, Stray
from support.fake_session import FakeHub
from support.sample_states import (
    HANDOFF,
    HUB,
    LINE,
    LINE_FILTER,
    LINE_SHAPER,
    PERIMETER,
    VPN,
    VPN_SHAPER,
    WEB,
    WITHOUT_VPN,
)

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)
FAKE = {"fake": FakeHub(HUB)}
PARTS = [*HUB, VPN_SHAPER, dataclasses.replace(LINE_SHAPER, rates_kbps=((HANDOFF.port, 4096),))]
STRAYS = [Stray(statement=f"thing {number}", reason="unknown") for number in range(3)]

STATES = st.builds(
    lambda parts: DeviceState.of({(each.kind, each.owner): each for each in parts}.values()),
    st.lists(st.sampled_from(PARTS)),
)
RUNNING = st.builds(
    DeviceState.of,
    STATES,
    st.lists(st.sampled_from(STRAYS), unique=True),
)


def plan_of(running: DeviceState, intended: DeviceState, **said: str) -> Plan:
    hub = Planned(name="hub-a", platform=FakeHub(running), running=running, intended=intended)
    return make_plan(
        [hub],
        **{"author": "alice@ksz", **said},
        made_at=NOW,
        not_after=NOW + timedelta(hours=24),
        intent={"extranet.yml": "0" * 64},
    )


def test_a_hub_that_holds_what_it_must_is_not_in_the_plan() -> None:
    assert plan_of(HUB, HUB).hubs == ()


def test_a_plan_says_whom_it_touches_and_that_the_others_are_identical() -> None:
    (hub,) = plan_of(WITHOUT_VPN, HUB).hubs

    view = view_of(hub, FakeHub(WITHOUT_VPN))
    assert view.reach.touched == hub.partners == ("P00005",)
    assert view.commands == view.changes
    assert view.commands[:2] == ("+ filter KSZ-P00005-S1", "+ shaper KSZ-P00005-S1")


@given(RUNNING, STATES)
def test_a_plan_reads_back_from_its_bytes_and_makes_what_was_intended(
    running: DeviceState, intended: DeviceState
) -> None:
    plan = plan_of(running, intended)

    read = read_plan(plan.as_bytes())

    assert read == plan
    assert read.as_bytes() == plan.as_bytes()
    for hub in read.hubs:
        assert hub.applied_to(running) == intended
        assert hub.undone_on(intended) == running


@given(RUNNING, STATES, RUNNING)
def test_a_plan_is_refused_for_any_other_state(
    running: DeviceState, intended: DeviceState, other: DeviceState
) -> None:
    for hub in plan_of(running, intended).hubs:
        if other == running:
            assert fingerprint(hub.applied_to(other)) == hub.after
            continue
        with pytest.raises(RefusedError, match=r"KSZ932 hub-a"):
            hub.applied_to(other)


def test_a_plan_that_promises_what_it_does_not_make_is_refused() -> None:
    (hub,) = plan_of(WITHOUT_VPN, HUB).hubs
    lying = hub.model_copy(update={"comes": hub.comes[:1]})

    with pytest.raises(RefusedError, match=r"KSZ903"):
        lying.applied_to(WITHOUT_VPN)


@given(RUNNING, STATES)
def test_partners_outside_the_blast_are_identical_on_both_sides(
    running: DeviceState, intended: DeviceState
) -> None:
    reach = reach_of(running, intended)
    everyone = {each.owner.partner for each in (*running, *intended)} - {None}
    others = everyone - {*reach.touched, *reach.through_shared}

    assert len(others) == reach.identical
    for partner in (*others, *reach.through_shared):
        assert running.of_partner(partner) == intended.of_partner(partner)
    assert set(reach.permits_changed) <= set(reach.touched)


def test_a_change_of_the_perimeter_reaches_every_partner() -> None:
    wider = dataclasses.replace(PERIMETER, extranet_prefixes=(ip_network("192.0.2.0/24"),))

    reach = reach_of(HUB, DeviceState.of([wider, *LINE, *VPN]))

    assert (reach.touched, reach.through_shared) == ((), ("P00003", "P00005"))
    assert reach.identical == 0


def test_another_rate_leaves_what_may_be_reached_alone() -> None:
    slower = dataclasses.replace(LINE_SHAPER, rates_kbps=((HANDOFF.port, 128),))
    fewer = dataclasses.replace(LINE_FILTER, permits=(WEB,))

    rate = reach_of(HUB, DeviceState.of([each if each != LINE_SHAPER else slower for each in HUB]))
    permit = reach_of(HUB, DeviceState.of([each if each != LINE_FILTER else fewer for each in HUB]))

    assert (rate.touched, rate.permits_changed) == (("P00003",), ())
    assert permit.permits_changed == ("P00003",)


@given(RUNNING, STATES, st.sets(st.sampled_from(["P00003", "P00005", "P00009"])))
def test_a_plan_for_some_partners_touches_nothing_of_others(
    running: DeviceState, intended: DeviceState, partners: set[str]
) -> None:
    becomes = only_partners(running, intended, partners)

    for partner in ("P00003", "P00005"):
        side = intended if partner in partners else running
        assert becomes.of_partner(partner) == side.of_partner(partner)
    assert becomes.strays == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text + b"\n",
        lambda text: b" " + text,
        lambda text: text.replace(b'"author": "alice@ksz"', b'"author":  "alice@ksz"'),
        lambda text: text.replace(b"alice@ksz", b"\\u0061lice@ksz"),
        lambda text: text.replace(b'"author"', b'"author": "x", "author"', 1),
    ],
)
def test_a_plan_written_in_any_other_way_is_refused(spoil: object) -> None:
    with pytest.raises(RefusedError, match=r"KSZ902"):
        read_plan(spoil(plan_of(WITHOUT_VPN, HUB).as_bytes()))


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"format": "ksz-netops plan 3"}']
)
def test_what_is_no_plan_is_refused_and_never_a_traceback(raw: bytes) -> None:
    with pytest.raises(RefusedError, match=r"KSZ901"):
        read_plan(raw)


@pytest.mark.parametrize("author", ["", "two words", "a\nb", "-x", "a,b", "*"])
def test_an_author_that_could_be_read_as_another_is_refused(author: str) -> None:
    with pytest.raises(RefusedError, match=r"KSZ901 .*author"):
        plan_of(WITHOUT_VPN, HUB, author=author)


def test_a_plan_holds_the_name_and_fingerprint_of_a_key_and_no_origin() -> None:
    written = json.loads(plan_of(WITHOUT_VPN, HUB).as_bytes())

    (tunnel,) = [each for each in written["hubs"][0]["comes"] if each["is"] == "Tunnel"]
    assert tunnel["secret"] == {
        "is": "Secret",
        "name": "P00005-S1",
        "fingerprint": "0123456789abcdef",
    }
    assert "origin" not in tunnel


def test_the_markdown_shows_digest_reach_diff_and_commands() -> None:
    plan = plan_of(WITHOUT_VPN, HUB, purpose="`ticket` | 7")

    text = markdown(plan, FAKE)

    assert plan.digest in text
    assert "Touches P00005." in text
    assert "The resources of all other partners stay as they are." in text
    assert "- P00005 gains 198.51.100.5 to tcp 192.0.2.10 port 443 by tunnel 5; " in text
    assert "+ tunnel KSZ-P00005-S1" in text
    assert "| Made | 2026-11-24 10:00+01:00 |" in text
    assert "| Purpose | `'ticket' / 7` |" in text


def test_nothing_on_a_device_can_end_a_block_of_the_markdown() -> None:
    running = DeviceState.of(HUB, [Stray(statement="a\n```\n# approved", reason="x")])

    fences = [line for line in markdown(plan_of(running, HUB), FAKE).splitlines() if "```" in line]

    assert fences == ["```diff", "```", "```", "```"]
