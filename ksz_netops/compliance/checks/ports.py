"""The checks on ports, and on digital lines: E1 by itself, and as part of a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import LINE_ERRORS, PORT_DOWN
from ksz_netops.compliance.checks.check import (
    NOTE,
    OBSERVATIONS,
    Check,
    HubContext,
    each_connection,
    hub_itself,
)
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.state.diff import describe
from ksz_netops.state.resources import BundlePort, E1Port, Handoff

if TYPE_CHECKING:
    from ksz_netops.compliance.view import View
    from ksz_netops.state.observations import BundleStatus, LineStatus

MOST_ERRORED_S: Final = 2
"""How many errored seconds a quarter of an hour may have."""


def lines_are_sound(view: View) -> Judgement:
    """Every ordered E1 line is up and without errors, and each line of a bundle carries it."""
    ports = [each.port for each in view.wanted(Handoff).values()]
    bundles = [port for port in ports if isinstance(port, BundlePort)]
    ordered = [port for port in ports if isinstance(port, E1Port)]
    ordered += [line for bundle in bundles for line in bundle.members]
    if not ordered:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    controllers = tuple(sorted({each.controller for each in ordered}))
    expected = f"E1 {describe(controllers)} up without alarms or errors"
    expected += "".join(f"; {each} over {len(each.members)} lines" for each in bundles)
    if view.reading.observations is None:
        return view.observations_unread(expected)
    seen = {each.name: each for each in view.reading.observations.lines}
    held = {each.name: each for each in view.reading.observations.bundles}
    doubts = Doubts()
    for name in controllers:
        _doubt_line(doubts, name, seen.get(name))
    for bundle in bundles:
        _doubt_bundle(doubts, bundle, held.get(str(bundle)))
    observed = "; ".join((*doubts.wrong, *doubts.unknown)) or expected
    return doubts.judgement(expected=expected, observed=observed)


def _doubt_line(doubts: Doubts, name: str, line: LineStatus | None) -> None:
    if line is None:
        doubts.unknown.append(f"E1 {name} was not seen")
        return
    if not line.up:
        doubts.wrong.append(f"E1 {name} is down")
    if line.alarms is None:
        doubts.unknown.append(f"E1 {name}: its alarms were not shown")
    doubts.wrong.extend(f"E1 {name}: {alarm}" for alarm in line.alarms or ())
    for what, seconds, most in (
        ("errored", line.errored_s, MOST_ERRORED_S),
        ("severely errored", line.severely_errored_s, 0),
        ("unavailable", line.unavailable_s, 0),
    ):
        if seconds is None:
            doubts.unknown.append(f"E1 {name}: its {what} seconds were not shown")
        elif seconds > most:
            doubts.wrong.append(f"E1 {name}: {seconds} {what} seconds in a quarter of an hour")


def _doubt_bundle(doubts: Doubts, bundle: BundlePort, status: BundleStatus | None) -> None:
    if status is None:
        doubts.unknown.append(f"{bundle} was not seen")
        return
    wanted = {each.controller for each in bundle.members}
    doubts.wrong.extend(
        f"E1 {each} carries nothing of {bundle}" for each in sorted(wanted - set(status.active))
    )
    doubts.wrong.extend(
        f"E1 {each} carries {bundle}, which is not intended"
        for each in sorted(set(status.active) - wanted)
    )


def ports_are_up(view: View) -> Judgement:
    """Every port on which the subject's packets arrive exists and is up."""
    ports = tuple(sorted({str(each.port) for each in view.wanted(Handoff).values()}))
    if not ports:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    expected = f"{describe(ports)} up"
    if view.reading.observations is None:
        return view.observations_unread(expected)
    doubts = Doubts()
    for port in ports:
        status = view.ports.get(port)
        if status is None:
            doubts.unknown.append(f"{port} was not seen")
        elif not status.exists:
            doubts.wrong.append(f"{port} does not exist")
        elif not status.up:
            doubts.wrong.append(f"{port} is down")
    observed = "; ".join((*doubts.wrong, *doubts.unknown)) or expected
    return doubts.judgement(expected=expected, observed=observed)


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="interconnect-up",
        title="Ports that several partners share",
        reads=OBSERVATIONS,
        criterion="Every port exists and is up",
        source=f"{NOTE}: private networks",
        judge=hub_itself(ports_are_up),
        concerns=Question.UP,
        cause=PORT_DOWN,
        needs_far_end=True,
    ),
    Check(
        id="port",
        title="The port of the line",
        reads=OBSERVATIONS,
        criterion="It exists and is up",
        source=f"{NOTE}: direct lines",
        judge=each_connection(ports_are_up),
        concerns=Question.UP,
        cause=PORT_DOWN,
        needs_far_end=True,
    ),
    Check(
        id="line",
        title="The digital lines below the port",
        reads=OBSERVATIONS,
        criterion=(
            "Each ordered E1 line up and without alarm; in its last quarter of an hour no severely "
            "errored or unavailable second and at most 2 errored ones; a bundle over all its lines"
        ),
        source=f"{NOTE}: direct lines, structured E1; ITU-T G.826",
        judge=each_connection(lines_are_sound),
        concerns=Question.UP,
        cause=LINE_ERRORS,
        explains=frozenset({"port", "fragments"}),
        needs_far_end=True,
    ),
)
