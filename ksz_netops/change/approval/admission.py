"""Whether a plan may be applied: who signed its bytes, and what the policy makes of that.

Nothing here touches a hub. Whatever is doubtful refuses, and each reason has a code of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.change.plan.inventory_digest import rests_on
from ksz_netops.change.plan.plan import read_plan
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.signing.ssh_signatures import belongs_to, parse_signature, verified_by_openssh
from ksz_netops.state.encoding import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ksz_netops.change.approval.policy import Policy
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.signing.signers import Signers

APPROVAL: Final = "approval@ksz-netops"
"""The namespace in which a signature says: this may be done."""
AUTHORSHIP: Final = "authorship@ksz-netops"
"""The namespace in which a signature says: the author of this is who it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature over the plan that holds."""

    principal: str
    namespace: str
    key: str
    """Fingerprint of the public key."""
    armored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A plan that may be applied now, and who said so."""

    plan: Plan
    raw: bytes
    approvals: tuple[Signed, ...]
    """One for each approver."""
    authorship: Signed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands on our side when a plan is judged."""

    signers: Signers
    policy: Policy
    files: Mapping[str, str]
    """SHA-256 of the inventory's files as they are now."""
    used: Callable[[str], bool]
    """Whether the plan with this digest was ever begun."""


def admit(raw: bytes, signatures: Sequence[str], ground: Ground, at: datetime) -> Admitted:
    """The plan that *raw* holds, where everything allows to apply it at this moment.

    Raises:
        RefusedError: With everything that forbids it.
    """
    admitted, problems = judge(raw, signatures, ground, at)
    problems += ground.policy.forbids(admitted.plan, at)
    if ground.used(digest(raw)):
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
    raw: bytes, signatures: Sequence[str], ground: Ground, at: datetime
) -> tuple[Admitted, list[Problem]]:
    """The plan with the signatures that hold, and what its approval lacks at any moment.

    Raises:
        RefusedError: If it is not a plan.
    """
    plan = read_plan(raw)
    problems = list(_unlike(plan, ground.files))
    held: dict[tuple[str, str], Signed] = {}
    for text in signatures:
        signed = _signed(raw, text, ground.signers, at)
        if isinstance(signed, Problem):
            problems.append(signed)
        else:
            held[signed.namespace, signed.principal] = signed
    approvals = {who: each for (use, who), each in held.items() if use == APPROVAL}
    vouched = {who: each for (use, who), each in held.items() if use == AUTHORSHIP}
    own = approvals.pop(plan.author, None)
    if own is not None:
        problems.append(
            Problem(
                code="KSZ915",
                what=f"{plan.author} is the author and cannot approve",
                fix="ask somebody else",
            )
        )
    needed = ground.policy.needed(plan)
    if len(approvals) < needed:
        problems.append(
            Problem(
                code="KSZ916",
                what=f"approved by {_people(approvals)}; the policy asks for {needed}",
                fix="have it approved with `ksz-netops approve`",
            )
        )
    problems.extend(_author_doubts(plan, ground, vouched))
    witness = vouched.get(plan.author) or next(
        (vouched[each] for each in ground.policy.attesters if each in vouched), None
    )
    admitted = Admitted(
        plan=plan,
        raw=raw,
        approvals=tuple(approvals[who] for who in sorted(approvals)),
        authorship=witness,
    )
    return admitted, problems


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


def _author_doubts(plan: Plan, ground: Ground, vouched: Mapping[str, Signed]) -> Iterator[Problem]:
    policy = ground.policy
    if plan.author not in ground.signers.principals | {*policy.authors}:
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


def _signed(raw: bytes, text: str, signers: Signers, at: datetime) -> Signed | Problem:
    """Who signed *raw*, or why the signature says something else or nothing."""
    try:
        signature = parse_signature(text)
    except ValueError as error:
        return Problem(
            code="KSZ910", what=f"a signature is {error}", fix="sign with `ksz-netops approve`"
        )
    principal = signers.by_key.get(signature.key)
    if principal is None:
        return Problem(
            code="KSZ912",
            what=f"the key {signature.key_fingerprint} belongs to nobody in allowed_signers",
            fix="let somebody sign who is named there",
        )
    if signature.namespace not in {APPROVAL, AUTHORSHIP}:
        return Problem(
            code="KSZ911",
            what=f"{principal} signed for {signature.namespace!r}, which is no approval",
            fix="sign with `ksz-netops approve`",
        )
    if not belongs_to(signature, raw):
        return Problem(
            code="KSZ913",
            what=f"the signature of {principal} is not over this plan",
            fix="compare the digests; whoever approves must see this very plan",
        )
    complaint = verified_by_openssh(
        signature, raw, signers=signers.text, principal=principal, at=at
    )
    if complaint:
        return Problem(
            code="KSZ914",
            what=f"ssh-keygen does not accept the signature of {principal}: {complaint}",
            fix="see the options of the key in allowed_signers",
        )
    return Signed(
        principal=principal,
        namespace=signature.namespace,
        key=signature.key_fingerprint,
        armored=signature.armored,
    )
