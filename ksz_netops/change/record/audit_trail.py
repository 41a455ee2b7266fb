"""What the record proves by itself: its plans, who signed them, and what they were filed under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from ksz_netops.change.plan.plan import Plan
from ksz_netops.errors import Problem
from ksz_netops.signing.verification import Signed, verify_signature
from ksz_netops.state.encoding import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ksz_netops.change.record.chain import Entry, Record
    from ksz_netops.signing.signers import Signers

_NAMESPACES: Final = frozenset({"approval@ksz-netops", "authorship@ksz-netops"})
_UNSIGNED: Final = frozenset({"direct", "emergency"})


def verify_record(
    record: Record, heads: Mapping[str, str] | None = None, *, signers: Signers | None
) -> Iterator[Problem]:
    """Yields every reason not to believe *record*.

    Args:
        record: The record.
        heads: Heads that were kept elsewhere, each with where it was kept.
        signers: The people whose signatures count, with the days on which they do.
    """
    entries = list(record.entries())
    begun = [entry for entry in entries if entry.event == "begun"]
    signed = {
        str(entry.body["content"].get("record")): f"the plan of entry {entry.number}"
        for entry in begun
        if isinstance(entry.body.get("content"), dict) and entry.body["content"].get("record")
    }
    yield from record.problems({**signed, **(heads or {})})
    plans: dict[object, Plan] = {}
    for entry in begun:
        why = _why_unproven(entry, plans, signers)
        if why:
            yield _problem(entry, why)
    for entry in entries:
        if entry.event not in {"ended", "recovered"}:
            continue
        plan = plans.get(entry.body.get("plan"))
        if plan is None:
            yield _problem(entry, "it ends a change that never began")
        elif not _is_filed_under(entry, plan):
            yield _problem(entry, "it is filed under other partners or hubs than its plan touches")


def _problem(entry: Entry, why: str) -> Problem:
    return Problem(
        code="KSZ955",
        what=f"entry {entry.number}: {why}",
        fix="do not trust it; compare it with the plan and its signatures as they were",
    )


def _why_unproven(entry: Entry, plans: dict[object, Plan], signers: Signers | None) -> str:
    """Why *entry* is not the beginning of an admitted change; adds its plan to *plans*."""
    body = entry.body
    try:
        plan = Plan.model_validate(body["content"])
        signatures = [dict(each) for each in body["signatures"]]
        basis = body["basis"]
    except (ValidationError, KeyError, TypeError, ValueError):
        return "it does not hold a plan with its signatures"
    raw = plan.as_bytes()
    if digest(raw) != body.get("plan"):
        return "its plan has another digest"
    if body["plan"] in plans:
        return "its plan was used before"
    plans[body["plan"]] = plan
    if not _is_filed_under(entry, plan):
        return "it is filed under other partners or hubs than its plan touches"
    number, _, _ = plan.record.partition(":")
    if number and int(number) >= entry.number:
        return "its plan names a head that came after it"
    return _why_unsigned(entry, raw, signatures, signers) or _why_unapproved(
        plan, str(basis), signatures
    )


def _why_unsigned(
    entry: Entry, raw: bytes, signatures: list[dict[str, object]], signers: Signers | None
) -> str:
    """Why one of *signatures* is not the signature of whom *entry* names; empty where all are."""
    if signatures and signers is None:
        return "nobody can tell whose its signatures are: the inventory has no allowed_signers"
    if signers is None:
        return ""
    for each in signatures:
        found = verify_signature(
            raw, str(each.get("signature")), signers=signers, at=entry.at, namespaces=_NAMESPACES
        )
        if not isinstance(found, Signed):
            return f"a signature does not hold: {found.what}"
        said = (each.get("principal"), each.get("for"), each.get("key"))
        if said != (found.principal, found.namespace, found.key):
            return f"a signature is of {found.principal}, not of {said[0]}"
    return ""


def _why_unapproved(plan: Plan, basis: str, signatures: list[dict[str, object]]) -> str:
    if basis in _UNSIGNED:
        return ""
    if basis != "approved":
        return f"it does not say on which basis it was made, but {basis!r}"
    approvers = {each["principal"] for each in signatures if each["for"] == "approval@ksz-netops"}
    return "" if approvers - {plan.author} else "nobody but its author signed its plan"


def _is_filed_under(entry: Entry, plan: Plan) -> bool:
    """Whether partners and hubs under which *entry* is found are those of *plan*."""
    hubs = entry.body.get("hubs")
    return (
        entry.body.get("partners") == list(plan.partners)
        and isinstance(hubs, dict)
        and hubs.keys() == {part.hub for part in plan.hubs}
    )


def shown(
    entries: Iterable[Entry], *, partner: str | None, hub: str | None, since: str | None
) -> Iterator[Entry]:
    """Those of *entries* that concern *partner* and *hub*, from the day *since* (UTC) on."""
    for entry in entries:
        if partner is not None and partner not in entry.body.get("partners", ()):
            continue
        if hub is not None and hub not in entry.body.get("hubs", {}):
            continue
        if since is not None and f"{entry.at:%F}" < since:
            continue
        yield entry
