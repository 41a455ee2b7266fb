"""The checks on conditions that are not on a device: what a partner owes, and what has run out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import AUTHORISATION, EFFORT, HELPDESK, KINDS, TWO_TUNNELS
from ksz_netops.compliance.checks.check import INTENT, NOTE, Check, IntentContext
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.intent.models import Authorisation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Connection

REASONABLE_EFFORT_DAYS: Final = 3
"""The note: "within a reasonable term, for example three man-days"."""
_WITHIN_EFFORT: Final = f"up, or not more than {REASONABLE_EFFORT_DAYS} man-days spent"


def helpdesk_complete(context: IntentContext) -> Iterator[Judgement]:
    """Each partner can be reached by those who run the connection."""
    expected = "name, e-mail, phone, hours and languages"
    for partner in context.partners:
        doubts = Doubts()
        for name in ("name", "email", "phone", "hours", "languages"):
            value = getattr(partner.helpdesk, name)
            if not (value.strip() if isinstance(value, str) else value):
                doubts.wrong.append(f"the helpdesk's {name} is missing")
        observed = "; ".join(doubts.wrong) or expected
        yield doubts.judgement(expected=expected, observed=observed).about(partner.id, None)


def access_authorised(context: IntentContext) -> Iterator[Judgement]:
    """Every flow and every account has an authorisation, and none is past its last day.

    A partner without any has nothing to judge.
    """
    expected = "an authorisation in force for every flow and account"
    for partner in context.partners:
        asked = [
            *(Authorisation(f"flow {f.to}", f.authorisation, f.until) for f in partner.flows),
            *(each for connection in partner.connections for each in connection.authorisations()),
        ]
        doubts = Doubts()
        for opens, reference, until in asked:
            if not reference.strip():
                doubts.wrong.append(f"{opens} has no authorisation")
            if until is not None and context.on > until:
                closed = "the flow is closed" if opens.startswith("flow ") else "it is closed"
                doubts.wrong.append(f"{opens}: {reference} ended on {until}, {closed}")
        judgement = doubts.judgement(
            expected=expected, observed="; ".join(doubts.wrong) or expected
        )
        if not asked:
            judgement = Judgement(verdict=Verdict.NOT_APPLICABLE, observed="nothing is opened")
        yield judgement.about(partner.id, None)


def effort_reasonable(context: IntentContext) -> Iterator[Judgement]:
    """Not too much work went into a connection that does not come up."""
    for partner in context.partners:
        for connection in partner.connections:
            spent = connection.effort_days
            if spent == 0:
                judgement = Judgement(verdict=Verdict.NOT_APPLICABLE, observed="no work was logged")
                yield judgement.about(partner.id, connection.id)
            elif spent is not None:
                yield _effort(context, partner.id, connection, spent)


def _effort(
    context: IntentContext, partner: str, connection: Connection, spent: float
) -> Judgement:
    seen = context.by_check.get(("tunnel-up", partner, connection.id))
    tunnel = seen.verdict if seen is not None else Verdict.UNKNOWN
    state = {Verdict.COMPLIANT: "up", Verdict.UNKNOWN: "not seen"}.get(tunnel, "not up")
    verdict, reason, cause = Verdict.COMPLIANT, "", EFFORT
    if spent > REASONABLE_EFFORT_DAYS and tunnel is not Verdict.COMPLIANT:
        verdict = Verdict.UNKNOWN if tunnel is Verdict.UNKNOWN else Verdict.VIOLATED
        reason = (
            f"{spent:g} man-days spent and the tunnel is {state}; "
            "consider another way of connecting with the partner"
        )
        if verdict is Verdict.UNKNOWN and seen is not None:
            cause = KINDS[seen.cause]
    return Judgement(
        verdict=verdict,
        expected=_WITHIN_EFFORT,
        observed=f"{spent:g} man-days spent, the tunnel is {state}",
        reason=reason,
        partner=partner,
        connection=connection.id,
        cause=cause,
    )


def one_tunnel_is_up(context: IntentContext) -> Iterator[Judgement]:
    """Of the tunnels that a partner has to several hubs one is up.

    With two the partner's gateway sends by the one that came up last, which no hub can know. An
    answer that comes by the other hub belongs to no session there, and is dropped.
    """
    for partner in context.partners:
        found = [
            finding
            for connection in partner.connections
            if (finding := context.by_check.get(("tunnel-up", partner.id, connection.id)))
            and finding.verdict is not Verdict.NOT_APPLICABLE
        ]
        if not found:
            judgement = Judgement(verdict=Verdict.NOT_APPLICABLE, observed="no tunnel")
            yield judgement.about(partner.id, None)
            continue
        hubs = sorted({str(each.hub) for each in found if each.verdict is Verdict.COMPLIANT})
        several = len(hubs) > 1
        yield Judgement(
            verdict=Verdict.UNKNOWN if several else Verdict.COMPLIANT,
            expected="a tunnel to one hub at a time",
            observed=f"up: {', '.join(hubs) or 'none'}",
            reason=f"tunnels to {' and '.join(hubs)} are up at once; which one carries depends on "
            "which came up last, and answers by the other are dropped"
            if several
            else "",
            partner=partner.id,
            cause=TWO_TUNNELS if several else None,
        )


CHECKS: Final[tuple[Check[IntentContext], ...]] = (
    Check(
        id="helpdesk",
        title="The partner's technical contact",
        reads=INTENT,
        criterion="Name, e-mail, phone, hours and languages are given",
        source=f"{NOTE}: conditions for all",
        judge=helpdesk_complete,
        concerns=Question.IN_ORDER,
        cause=HELPDESK,
    ),
    Check(
        id="authorisation",
        title="The authorisations of flows and accounts",
        reads=INTENT,
        criterion="Every flow and account has one, and none is past its last day",
        source="KSZ: access in two steps, first the connection, then the authorisation",
        judge=access_authorised,
        concerns=Question.IN_ORDER,
        cause=AUTHORISATION,
    ),
    Check(
        id="one-tunnel",
        title="The tunnels of a partner who has several",
        reads="intent and observations",
        criterion="Not up to two hubs at once",
        source="A session is known to the hub on which it began",
        judge=one_tunnel_is_up,
        concerns=Question.UP,
        cause=TWO_TUNNELS,
    ),
    Check(
        id="effort",
        title="The work spent on a tunnel that is not up",
        reads="intent and observations",
        criterion=f"Up, or not more than {REASONABLE_EFFORT_DAYS} man-days spent",
        source=f"{NOTE}: internet, VPN",
        judge=effort_reasonable,
        concerns=Question.IN_ORDER,
        cause=EFFORT,
    ),
)
