"""Laws of a way's liveness, whatever answers come when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.platforms.linux.on_hub.agent.liveness import Liveness, Pace

PACE = Pace(interval_s=0.5, lost=4, hold_s=10, longest_hold_s=60, calm_s=300)


def silence(way: Liveness, start: float, requests: int) -> float:
    """Sends *requests* that nobody answers; returns when the last one was sent."""
    now = start
    for _ in range(requests):
        now += PACE.interval_s
        way.ask(now)
    return now


def talk(way: Liveness, start: float, seconds: float) -> float:
    """Answers every request for *seconds*; returns when it ended."""
    now = start
    while now < start + seconds:
        now += PACE.interval_s
        way.ask(now)
        way.answer(now + 0.01)
    return now


def test_a_way_that_falls_silent_is_dead_within_two_and_a_half_seconds() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now = talk(way, 0, 20)

    found = [way.ask(now + PACE.interval_s * number) for number in range(1, 6)]

    assert found == [False, False, False, False, True]
    assert not way.alive
    assert way.since - now <= 2.5


def test_lost_answers_between_others_do_not_end_a_way() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now = 0.0
    for _ in range(100):
        now = silence(way, now, PACE.lost)
        way.answer(now + 0.01)

    assert way.alive


def test_a_way_that_answers_again_is_trusted_after_the_hold_and_not_before() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now = silence(way, 0, 10)

    now = talk(way, now, PACE.hold_s - 1)
    before = way.alive
    talk(way, now, 2)

    assert (before, way.alive) == (False, True)


def test_a_gap_while_a_way_is_held_begins_the_hold_anew() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now = silence(way, 0, 10)
    now = talk(way, now, PACE.hold_s - 1)
    now = silence(way, now, 10)

    talk(way, now, PACE.hold_s - 1)

    assert not way.alive


def test_each_return_doubles_the_hold_up_to_the_longest_and_calm_resets_it() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now, holds = 0.0, []
    for _ in range(5):
        now = silence(way, now, 10)
        back = talk(way, now, 70)
        holds.append(way.since - now)
        now = back
    now = talk(way, now, PACE.calm_s)
    now = silence(way, now, 10)
    talk(way, now, 70)

    assert [round(hold / 10) * 10 for hold in holds] == [10, 20, 40, 60, 60]
    assert round((way.since - now) / 10) * 10 == PACE.hold_s


def test_a_lost_carrier_ends_a_way_at_once() -> None:
    way = Liveness(alive=True, at=0, pace=PACE)

    assert way.lose_carrier(1.0)
    assert not way.lose_carrier(2.0)
    assert (way.alive, way.since) == (False, 1.0)


@given(st.lists(st.sampled_from(["ask", "answer", "carrier"]), max_size=200))
def test_a_change_is_told_exactly_when_the_state_changes(events: list[str]) -> None:
    way = Liveness(alive=True, at=0, pace=PACE)
    now = 0.0
    for event in events:
        now += PACE.interval_s
        before = way.alive
        act = {"ask": way.ask, "answer": way.answer, "carrier": way.lose_carrier}[event]
        changed = act(now)
        assert changed == (way.alive != before)
        assert (way.since == now) == changed
