"""The check on the ways of partners who have several: each answers, and one carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import WATCHER_DOWN, WAY_DEAD
from ksz_netops.compliance.checks.check import (
    NOTE,
    OBSERVATIONS,
    Check,
    HubContext,
    each_connection,
)
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.intent.calendar import in_brussels
from ksz_netops.state.resources import Route

if TYPE_CHECKING:
    from ksz_netops.compliance.view import View
    from ksz_netops.state.observations import WayStatus

_SEVERAL: Final = 2


def ways_are_alive(view: View) -> Judgement:
    """Every way of a connection with several answers, and its packets have a route."""
    hops = [(route, hop) for route in view.wanted(Route).values() for hop in route.hops]
    if len(hops) < _SEVERAL:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    expected = "; ".join(f"{hop.next_hop} answers over {hop.port}" for _, hop in hops)
    if view.reading.observations is None:
        return view.observations_unread(expected)
    watch = view.reading.observations.watch
    if watch is None:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    if not watch.running:
        why = "the watcher of ways gives no sign of life"
        return Judgement(verdict=Verdict.UNKNOWN, expected=expected, reason=why, cause=WATCHER_DOWN)
    known = {(way.official, way.port, way.next_hop): way for way in watch.ways}
    doubts = Doubts()
    seen = []
    for route, hop in hops:
        way = known.get((route.official, str(hop.port), hop.next_hop))
        if way is None:
            doubts.unknown.append(f"the way over {hop.port} is not watched")
            continue
        seen.append(_described(way))
        if not way.alive:
            doubts.wrong.append(_described(way))
    return doubts.judgement(expected=expected, observed="; ".join(seen))


def _described(way: WayStatus) -> str:
    since = in_brussels(way.since)
    said = "answers" if way.alive else "does not answer"
    carries = ", carries" if way.carries else ""
    return f"{way.next_hop} {said} over {way.port} since {since}{carries}"


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="ways",
        title="The ways of a partner who has several",
        reads=OBSERVATIONS,
        criterion="The partner's router answers over each of them",
        source=f"{NOTE}: direct lines, one or two; redundancy and stability",
        judge=each_connection(ways_are_alive),
        concerns=Question.UP,
        cause=WAY_DEAD,
        needs_far_end=True,
    ),
)
