"""What the record proves by itself: the plans in it, and what their approvers signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from ksz_netops.change.plan.plan import Plan
from ksz_netops.errors import Problem
from ksz_netops.signing.ssh_signatures import belongs_to, parse_signature
from ksz_netops.state.encoding import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ksz_netops.change.record.chain import Entry, Record


def verify_record(record: Record, heads: Mapping[str, str] | None = None) -> Iterator[Problem]:
    """Everything for which *record* is not to be believed.

    Beside the chain itself: the plan of each change must be the one that its approvers signed, and
    the record must lead through the head that the plan names.

    Args:
        record: The record.
        heads: Heads that were kept elsewhere, each with where it was kept.
    """
    begun = [entry for entry in record.entries() if entry.event == "begun"]
    signed = {
        str(entry.body["content"].get("record")): f"the plan of entry {entry.number}"
        for entry in begun
        if isinstance(entry.body.get("content"), dict) and entry.body["content"].get("record")
    }
    yield from record.problems({**signed, **(heads or {})})
    for entry in begun:
        why = _unproven(entry)
        if why:
            yield Problem(
                code="KSZ955",
                what=f"entry {entry.number}: {why}",
                fix="do not trust it; compare it with the plan and its signatures as they were",
            )


def _unproven(entry: Entry) -> str:
    """Why the plan in *entry* is not the one that was signed; empty where it is."""
    try:
        raw = Plan.model_validate(entry.body["content"]).as_bytes()
        signatures = [each["signature"] for each in entry.body["signatures"]]
    except (ValidationError, KeyError, TypeError):
        return "it does not hold a plan with its signatures"
    if not signatures:
        return "nobody signed its plan"
    if digest(raw) != entry.body.get("plan"):
        return "its plan has another digest"
    try:
        if all(belongs_to(parse_signature(each), raw) for each in signatures):
            return ""
    except ValueError as error:
        return f"a signature is {error}"
    return "a signature is not over its plan"


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
