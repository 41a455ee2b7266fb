"""Limits a change to some partners, and a plan to the end of their flows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import Problem, RefusedError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.state.diff import difference
from ksz_netops.state.resources import DeviceState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ksz_netops.intent.models import Intent

_ID: Final = re.compile(r"P\d{5}")


def only_partners(
    running: DeviceState, intended: DeviceState, partners: Iterable[str]
) -> DeviceState:
    """*intended* for *partners* alone, all else as it is in *running*.

    What several partners share comes where it is missing and stays as it is where it exists; a
    stray never stays.
    """
    wanted = frozenset(partners)
    kept = {
        key: resource
        for key, resource in running.by_key().items()
        if resource.owner.partner not in wanted
    }
    for key, resource in intended.by_key().items():
        if resource.owner.partner in wanted or (resource.owner.partner is None and key not in kept):
            kept[key] = resource
    return DeviceState.of(kept.values())


def refuse_unknown(partners: frozenset[str], intent: Intent, states: Iterable[DeviceState]) -> None:
    """Accepts partners that the inventory or a hub knows.

    Raises:
        RefusedError: With each that nobody knows.
    """
    known = {partner.id for partner in intent.partners}
    known |= {each.owner.partner for state in states for each in state if each.owner.partner}
    problems = [
        Problem(
            code="KSZ904",
            what=f"there is no partner {each!r}, neither in the inventory nor on a hub",
            fix="give its id, such as P00012",
        )
        for each in sorted(partners)
        if not _ID.fullmatch(each) or each not in known
    ]
    if problems:
        raise RefusedError(problems)


def refuse_other_partners(
    running: Mapping[str, DeviceState],
    intended: Mapping[str, DeviceState],
    partners: Collection[str],
) -> None:
    """Accepts a change that touches *partners* alone.

    Raises:
        RefusedError: With each hub on which strays of other partners would go as well.
    """
    problems = []
    for name, state in running.items():
        others = sorted({*difference(state, intended[name]).partners} - {*partners})
        if others:
            problems.append(
                Problem(
                    code="KSZ704",
                    what=f"{name} holds strays of {', '.join(others)} that would go too",
                    fix="change the hub without naming partners first, so that this change is "
                    "about them alone",
                )
            )
    if problems:
        raise RefusedError(problems)


def flow_ends(intent: Intent, partners: Iterable[str], now: datetime) -> Iterator[datetime]:
    """When the flows of *partners* that are open now end."""
    touched = frozenset(partners)
    for partner in intent.partners:
        for flow in partner.flows if partner.id in touched else ():
            if flow.until is not None:
                day_after = flow.until + timedelta(days=1)
                end = datetime.combine(day_after, time(), tzinfo=BRUSSELS).astimezone(UTC)
                if end > now:
                    yield end
