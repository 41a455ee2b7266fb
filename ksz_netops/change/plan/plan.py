"""A plan: what will be done to which hubs, as data that people sign and a run applies.

A plan holds the difference between two states of each hub, the fingerprints of both states, the
digests of the inventory's files and the head of the record. It holds no sentence about itself:
`view` computes from the data what people are shown. A pre-shared key is a name and a fingerprint.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    model_validator,
)

from ksz_netops.errors import Problem, RefusedError
from ksz_netops.state.diff import difference
from ksz_netops.state.encoding import decode, digest, encode, fingerprint
from ksz_netops.state.resources import KINDS, DeviceState, Resource, Stray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.state.resources import ResourceKey

FORMAT: Final = "ksz-netops plan 2"
Hexadecimal = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
HubName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
PartnerId = Annotated[str, Field(pattern=r"^P\d{5}$")]
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


class HubPlan(_Frozen):
    """What will be done to one hub."""

    hub: HubName
    platform: str
    before: Hexadecimal
    """Fingerprint of what the hub held in our territory when the plan was made."""
    after: Hexadecimal
    """Fingerprint of what the hub will hold."""
    goes: tuple[Part, ...]
    """Resources and strays as they are now, including those that will be replaced."""
    comes: tuple[Part, ...]
    """Resources as they will be, including those that replace another."""
    stays: tuple[Part, ...]
    """Resources that do not change, as many as the commands and the reach depend on."""

    @model_validator(mode="after")
    def _has_two_states(self) -> Self:
        """Refuses parts that are not two states of one hub.

        Raises:
            ValueError: If two parts of one side have the same key.
        """
        if self.running == self.intended:
            message = "nothing changes on this hub"
            raise ValueError(message)
        return self

    @property
    def running(self) -> DeviceState:
        """What the hub holds now, as far as the plan says it."""
        return _state_of((*self.goes, *self.stays))

    @property
    def intended(self) -> DeviceState:
        """What the hub will hold, as far as the plan says it."""
        return _state_of((*self.comes, *self.stays))

    @property
    def partners(self) -> tuple[str, ...]:
        """The ids of the partners whose resources or strays change."""
        return difference(self.running, self.intended).partners

    @property
    def removed_partners(self) -> tuple[str, ...]:
        """The ids of the partners of whom this hub will hold nothing."""
        kept = {resource.owner.partner for resource in self.intended}
        lost = {resource.owner.partner for resource in self.running} - kept
        return tuple(sorted(partner for partner in lost if partner))

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of what comes or goes."""
        parts = (*self.goes, *self.comes)
        return frozenset("stray" if isinstance(part, Stray) else part.kind for part in parts)

    def applied_to(self, running: DeviceState) -> DeviceState:
        """What the hub will hold, from the state for which the plan was made.

        Raises:
            RefusedError: If *running* is another state, or the plan says what it does not hold.
        """
        return self._replaced(running, self.goes, self.comes, (self.before, self.after))

    def undone_on(self, running: DeviceState) -> DeviceState:
        """What the hub held, from the state that the plan made.

        Raises:
            RefusedError: If *running* is another state.
        """
        return self._replaced(running, self.comes, self.goes, (self.after, self.before))

    def _replaced(
        self,
        running: DeviceState,
        old: tuple[Resource | Stray, ...],
        new: tuple[Resource | Stray, ...],
        fingerprints: tuple[str, str],
    ) -> DeviceState:
        if fingerprint(running) != fingerprints[0]:
            raise RefusedError(stale(self.hub))
        leaving, coming, staying = _state_of(old), _state_of(new), _state_of(self.stays)
        held, replaced = running.by_key(), leaving.by_key()
        known = {**replaced, **staying.by_key()}
        if (
            any(held.get(key) != resource for key, resource in known.items())
            or (coming.by_key().keys() - replaced.keys()) & held.keys()
            or not set(leaving.strays) <= set(running.strays)
            or self._hides_something(running, known)
        ):
            raise RefusedError(_untrue(self.hub))
        resources = {key: each for key, each in held.items() if key not in replaced}
        strays = [stray for stray in running.strays if stray not in leaving.strays]
        changed = DeviceState.of(
            {**resources, **coming.by_key()}.values(), [*strays, *coming.strays]
        )
        if fingerprint(changed) != fingerprints[1]:
            raise RefusedError(_untrue(self.hub))
        return changed

    def _hides_something(self, running: DeviceState, known: Mapping[ResourceKey, Resource]) -> bool:
        """Whether a touched partner has more on the hub than the plan says.

        Nobody would see such a thing when the plan is shown, and it would stay.
        """
        touched = frozenset(self.partners)
        return any(
            resource.owner.partner in touched and key not in known
            for key, resource in running.by_key().items()
        )


def _state_of(parts: Iterable[Resource | Stray]) -> DeviceState:
    given = tuple(parts)
    return DeviceState.of(
        (part for part in given if not isinstance(part, Stray)),
        (part for part in given if isinstance(part, Stray)),
    )


def stale(hub: str) -> Problem:
    """Why a plan for *hub* may not be applied once the hub holds something else."""
    return Problem(
        code="KSZ932",
        what=f"{hub}: it does not hold in our territory what it held when the plan was made",
        fix="see what changed with `ksz-netops audit`, then make a new plan",
    )


def _untrue(hub: str) -> Problem:
    return Problem(
        code="KSZ903",
        what=f"{hub}: what the plan would make of it is not what it promises",
        fix="make a new plan; this one was not made by this program",
    )


class Plan(_Frozen):
    """What will be done, to be signed as it is."""

    format: Literal["ksz-netops plan 2"] = FORMAT
    author: Principal
    purpose: Annotated[str, Field(pattern=r"^[ -~]{0,200}$")] = ""
    """What the change is for: printable ASCII, such as a ticket."""
    made_at: Moment
    not_after: Moment
    intent: dict[str, Hexadecimal]
    """SHA-256 of each file of the inventory on which the plan rests."""
    record: Annotated[str, Field(pattern=r"^(\d{1,12}:[0-9a-f]{64})?$")] = ""
    """Head of the record when the plan was made: who signs the plan signs the record so far."""
    scope: tuple[PartnerId, ...] = ()
    """The partners to whom the plan was limited; empty where it was not."""
    undoes: Annotated[int, Field(ge=1)] | None = None
    """Number of the record's entry that the plan undoes; None where it follows the inventory."""
    hubs: tuple[HubPlan, ...]

    @model_validator(mode="after")
    def _has_each_hub_once(self) -> Self:
        """Refuses a hub that stands in the plan twice.

        Raises:
            ValueError: If one does.
        """
        if len({part.hub for part in self.hubs}) != len(self.hubs):
            message = "a hub stands in the plan twice"
            raise ValueError(message)
        return self

    @property
    def revision(self) -> str:
        """The files on which the plan rests, in one digest."""
        return digest(json.dumps(self.intent, sort_keys=True))

    @property
    def partners(self) -> tuple[str, ...]:
        """The ids of the partners whom it touches on any hub."""
        return tuple(sorted({partner for part in self.hubs for partner in part.partners}))

    def as_bytes(self) -> bytes:
        """The one way in which this plan is written."""
        text = json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True)
        return f"{text}\n".encode()

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, by which the plan is called everywhere else."""
        return digest(self.as_bytes())


def read_plan(raw: bytes) -> Plan:
    """The plan that *raw* holds, if it is written in the one way.

    Raises:
        RefusedError: If it is damaged, or written in any other way.
    """
    try:
        data: Any = json.loads(raw)
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise RefusedError(unfit(error)) from error
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


def unfit(error: ValidationError) -> list[Problem]:
    """The problems that *error* names, each with its place in the plan."""
    return [
        _damaged(f"{'.'.join(str(step) for step in each['loc']) or 'the file'}: {each['msg']}")
        for each in error.errors()
    ]


def _damaged(why: str) -> Problem:
    return Problem(code="KSZ901", what=f"not a plan: {why}", fix="make it with `ksz-netops plan`")
