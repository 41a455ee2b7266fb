"""The checks on conditions that are not on a device: what a partner owes, and what has run out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.checks.check import NOTE, Check
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.view import Doubts
from ksz_netops.methods.ipsec_vpn import IpsecVpn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from ksz_netops.compliance.view import Judgement
    from ksz_netops.intent.models import Connection, Intent, Partner

REASONABLE_EFFORT_DAYS: Final = 3
"""The note: "within a reasonable term, for example three man-days"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a condition is judged by beside the partner's file."""

    on: date
    tunnels: Mapping[tuple[str, str], Verdict]
    """By partner and connection, whether the tunnel is up, as far as it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCheck(Check):
    """A check on a partner as a whole."""

    judge: Callable[[Partner[Connection], Circumstances], Judgement]


def helpdesk_complete(partner: Partner[Connection], _: Circumstances) -> Judgement:
    """The partner can be reached by those who run the connection."""
    doubts = Doubts()
    for name in ("name", "email", "phone", "hours", "languages"):
        value = getattr(partner.helpdesk, name)
        if not (value.strip() if isinstance(value, str) else value):
            doubts.wrong.append(f"the helpdesk's {name} is missing")
    return doubts.judgement(expected="name, e-mail, phone, hours and languages")


def flows_authorised(partner: Partner[Connection], seen: Circumstances) -> Judgement:
    """Every flow bears its authorisation, and none is past its last day."""
    doubts = Doubts()
    for flow in partner.flows:
        if not flow.authorisation.strip():
            doubts.wrong.append(f"flow {flow.to} has no authorisation")
        if flow.until is not None and seen.on > flow.until:
            doubts.wrong.append(
                f"flow {flow.to}: {flow.authorisation} ended on {flow.until}, the flow is closed"
            )
    return doubts.judgement(expected="an authorisation in force for every flow")


PARTNER_CHECKS: Final[tuple[PartnerCheck, ...]] = (
    PartnerCheck(
        id="helpdesk",
        title="The partner's technical contact",
        reads="intent",
        criterion="Name, e-mail, phone, hours and languages are given",
        source=f"{NOTE}: conditions for all",
        judge=helpdesk_complete,
    ),
    PartnerCheck(
        id="authorisation",
        title="The authorisations of the flows",
        reads="intent",
        criterion="Every flow bears one, and none is past its last day",
        source="KSZ: access in two steps, first the connection, then the authorisation",
        judge=flows_authorised,
    ),
)

EFFORT: Final = Check(
    id="effort",
    title="The work spent on a tunnel that is not up",
    reads="intent and observations",
    criterion=f"Up, or not more than {REASONABLE_EFFORT_DAYS} man-days spent",
    source=f"{NOTE}: internet, VPN",
)


def check_conditions(
    intent: Intent, partners: frozenset[str], circumstances: Circumstances
) -> Iterator[Finding]:
    """One finding for each condition of each of *partners*."""
    for partner in intent.partners:
        if partner.id not in partners:
            continue
        for check in PARTNER_CHECKS:
            judgement = check.judge(partner, circumstances)
            yield Finding(
                check=check.id,
                verdict=judgement.verdict,
                partner=partner.id,
                expected=judgement.expected,
                observed=judgement.reason or judgement.expected,
                reason=judgement.reason,
                origin=intent.origins.get((partner.id,)),
            )
        for connection in partner.connections:
            if isinstance(connection, IpsecVpn):
                yield _effort(intent, partner.id, connection, circumstances)


def _effort(
    intent: Intent, partner: str, connection: IpsecVpn, circumstances: Circumstances
) -> Finding:
    spent = connection.effort_days
    tunnel = circumstances.tunnels.get((partner, connection.id), Verdict.UNKNOWN)
    state = {Verdict.COMPLIANT: "up", Verdict.UNKNOWN: "not seen"}.get(tunnel, "not up")
    verdict, reason = Verdict.COMPLIANT, ""
    if spent > REASONABLE_EFFORT_DAYS and tunnel is not Verdict.COMPLIANT:
        verdict = Verdict.UNKNOWN if tunnel is Verdict.UNKNOWN else Verdict.VIOLATED
        reason = (
            f"{spent:g} man-days spent and the tunnel is {state}; "
            "consider another way of connecting with the partner"
        )
    return Finding(
        check=EFFORT.id,
        verdict=verdict,
        partner=partner,
        connection=connection.id,
        expected=f"up, or not more than {REASONABLE_EFFORT_DAYS} man-days spent",
        observed=f"{spent:g} man-days spent, the tunnel is {state}",
        reason=reason,
        origin=intent.origins.get((partner, connection.id)),
    )
