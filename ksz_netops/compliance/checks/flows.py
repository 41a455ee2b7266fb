"""The check on the services opened for a partner: the permits, and what somebody added to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import CLOSED, OPENED
from ksz_netops.compliance.checks.check import Check, HubContext
from ksz_netops.compliance.checks.resources import held_as_intended
from ksz_netops.compliance.findings import Verdict
from ksz_netops.proof import Action, Leak, Openings, missing, rules_of
from ksz_netops.state.addresses import is_within, network_of
from ksz_netops.state.resources import PartnerFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.view import Judgement
    from ksz_netops.proof import Opening, Packet

_held = held_as_intended(PartnerFilter, "permits")


def flows(context: HubContext) -> Iterator[Judgement]:
    """For each connection whether what it may reach is what is authorised, neither more nor less.

    A rule that somebody put into the filter counts, whether or not a resource explains it.
    """
    for view in context.views:
        if view.partner is not None:
            judgement = _held(view)
            for intended in view.wanted(PartnerFilter).values():
                judgement = _with_foreign(judgement, context, intended)
            yield judgement.about(view.partner, view.connection)


def _with_foreign(judgement: Judgement, context: HubContext, intended: PartnerFilter) -> Judgement:
    """*judgement*, violated also where a foreign rule opens or closes something."""
    wrong = [judgement.reason] if judgement.verdict is Verdict.VIOLATED else []
    cause = judgement.cause if wrong else None
    openings = context.openings or Openings()
    opened = {opening.rule.statement for opening in openings.opened}
    result = context.proven.get(intended.owner)
    if isinstance(result, Leak) and result.rule.statement in opened:
        wrong.append(f"more than authorised passes: {result.packet}, by {result.rule}")
        cause = OPENED
    for closing in openings.closed:
        packet = _refused(closing, intended)
        if packet is not None:
            wrong.append(f"an authorised packet does not pass: {packet}, by {closing.rule}")
            cause = cause or CLOSED
            break
    if not wrong:
        return judgement
    return replace(judgement, verdict=Verdict.VIOLATED, reason="; ".join(wrong), cause=cause)


def _refused(closing: Opening, intended: PartnerFilter) -> Packet | None:
    """An authorised packet that the denial of *closing* drops, or None where there is none."""
    official = network_of(intended.official)
    if closing.entry not in intended.entries or any(
        is_within(official, source)
        for rule in closing.after
        if rule.action is Action.DENY
        for source in rule.sources
    ):
        return None
    return missing([closing.rule, *rules_of(intended)], intended.official, intended.permits)


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="flows",
        title="The extranet services opened for the partner",
        reads=PartnerFilter.kind,
        criterion="Permits equal to the authorised flows of the day, and no rule beside them",
        source="KSZ: flows are opened after authorisation",
        judge=flows,
    ),
)
