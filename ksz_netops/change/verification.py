"""Verifies a change: the audit's checks of the touched partners, and no packet of others lost.

The audit judges what the hub held and did, over the connection that was opened after the commit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from ksz_netops.change.hub.undisturbed import undisturbed
from ksz_netops.compliance.checks.catalogue import HUB_CHECKS, check_hub
from ksz_netops.compliance.reading import Reading
from ksz_netops.errors import Problem
from ksz_netops.state.resources import (
    DeviceState,
    Handoff,
    PartnerFilter,
    Perimeter,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from ksz_netops.change.hub.outcome import ChangeEvidence, Snapshot
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.state.observations import Counter as PacketCounter

    Key = TypeVar("Key")
    Counters: TypeAlias = "tuple[tuple[Key, PacketCounter], ...]"

_LIVE: Final = frozenset(check.id for check in HUB_CHECKS if check.needs_far_end)
"""Checks that also need the far end of a line or tunnel."""


def verify_change(evidence: ChangeEvidence) -> Iterator[Problem]:
    """Yields every reason to roll the change back; none where it may stay."""
    yield from undisturbed(evidence)
    yield from _violations(evidence)
    yield from _new_drops(evidence)


def _violations(evidence: ChangeEvidence) -> Iterator[Problem]:
    """What the audit finds of the touched partners, and of the hub, that it did not find before.

    Whether a line or tunnel is up depends on its far end too: it must be if it was and is the same.
    """
    touched = frozenset(evidence.change.partners)
    before = {
        _place(each): each
        for each in _findings(evidence.hub, evidence.before.state, evidence.before, touched)
    }
    moved = _moved(evidence)
    for finding in _findings(evidence.hub, evidence.intended, evidence.after, touched):
        was = before.get(_place(finding))
        if finding.verdict.good or (was is not None and not was.verdict.good):
            continue
        if finding.check in _LIVE and (
            was is None or (finding.partner, finding.connection) in moved
        ):
            continue
        yield Problem(
            code="KSZ964",
            what=f"{evidence.hub}: after the commit, {finding}",
            fix="see the plan against the partner's file, then make a new plan",
        )


def _findings(
    hub: str, wanted: DeviceState, seen: Snapshot, partners: AbstractSet[str]
) -> Iterator[Finding]:
    """What the audit says of *partners* and of the hub itself."""
    reading = Reading(hub=hub, state=_part(seen.state, partners), observations=seen.observations)
    for finding in check_hub(_part(wanted, partners), reading):
        if finding.partner is None or finding.partner in partners:
            yield finding


def _part(state: DeviceState, partners: AbstractSet[str]) -> DeviceState:
    """What *state* has of *partners*, and of what all share."""
    return DeviceState.of(
        (
            # No change of ours sets the hub's base addresses, so none is to blame for them.
            replace(each, base=None) if isinstance(each, Perimeter) else each
            for each in state
            if each.owner.partner is None or each.owner.partner in partners
        ),
        state.strays,
    )


def _place(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.check, finding.partner, finding.connection


def _moved(evidence: ChangeEvidence) -> set[tuple[str | None, str | None]]:
    """The connections whose line or tunnel the change alters, so that the far end must follow."""
    change = evidence.change
    resources = (*change.added, *change.removed, *(each.after for each in change.changed))
    return {
        (each.owner.partner, each.owner.connection)
        for each in resources
        if isinstance(each, Tunnel | Handoff)
    }


def _new_drops(evidence: ChangeEvidence) -> Iterator[Problem]:
    """Yields the partners whom the change does not touch and whose packets are refused since.

    An address counts only on a way that its partner has alone: elsewhere anybody can write it in
    a packet, and so make a change fail.
    """
    touched = set(evidence.change.partners)
    filters = [each for each in evidence.intended if isinstance(each, PartnerFilter)]
    alone = {way for way, count in Counter(_ways(filters)).items() if count == 1}
    outside = {
        str(each.internet)
        for each in evidence.intended
        if isinstance(each, Perimeter) and each.internet
    }
    before, after = evidence.before.observations, evidence.after.observations
    refused = _growth(before.refused, after.refused)
    admitted = _growth(before.admitted, after.admitted)
    known = {key for key, _ in before.refused}
    for each in filters:
        if each.owner.partner in touched:
            continue
        ways = {str(entry.way) for entry in each.entries} & alone
        tunnelled = any(isinstance(entry.way, TunnelEnd) for entry in each.entries)
        passed = admitted.get(each.owner.token, 0) > 0
        dropped = sum(
            count
            for (port, source), count in refused.items()
            if source == each.official
            and (port in ways or (tunnelled and port not in outside))
            # What was refused before, and nothing else passed, is a fault of another day.
            and (passed or (port, source) not in known)
        )
        if dropped:
            yield Problem(
                code="KSZ965",
                what=f"{evidence.hub}: {dropped} packets of {each.owner.token} were refused since "
                "the hub was read, although the change does not touch it",
                fix="look at the partner with `ksz-netops audit`, then make a new plan",
            )


def _ways(filters: Iterable[PartnerFilter]) -> Iterator[str]:
    for each in filters:
        yield from {str(entry.way) for entry in each.entries}


def _growth(before: Counters[Key], after: Counters[Key]) -> dict[Key, int]:
    """By how many packets each counter grew; one that began anew is as large as it is."""
    was = {key: each.packets for key, each in before}
    grown = {key: each.packets - was.get(key, 0) for key, each in after}
    return {key: count if count >= 0 else count + was[key] for key, count in grown.items() if count}
