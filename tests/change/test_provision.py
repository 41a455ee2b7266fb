from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.hub.transaction import provision
from ksz_netops.change.hub.undisturbed import undisturbed
from ksz_netops.errors import Problem, SecretError
from ksz_netops.state.observations import Observations
from ksz_netops.state.resources import DeviceState
from support.fake_session import A_LIE, TARGET, FakeHub, Fault, problem
from support.sample_states import ALL_UP, HUB, LINE_SHAPER, TUNNEL_UP, WITHOUT_VPN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ksz_netops.change.hub.outcome import ChangeEvidence, Outcome, Verify

LONGEST = 20
"""More questions than a push without faults asks."""


def push(hub: FakeHub, intended: DeviceState = HUB, *, verify: Verify = undisturbed) -> Outcome:
    return provision(
        hub, TARGET, intended, reveal=lambda _: "key", verify=verify, timing=hub.timing
    )


def let_the_timer_run_out(hub: FakeHub) -> None:
    hub.clock.sleep(100_000)
    hub.tick()


def assert_true(outcome: Outcome, hub: FakeHub, before: DeviceState, intended: DeviceState) -> None:
    """The outcome says what the hub holds, now and for good."""
    if outcome.status in {Status.CONFIRMED, Status.REVERTED, Status.FAILED, Status.BUSY}:
        assert hub.deadline is None
    let_the_timer_run_out(hub)
    match outcome.status:
        case Status.CONFIRMED:
            assert (hub.running, hub.startup) == (intended, intended)
        case Status.UNCHANGED:
            assert hub.running == hub.startup == before == intended
        case Status.REVERTED | Status.FAILED | Status.BUSY | Status.WOULD_CHANGE:
            assert (hub.running, hub.startup) == (before, before)
        case Status.UNCONFIRMED:
            assert {hub.running, hub.startup} <= {before, intended}
    assert bool(outcome.problems) == outcome.failed
    assert (outcome.error() is None) == (not outcome.failed)


def test_a_change_is_confirmed_over_a_connection_of_its_own() -> None:
    hub = FakeHub(running=WITHOUT_VPN)

    outcome = push(hub)

    assert outcome.status is Status.CONFIRMED
    assert outcome.partners == ("P00005",)
    assert hub.startup == HUB
    between = hub.asked[hub.asked.index("commit") : hub.asked.index("confirm")]
    assert between[1:3] == ["close", "connect"]


def test_nothing_to_do_is_a_result_and_pushes_nothing() -> None:
    hub = FakeHub(running=HUB)

    outcome = push(hub)

    assert (outcome.status, outcome.diff, outcome.changed) == (Status.UNCHANGED, "", False)
    assert "commit" not in hub.asked


def test_check_mode_shows_the_diff_of_the_run_and_pushes_nothing() -> None:
    checked, pushed = FakeHub(running=WITHOUT_VPN), FakeHub(running=WITHOUT_VPN)

    forecast = provision(
        checked, TARGET, HUB, reveal=lambda _: "key", check=True, timing=checked.timing
    )

    assert forecast.status is Status.WOULD_CHANGE
    assert forecast.exit_code == 2
    assert "commit" not in checked.asked
    assert checked.asked[-2:] == ["discard", "close"]
    assert forecast.diff == push(pushed).diff


def test_strays_are_a_change_and_their_owner_is_touched() -> None:
    stray = dataclasses.replace(A_LIE, token="KSZ-P00009-S1")  # noqa: S106 - not a password
    hub = FakeHub(running=dataclasses.replace(HUB, strays=(stray,)))

    outcome = push(hub)

    assert outcome.status is Status.CONFIRMED
    assert outcome.partners == ("P00009",)
    assert hub.running == HUB


def test_a_failed_verification_is_never_confirmed() -> None:
    hub = FakeHub(running=WITHOUT_VPN)

    def forbid(_: ChangeEvidence) -> Iterable[Problem]:
        return [problem("the caller does not like it")]

    outcome = push(hub, verify=forbid)

    assert outcome.status is Status.REVERTED
    assert outcome.exit_code == 4
    assert "the caller does not like it" in str(outcome.error())
    assert "confirm" not in hub.asked
    assert hub.running == hub.startup == WITHOUT_VPN


def test_a_lock_out_is_undone_by_the_hub_itself_and_the_outcome_says_so() -> None:
    clean = FakeHub(running=WITHOUT_VPN)
    push(clean)
    hub = FakeHub(running=WITHOUT_VPN, faults={clean.asked.index("commit") + 2: Fault.CUT_OFF})
    started = hub.clock.now()

    outcome = push(hub)

    assert outcome.status is Status.REVERTED
    assert [each.code for each in outcome.problems][-1] == "KSZ304"
    assert 60 <= hub.clock.now() - started < 70
    assert "rollback" not in hub.asked
    assert hub.running == hub.startup == WITHOUT_VPN


def test_a_hub_that_never_comes_back_is_unconfirmed() -> None:
    clean = FakeHub(running=WITHOUT_VPN)
    push(clean)
    hub = FakeHub(running=WITHOUT_VPN, faults={clean.asked.index("commit") + 2: Fault.DEAD})

    outcome = push(hub)

    assert outcome.status is Status.UNCONFIRMED
    assert outcome.exit_code == 5
    assert [each.code for each in outcome.problems][-1] == "KSZ305"


def test_a_tunnel_of_an_untouched_connection_that_goes_down_forbids_to_confirm() -> None:
    slower = dataclasses.replace(LINE_SHAPER, rates_kbps=((LINE_SHAPER.rates_kbps[0][0], 1024),))
    intended = DeviceState.of([slower, *(each for each in HUB if each != LINE_SHAPER)])
    down = dataclasses.replace(ALL_UP, tunnels=(dataclasses.replace(TUNNEL_UP, children=()),))
    hub = FakeHub(running=HUB, observations=ALL_UP, observations_after=down)

    outcome = push(hub, intended)

    assert outcome.status is Status.REVERTED
    assert [each.code for each in outcome.problems] == ["KSZ306"]
    assert outcome.partners == ("P00003",)


def test_a_tunnel_that_the_change_takes_away_need_not_stay_up() -> None:
    hub = FakeHub(running=HUB, observations=ALL_UP, observations_after=Observations())

    outcome = push(hub, WITHOUT_VPN)

    assert outcome.status is Status.CONFIRMED


def test_a_tunnel_that_recovers_in_time_does_not_forbid_to_confirm() -> None:
    hub = FakeHub(running=WITHOUT_VPN)
    judged: list[float] = []

    def impatient(_: ChangeEvidence) -> Iterable[Problem]:
        judged.append(hub.clock.now())
        return [problem("not yet")] if len(judged) < 3 else []

    assert push(hub, verify=impatient).status is Status.CONFIRMED
    assert len(judged) == 3


def test_a_missing_key_stops_before_anything_changed() -> None:
    hub = FakeHub(running=WITHOUT_VPN)

    def nothing(name: str) -> str:
        raise SecretError(problem(f"{name} is not in the vault"))

    with pytest.raises(SecretError):
        provision(hub, TARGET, HUB, reveal=nothing, timing=hub.timing)

    assert "commit" not in hub.asked


def test_a_hub_with_a_pending_commit_is_busy() -> None:
    hub = FakeHub(running=WITHOUT_VPN, deadline=9999)

    outcome = push(hub)

    assert (outcome.status, outcome.exit_code) == (Status.BUSY, 3)


def test_an_empty_diff_on_a_hub_that_differs_is_not_taken_for_nothing_to_do() -> None:
    clean = FakeHub(running=WITHOUT_VPN)
    push(clean)
    hub = FakeHub(running=WITHOUT_VPN, faults={clean.asked.index("stage"): Fault.LIE})

    outcome = push(hub)

    assert outcome.status is Status.FAILED
    assert [each.code for each in outcome.problems] == ["KSZ301"]


def test_what_is_pending_is_rolled_back_at_once_and_not_left_to_the_timer() -> None:
    hub = FakeHub(running=WITHOUT_VPN)
    started = hub.clock.now()

    outcome = push(hub, verify=lambda _: [problem("no")])

    assert outcome.status is Status.REVERTED
    assert "rollback" in hub.asked
    assert hub.clock.now() - started < 60


def test_a_confirmation_whose_answer_is_lost_is_learned_over_another_connection() -> None:
    clean = FakeHub(running=WITHOUT_VPN)
    push(clean)
    hub = FakeHub(running=WITHOUT_VPN, faults={clean.asked.index("confirm"): Fault.LOST_AFTER})

    assert push(hub).status is Status.CONFIRMED


def test_a_new_state_that_nobody_confirmed_is_not_called_confirmed() -> None:
    hub = FakeHub(running=WITHOUT_VPN)

    def lose_the_timer(_: ChangeEvidence) -> Iterable[Problem]:
        hub.deadline = None
        return [problem("no")]

    outcome = push(hub, verify=lose_the_timer)

    assert outcome.status is Status.UNCONFIRMED
    assert [each.code for each in outcome.problems][-1] == "KSZ308"


def test_a_hub_that_comes_back_with_a_third_state_is_unconfirmed() -> None:
    hub = FakeHub(running=WITHOUT_VPN)

    def meddle(_: ChangeEvidence) -> Iterable[Problem]:
        hub.startup = DeviceState.of([])
        return [problem("no")]

    outcome = push(hub, verify=meddle)

    assert outcome.status is Status.UNCONFIRMED
    assert [each.code for each in outcome.problems][-1] == "KSZ307"
    assert "+ handoff KSZ-P00003-S1 on line1" not in outcome.problems[-1].what
    assert "- handoff KSZ-P00003-S1 on line1" in outcome.problems[-1].what


def test_each_fault_at_each_step_ends_in_a_true_outcome(
    record_property: Callable[[str, object], None],
) -> None:
    clean = FakeHub(running=WITHOUT_VPN)
    push(clean)
    assert len(clean.asked) < LONGEST
    rows = []

    for fault in Fault:
        for number, step in enumerate(clean.asked):
            hub = FakeHub(running=WITHOUT_VPN, faults={number: fault})
            outcome = push(hub)
            rows.append((fault, f"{number} {step}", outcome.status))
            assert_true(outcome, hub, WITHOUT_VPN, HUB)

    ends = Counter(status for _, _, status in rows)
    assert ends[Status.CONFIRMED] > 0
    assert ends[Status.REVERTED] > ends[Status.UNCONFIRMED] > 0
    for fault, step, status in rows:
        record_property("a hub's faults, at each step of a push", f"{fault:12} {step:12} {status}")


FAULTS = st.dictionaries(
    st.integers(0, 60), st.sampled_from([each for each in Fault if each is not Fault.LIE])
)


@given(
    faults=FAULTS,
    lie=st.none() | st.integers(0, 60),
    before=st.sampled_from([WITHOUT_VPN, HUB]),
    intended=st.sampled_from([WITHOUT_VPN, HUB]),
)
def test_no_series_of_faults_with_a_lie_among_them_ends_in_silence_or_untruth(
    faults: dict[int, Fault], lie: int | None, before: DeviceState, intended: DeviceState
) -> None:
    if lie is not None:
        faults = faults | {lie: Fault.LIE}
    hub = FakeHub(running=before, faults=faults)

    outcome = push(hub, intended)

    assert_true(outcome, hub, before, intended)
