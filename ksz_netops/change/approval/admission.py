"""Whether a plan may be applied: who signed its bytes, and what the policy asks for.

Nothing here touches a hub. Whatever is doubtful refuses, and each reason has a code of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ksz_netops.change.plan.inventory_digest import rests_on
from ksz_netops.change.plan.plan import read_plan
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.signing.verification import Signed, verify_signature
from ksz_netops.state.encoding import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ksz_netops.change.approval.policy import Policy
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.signing.signers import Signers

APPROVAL: Final = "approval@ksz-netops"
"""The namespace in which a signature says: this may be done."""
AUTHORSHIP: Final = "authorship@ksz-netops"
"""The namespace in which a signature says: the author of this is who it says."""


class Basis(StrEnum):
    """Why a change may be made."""

    APPROVED = "approved"
    """Other people than the author have signed it."""
    DIRECT = "direct"
    """The policy lets one person be author and approver."""
    EMERGENCY = "emergency"
    """Somebody gave a reason and went past the policy; others acknowledge it afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A plan that may be applied now, and why."""

    plan: Plan
    basis: Basis = Basis.APPROVED
    reason: str = ""
    """Of an emergency."""
    approvals: tuple[Signed, ...] = ()
    """One for each approver."""
    authorship: Signed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionInputs:
    """Local inputs of admission: signers, policy, inventory, record."""

    signers: Signers
    policy: Policy
    files: Mapping[str, str]
    """SHA-256 of the inventory's files as they are now."""
    is_used: Callable[[str], bool]
    """Whether the plan with this digest was ever begun."""
    leads_through: Callable[[str], bool]
    """Whether the record leads through this head."""
    provenance: Callable[[Plan], Iterable[Problem]]
    """Why a plan follows neither from the inventory nor from an entry of the record."""


def admit(raw: bytes, signatures: Sequence[str], inputs: AdmissionInputs, at: datetime) -> Admitted:
    """The plan that *raw* holds, where everything allows to apply it at this moment.

    Raises:
        RefusedError: With everything that forbids it.
    """
    admitted, problems = judge(raw, signatures, inputs, at)
    problems += inputs.policy.forbids(admitted.plan, at)
    if inputs.is_used(digest(raw)):
        problems.append(
            Problem(
                code="KSZ930",
                what="the plan was applied before, and a plan is used once",
                fix="make a new plan and have it approved",
            )
        )
    if problems:
        raise RefusedError(problems)
    return admitted


def judge(
    raw: bytes, signatures: Sequence[str], inputs: AdmissionInputs, at: datetime
) -> tuple[Admitted, list[Problem]]:
    """The plan with the signatures that hold, and what its approval lacks at any moment.

    Raises:
        RefusedError: If it is not a plan.
    """
    plan = read_plan(raw)
    problems = list(doubts(plan, inputs))
    held: dict[tuple[str, str], Signed] = {}
    for text in signatures:
        signed = verify_signature(
            raw, text, signers=inputs.signers, at=at, namespaces={APPROVAL, AUTHORSHIP}
        )
        if isinstance(signed, Problem):
            problems.append(signed)
        else:
            held[signed.namespace, signed.principal] = signed
    approvals = {who: each for (use, who), each in held.items() if use == APPROVAL}
    vouched = {who: each for (use, who), each in held.items() if use == AUTHORSHIP}
    if approvals.pop(plan.author, None) is not None:
        problems.append(own_approval(plan.author))
    needed = inputs.policy.needed(plan)
    if len(approvals) < needed:
        problems.append(
            Problem(
                code="KSZ916",
                what=f"approved by {_people(approvals)}; the policy asks for {needed}",
                fix="have it approved with `ksz-netops approve`",
            )
        )
    problems.extend(_author_doubts(plan, inputs, vouched))
    witness = vouched.get(plan.author) or next(
        (vouched[each] for each in inputs.policy.attesters if each in vouched), None
    )
    admitted = Admitted(
        plan=plan,
        approvals=tuple(approvals[who] for who in sorted(approvals)),
        authorship=witness,
    )
    return admitted, problems


def doubts(plan: Plan, inputs: AdmissionInputs) -> Iterator[Problem]:
    """Why *plan* is not one of this inventory and this record, whoever signed it."""
    unlike = list(_unlike(plan, inputs.files))
    yield from unlike
    if not inputs.leads_through(plan.record):
        yield Problem(
            code="KSZ937",
            what=f"the record does not lead through {plan.record or 'any head'}, "
            "which the plan names",
            fix="name the record for which the plan was made, or make a new plan",
        )
    if not unlike:
        yield from inputs.provenance(plan)


def own_approval(author: str) -> Problem:
    """Why *author* cannot approve."""
    return Problem(
        code="KSZ915",
        what=f"{author} is the author and cannot approve",
        fix="ask somebody else",
    )


def _people(approvals: Mapping[str, Signed]) -> str:
    return ", ".join(sorted(approvals)) or "nobody"


def _unlike(plan: Plan, files: Mapping[str, str]) -> Iterator[Problem]:
    """What the inventory says differently now, or never said."""
    hubs = [each.hub for each in plan.hubs]
    needed = rests_on(files, hubs=hubs, partners=plan.partners)
    for name in sorted(plan.intent.keys() | needed.keys()):
        if files.get(name) != plan.intent.get(name):
            was, is_now = name in plan.intent, name in files
            state = "changed" if was and is_now else "missing" if was else "new"
            yield Problem(
                code="KSZ931",
                what=f"{name} is {state}, so that the plan is for another inventory or another day",
                fix="take the inventory for which it was made, or make a new plan",
            )


def _author_doubts(
    plan: Plan, inputs: AdmissionInputs, vouched: Mapping[str, Signed]
) -> Iterator[Problem]:
    policy = inputs.policy
    if plan.author not in inputs.signers.principals | {*policy.authors}:
        yield Problem(
            code="KSZ917",
            what=f"the author {plan.author} is not known, so that approval by the author cannot be "
            "excluded",
            fix="name the author in allowed_signers, or in `authors` of approval.yml",
        )
    elif policy.author_signs and not vouched.keys() & {plan.author, *policy.attesters}:
        yield Problem(
            code="KSZ918",
            what=f"nobody vouches that {plan.author} is the author",
            fix="make the plan with `ksz-netops plan --key`, or have an attester sign it",
        )
