"""A plan: what will be done to which hubs, in bytes that people sign and a run applies.

It holds what comes and what goes, not whole hubs, and the fingerprints of the whole before and
after. So it fits a merge request, needs no inventory to be understood years later, and holds no
secret: a pre-shared key is its name and its fingerprint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
)

from ksz_netops.change.plan.reach import blast
from ksz_netops.change.plan.safety import reasons
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.state.diff import difference
from ksz_netops.state.encoding import decode, digest, encode, fingerprint
from ksz_netops.state.resources import KINDS, DeviceState, Resource, Stray, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.platforms import Platform

FORMAT: Final = "ksz-netops plan 1"
Hexadecimal = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Principal = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}$")]
"""A person or a pipeline as `allowed_signers` names it."""
Moment = Annotated[AwareDatetime, PlainSerializer(lambda at: f"{at.astimezone(UTC):%FT%TZ}")]


def _part(value: Any) -> Resource | Stray:  # noqa: ANN401 - what a file or a program gives
    return value if isinstance(value, Stray) or type(value) in KINDS else decode(value)


if TYPE_CHECKING:
    Part: TypeAlias = Resource | Stray
else:
    # Pydantic would look into the dataclasses, whose form in a plan is not its own.
    Part = Annotated[Any, PlainValidator(_part), PlainSerializer(encode)]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Reach(_Frozen):
    """Whom the change reaches, as `blast.Blast` says it."""

    touched: tuple[str, ...]
    through_shared: tuple[str, ...]
    permits_changed: tuple[str, ...]
    identical: int


class HubPlan(_Frozen):
    """What will be done to one hub."""

    hub: str
    platform: str
    before: Hexadecimal
    """Fingerprint of what the hub held in our territory when the plan was made."""
    after: Hexadecimal
    """Fingerprint of what it will hold."""
    goes: tuple[Part, ...]
    """Resources and strays as they were, those that become others included."""
    comes: tuple[Part, ...]
    """Resources as they will be."""
    changes: tuple[str, ...]
    """The same for a person, one line for each resource or field."""
    commands: tuple[str, ...]
    """In the order in which they are sent."""
    safety: tuple[str, ...]
    """Why the hub is safe after each of them, as it was computed."""
    reach: Reach

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of what comes or goes."""
        parts = (*self.goes, *self.comes)
        return frozenset("stray" if isinstance(part, Stray) else part.kind for part in parts)

    def applied_to(self, running: DeviceState) -> DeviceState:
        """What the hub will hold, from the state for which the plan was made.

        Raises:
            RefusedError: If *running* is another state, or what comes of it is not as planned.
        """
        return self._turned(running, self.before, self.after, self.goes, self.comes)

    def undone_on(self, running: DeviceState) -> DeviceState:
        """What the hub held, from the state that the plan made.

        Raises:
            RefusedError: If *running* is another state.
        """
        return self._turned(running, self.after, self.before, self.comes, self.goes)

    def _turned(
        self,
        running: DeviceState,
        expected: str,
        promised: str,
        goes: tuple[Resource | Stray, ...],
        comes: tuple[Resource | Stray, ...],
    ) -> DeviceState:
        if fingerprint(running) != expected:
            raise RefusedError(stale(self.hub))
        resources = running.by_key()
        for resource in goes:
            if not isinstance(resource, Stray):
                resources.pop(key_of(resource), None)
        resources |= {key_of(each): each for each in comes if not isinstance(each, Stray)}
        gone = {each for each in goes if isinstance(each, Stray)}
        strays = [each for each in running.strays if each not in gone]
        strays += [each for each in comes if isinstance(each, Stray)]
        turned = DeviceState.of(resources.values(), strays)
        if fingerprint(turned) != promised:
            raise RefusedError(
                Problem(
                    code="KSZ903",
                    what=f"{self.hub}: what the plan would make of it is not what it promises",
                    fix="make a new plan; this one was not made by this program",
                )
            )
        return turned


def stale(hub: str) -> Problem:
    """Why a plan for *hub* may not be applied once the hub holds something else."""
    return Problem(
        code="KSZ932",
        what=f"{hub}: it does not hold in our territory what it held when the plan was made",
        fix="see what changed with `ksz-netops audit`, then make a new plan",
    )


class Plan(_Frozen):
    """What will be done, to be signed as it is."""

    format: Literal["ksz-netops plan 1"] = FORMAT
    author: Principal
    purpose: Annotated[str, Field(pattern=r"^[ -~]{0,200}$")] = ""
    """What it is for: printable ASCII; `revert of 12` where it undoes record 12."""
    made_at: Moment
    not_after: Moment
    intent: dict[str, Hexadecimal]
    """SHA-256 of each file of the inventory on which it rests."""
    record: str = ""
    """Head of the record when it was made: whoever signs the plan also signs the record so far."""
    hubs: tuple[HubPlan, ...]

    @property
    def revision(self) -> str:
        """The intent on which it rests, in one digest."""
        return digest(json.dumps(self.intent, sort_keys=True))

    @property
    def partners(self) -> tuple[str, ...]:
        """Whom it touches on any hub."""
        return tuple(sorted({each for hub in self.hubs for each in hub.reach.touched}))

    def as_bytes(self) -> bytes:
        """The one way in which this plan is written."""
        text = json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True)
        return f"{text}\n".encode()

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, by which it is called everywhere else."""
        return digest(self.as_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One hub for which a plan is wanted."""

    name: str
    platform: Platform
    running: DeviceState
    intended: DeviceState


def make_plan(  # noqa: PLR0913 - what a plan says about itself, all by keyword
    hubs: Iterable[Planned],
    *,
    author: str,
    made_at: datetime,
    not_after: datetime,
    intent: Mapping[str, str],
    record: str = "",
    purpose: str = "",
) -> Plan:
    """The plan that turns what each hub holds into what it must hold, without those that hold it.

    Raises:
        UnsupportedError: If a platform cannot hold what is intended.
        CommitError: If a platform knows no way there that is safe throughout.
        RefusedError: If the author or the purpose cannot stand in a plan.
    """
    try:
        return Plan(
            author=author,
            purpose=purpose,
            made_at=made_at.replace(microsecond=0),
            not_after=not_after.replace(microsecond=0),
            intent=dict(intent),
            record=record,
            hubs=tuple(_hub_plan(each) for each in hubs if each.running != each.intended),
        )
    except ValidationError as error:
        raise RefusedError(_unfit(error)) from error


def _hub_plan(hub: Planned) -> HubPlan:
    hub.platform.check(hub.intended)
    change = difference(hub.running, hub.intended)
    reach = blast(hub.running, hub.intended)
    return HubPlan(
        hub=hub.name,
        platform=hub.platform.name,
        before=fingerprint(hub.running),
        after=fingerprint(hub.intended),
        goes=(*change.removed, *(each.before for each in change.changed), *change.strays_gone),
        comes=(*change.added, *(each.after for each in change.changed), *change.strays_new),
        changes=tuple(change.lines()),
        commands=hub.platform.commands(hub.running, hub.intended),
        safety=reasons(hub.platform, hub.running, hub.intended),
        reach=Reach(
            touched=reach.touched,
            through_shared=reach.through_shared,
            permits_changed=reach.permits_changed,
            identical=reach.identical,
        ),
    )


def read_plan(raw: bytes) -> Plan:
    """The plan that *raw* holds, if it is written in the one way.

    Raises:
        RefusedError: If it is damaged, or written in any other way.
    """
    try:
        data: Any = json.loads(raw)
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise RefusedError(_unfit(error)) from error
    except (ValueError, RecursionError) as error:
        why = f"it is not JSON: {error}" if str(error) else "it is nested too deeply"
        raise RefusedError(_damaged(why)) from error
    if plan.as_bytes() != raw:
        raise RefusedError(
            Problem(
                code="KSZ902",
                what="the plan is not written as `ksz-netops plan` writes it",
                fix="use the very file that was made; do not format it or change its line ends",
            )
        )
    return plan


def _damaged(why: str) -> Problem:
    return Problem(code="KSZ901", what=f"not a plan: {why}", fix="make it with `ksz-netops plan`")


def _unfit(error: ValidationError) -> list[Problem]:
    return [
        _damaged(f"{'.'.join(str(step) for step in each['loc']) or 'the file'}: {each['msg']}")
        for each in error.errors()
    ]
