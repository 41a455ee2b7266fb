"""What a router shows of its E1 lines and of the links that are made of several of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.state.observations import BundleStatus, LineStatus
from ksz_netops.state.resources import BundlePort, Handoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.state.resources import DeviceState

CONTROLLERS: Final = "show controllers E1"
BUNDLES: Final = "show ppp multilink"
_CONTROLLER: Final = re.compile(r"^E1 (?P<name>\d[\d/]*) is (?P<state>.+?)\.? *$", re.MULTILINE)
_ALARM: Final = re.compile(r"^ +((?:Receiver|Transmitter) .+?)\.? *$", re.MULTILINE)
_QUIET: Final = re.compile(r"^ +No alarms detected", re.MULTILINE)
_INTERVAL: Final = re.compile(
    r"^ +Data in (?:(?P<current>current interval)|Interval (?P<number>\d+))[^\n]*: *\n"
    r"(?P<counts>(?: +\d+ [^\n]*\n)*)",
    re.MULTILINE,
)
_STATES: Final = re.compile(r"\b(AIS|LOS|LOF) State: *(\w+)")
_BUNDLE: Final = re.compile(r"^ *(Multilink\d+)\b.*$", re.MULTILINE)
_INACTIVE: Final = re.compile(r"^Inactive multilink interfaces:", re.MULTILINE)
_MEMBERS: Final = re.compile(r"^ *Member links: (\d+) active, (\d+) inactive", re.MULTILINE)
_MEMBER: Final = re.compile(r"^ *Se(?:rial)?(\d[\d/]*):\d+(?P<rest>.*)$", re.MULTILINE)


def of_lines(show: Callable[[str], str], state: DeviceState) -> tuple[LineStatus, ...]:
    """The E1 lines of *state*; a router without one is not asked."""
    wanted = {
        line.controller
        for each in state
        if isinstance(each, Handoff)
        for line in names.members(each.port)
    }
    if not wanted:
        return ()
    return tuple(each for each in _lines(f"{show(CONTROLLERS)}\n") if each.name in wanted)


def of_bundles(show: Callable[[str], str], state: DeviceState) -> tuple[BundleStatus, ...]:
    """The bundles of *state*; a router without one is not asked."""
    wanted = {
        names.interface(each.port): str(each.port)
        for each in state
        if isinstance(each, Handoff) and isinstance(each.port, BundlePort)
    }
    if not wanted:
        return ()
    return tuple(_bundles(f"{show(BUNDLES)}\n", wanted))


def _lines(shown: str) -> Iterator[LineStatus]:
    for found, below in _parts(_CONTROLLER, shown):
        counts = _last_quarter(below)
        yield LineStatus(
            name=found["name"],
            up=found["state"] == "up",
            alarms=_alarms(below),
            errored_s=_count(counts, "Errored Secs"),
            severely_errored_s=_count(counts, "Severely Err(?:ored)? Secs"),
            unavailable_s=_count(counts, "Unavail(?:able)? Secs"),
        )


def _parts(head: re.Pattern[str], shown: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each line of *shown* that is a *head*, with what stands below it."""
    heads = list(head.finditer(shown))
    starts = [each.start() for each in heads]
    for found, end in zip(heads, [*starts, len(shown)][1:], strict=True):
        yield found, shown[found.end() : end]


def _alarms(below: str) -> tuple[str, ...] | None:
    """What the line reports; None where it says neither that there is an alarm nor that none is."""
    head = below.partition("Data in ")[0]
    found = tuple(_ALARM.findall(head))
    failed = [
        f"{what} State is {state}" for what, state in _STATES.findall(head) if state != "Clear"
    ]
    if found or failed:
        return found or tuple(failed)
    return () if _QUIET.search(head) else None


def _last_quarter(below: str) -> str:
    """What was counted in the last whole quarter of an hour, else in the one that runs."""
    intervals = {int(found["number"] or 0): found["counts"] for found in _INTERVAL.finditer(below)}
    return intervals.get(1, intervals.get(0, ""))


def _count(counts: str, what: str) -> int | None:
    found = re.search(rf"(?<![\w-])(\d+) {what}", counts)
    return int(found[1]) if found else None


def _bundles(shown: str, wanted: dict[str, str]) -> Iterator[BundleStatus]:
    cut = _INACTIVE.search(shown)
    active, inactive = (shown[: cut.start()], shown[cut.end() :]) if cut else (shown, "")
    for found, below in _parts(_BUNDLE, active):
        said = _MEMBERS.search(below)
        if found[1] not in wanted or said is None:
            continue
        members = [(each[1], "inactive" in each["rest"]) for each in _MEMBER.finditer(below)]
        carrying = tuple(sorted(line for line, idle in members if not idle))
        idle = tuple(sorted(line for line, idle in members if idle))
        # What is counted and what is listed must agree, or the answer was not understood.
        if (len(carrying), len(idle)) == (int(said[1]), int(said[2])):
            yield BundleStatus(
                name=wanted[found[1]],
                active=carrying,
                lost_fragments=_count(below, "lost fragments"),
            )
    for found in _BUNDLE.finditer(inactive):
        if found[1] in wanted:
            yield BundleStatus(name=wanted[found[1]], active=(), lost_fragments=None)
