"""One hub as an audit saw it, whole or in part."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops.compliance.evidence import Evidence
from ksz_netops.errors import KszError, Problem
from ksz_netops.platforms import Surveyor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ksz_netops.platforms import Platform, Target
    from ksz_netops.proof import Openings
    from ksz_netops.state.observations import Observations
    from ksz_netops.state.resources import DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one hub held and did; what could not be read is None and says why in `problems`."""

    hub: str
    state: DeviceState | None = None
    observations: Observations | None = None
    problems: tuple[Problem, ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    """By kind of resource, and by `observations`, the command that shows it on the device."""
    render: Callable[[DeviceState], str] | None = field(default=None, compare=False, repr=False)
    """The platform's, to tell which statement of a resource lacks."""
    openings: Callable[[DeviceState], Openings] | None = field(
        default=None, compare=False, repr=False
    )
    """The platform's, to tell what strays do to a filter; without it each of them is a doubt."""
    evidence: Evidence = field(default=Evidence(), repr=False)
    """The raw answers, understood or not."""

    @property
    def why(self) -> str:
        """Why something is missing, in one line."""
        return "; ".join(f"{problem.code} {problem.what}" for problem in self.problems)


def read_hub(platform: Platform, target: Target) -> Reading:
    """Reads *target* over one session; nothing it meets is an exception."""
    state: DeviceState | None = None
    observations: Observations | None = None
    problems: list[Problem] = []
    answers: Mapping[str, str] = {}
    try:
        with platform.connect(target) as session:
            try:
                try:
                    state = session.survey() if isinstance(session, Surveyor) else session.state()
                    problems.extend(_doubts(state))
                except KszError as error:
                    problems.extend(error.problems)
                observations = session.observe()
            finally:
                answers = session.evidence()
    except KszError as error:
        problems.extend(error.problems)
    except Exception as error:  # noqa: BLE001 - a fault of ours on one hub must not hide the others
        problems.append(fault_of(target.name, error))
    return Reading(
        hub=target.name,
        state=state,
        observations=observations,
        problems=tuple(problems),
        commands=getattr(platform, "evidence", {}),
        render=platform.render,
        openings=platform.openings,
        evidence=Evidence.of(target.name, answers),
    )


def _doubts(state: DeviceState) -> Iterator[Problem]:
    """Why parts of *state* are not known, each once."""
    told = {(each.code, each.why, each.fix): None for each in (*state.unread, *state.unconfirmed)}
    for code, why, fix in told:
        yield Problem(code=code, what=why, fix=fix)


def fault_of(hub: str, error: Exception) -> Problem:
    """Where our own code failed; its message is left out, since it may hold what was read."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(
        code="KSZ311",
        what=f"{hub}: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}",
        fix="report a fault of ksz-netops; nothing was concluded about this hub",
    )
