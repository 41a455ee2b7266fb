"""What an approval must be worth: `approval.yml` of the inventory.

Without this file nothing can be approved, and `provision` changes hubs directly.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ksz_netops.change.plan.plan import Principal
from ksz_netops.errors import IntentError, Problem, RefusedError
from ksz_netops.intent.calendar import BRUSSELS, in_brussels
from ksz_netops.intent.models import IntentModel
from ksz_netops.intent.reading.source import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ksz_netops.change.plan.plan import Plan

FILE: Final = "approval.yml"
CLOCK_SKEW: Final = timedelta(minutes=5)
"""By how much the clocks of two of our machines may differ."""

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Kind = Literal[
    "perimeter", "handoff", "route", "tunnel", "filter", "shaper", "sftp_account", "stray"
]


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK: Final = tuple(Day)


class Window(IntentModel):
    """Start times, Europe/Brussels; if `until` < `from` the window ends the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = _WEEK
    """On which it begins."""
    begins: Annotated[Clock, Field(alias="from")]
    ends: Annotated[Clock, Field(alias="until")]

    def holds(self, at: datetime) -> bool:
        """Whether *at* lies in it."""
        local = at.astimezone(BRUSSELS)
        first, last = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        today, yesterday = _WEEK[local.weekday()], _WEEK[local.weekday() - 1]
        now = local.time()
        if first < last:
            return today in self.days and first <= now < last
        return (today in self.days and now >= first) or (yesterday in self.days and now < last)

    def __str__(self) -> str:
        return f"{','.join(self.days)} {self.begins}-{self.ends}"


class Freeze(IntentModel):
    """Days on which nothing is changed, the first and the last included."""

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="until")]
    reason: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            message = f"the freeze ends on {self.last}, before it begins"
            raise ValueError(message)
        return self


class Rule(IntentModel):
    """More that is asked where a change has one of *kinds* on one of *hubs*; empty is any."""

    hubs: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    approvers: Annotated[int, Field(ge=1, le=9)] = 1
    windows: tuple[Window, ...] = ()

    def covers(self, plan: Plan) -> bool:
        """Whether something of *plan* falls under it."""
        return any(
            (not self.hubs or hub.hub in self.hubs)
            and (not self.kinds or hub.kinds & {*self.kinds})
            for hub in plan.hubs
        )


class Policy(IntentModel):
    """What an inventory asks of a change."""

    approvers: Annotated[int, Field(ge=1, le=9)] = 1
    """How many different people, the author not among them."""
    valid_for_h: Annotated[int, Field(ge=1, le=24 * 31)] = 72
    """For how long a plan may be valid at most."""
    author_signs: bool = True
    """Whether the name of the author needs the author's signature, or that of an attester."""
    authors: tuple[Principal, ...] = ()
    """Who may make plans although they have no key to approve any."""
    attesters: tuple[Principal, ...] = ()
    """Whose signature stands for any author's name, as that of a pipeline that knows its users."""
    windows: tuple[Window, ...] = ()
    """A change begins in one of these; none given is at any time."""
    freeze: tuple[Freeze, ...] = ()
    rules: tuple[Rule, ...] = ()
    direct: Literal["allowed", "refused"] = "refused"
    """Whether `provision` may change hubs at once, its author being the approver as well."""

    def needed(self, plan: Plan) -> int:
        """How many people must approve *plan*."""
        return max([self.approvers, *(rule.approvers for rule in self.rules if rule.covers(plan))])

    def forbids_direct(self, plan: Plan) -> Iterator[Problem]:
        """Why *plan* may not be made without the approval of somebody else."""
        if self.direct == "allowed" and self.needed(plan) == 1:
            return
        asks = (
            f"approval.yml asks for {self.needed(plan)} approvers"
            if self.direct == "allowed"
            else "approval.yml asks for the approval of somebody else"
        )
        yield Problem(
            code="KSZ926",
            what=f"hubs are not changed directly here: {asks}",
            fix="run `ksz-netops plan`, have it approved with `ksz-netops approve`, then run "
            "`ksz-netops apply`; in an emergency, `ksz-netops provision --emergency REASON`",
        )

    def longest(self) -> timedelta:
        """For how long a plan may be valid."""
        return timedelta(hours=self.valid_for_h)

    def forbids(self, plan: Plan, at: datetime) -> Iterator[Problem]:
        """Why *plan* may not be applied at this moment, whoever has approved it."""
        if plan.made_at > at + CLOCK_SKEW:
            yield Problem(
                code="KSZ924",
                what=f"the plan was made at {in_brussels(plan.made_at)}, which is yet to come",
                fix="set the clocks right",
            )
        if at > plan.not_after:
            yield Problem(
                code="KSZ923",
                what=f"the plan was valid until {in_brussels(plan.not_after)}",
                fix="make a new plan and have it approved",
            )
        if plan.not_after - plan.made_at > self.longest():
            yield Problem(
                code="KSZ925",
                what=f"the plan claims to be valid for longer than {self.valid_for_h} h",
                fix="make a new plan with a shorter validity",
            )
        today = at.astimezone(BRUSSELS).date()
        for freeze in self.freeze:
            if freeze.first <= today <= freeze.last:
                yield Problem(
                    code="KSZ922",
                    what=f"nothing is changed from {freeze.first} to {freeze.last}: "
                    f"{freeze.reason}",
                    fix="apply it afterwards, or change the policy by a reviewed commit",
                )
        for windows in (self.windows, *(r.windows for r in self.rules if r.covers(plan))):
            if windows and not any(window.holds(at) for window in windows):
                yield Problem(
                    code="KSZ921",
                    what=f"{in_brussels(at)} is outside of the window for this change",
                    fix=f"apply it within {' or '.join(str(each) for each in windows)}",
                )


def find_policy(inventory: Path) -> Policy | None:
    """The policy of *inventory*; None where it has none, so that hubs may be changed directly.

    Raises:
        IntentError: If the file says something wrong, each thing with its place.
    """
    return read_policy(inventory) if (inventory / FILE).exists() else None


def read_policy(inventory: Path) -> Policy:
    """The policy of *inventory*.

    Raises:
        RefusedError: If there is none.
        IntentError: If the file says something wrong, each thing with its place.
    """
    path = inventory / FILE
    if not path.is_file():
        raise RefusedError(
            Problem(
                code="KSZ920",
                what=f"{path} is missing, so that nothing can be approved",
                fix="say in it how many people approve a change: `approvers: 1`",
            )
        )
    source = read(path)
    try:
        return Policy.model_validate(source.data)
    except ValidationError as error:
        raise IntentError(
            Problem(
                code="KSZ920",
                what=f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}",
                fix="see docs/change.md for what the policy may say",
                origin=source.at(each["loc"]),
            )
            for each in error.errors()
        ) from error
