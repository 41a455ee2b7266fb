"""The one-official-IP rule as a check: proven of the filters that a hub holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from ksz_netops.compliance.causes import NOT_PROVEN, OPENED
from ksz_netops.compliance.checks.check import NOTE, Check, HubContext
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.view import Judgement
from ksz_netops.proof import Certificate, Leak, Unproven
from ksz_netops.state.resources import PartnerFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops import proof
    from ksz_netops.state.resources import Owner


def proofs(context: HubContext) -> Iterator[Judgement]:
    """For each connection with a filter its certificate, or a packet that refutes it."""
    wanted = {each.owner: each for each in context.desired if isinstance(each, PartnerFilter)}
    judged: dict[Owner, Judgement]
    state = context.reading.state
    doubt = state.doubted(PartnerFilter.kind) if state is not None else None
    if state is None or doubt is not None:
        reason = f"not read: {doubt.why if doubt else context.reading.why}"
        judged = {
            owner: Judgement(verdict=Verdict.UNKNOWN, reason=reason).about(
                owner.partner, owner.connection
            )
            for owner in wanted
        }
    else:
        judged = {
            owner: _judgement(result, owner, wanted.get(owner))
            for owner, result in context.proven.items()
        }
    yield from judged.values()


def _judgement(result: proof.Judgement, owner: Owner, intended: PartnerFilter | None) -> Judgement:
    verdict, observed, reason, cause = Verdict.COMPLIANT, "", "", None
    match result:
        case Certificate():
            observed = f"{result}; certificate {result.digest}"
        case Leak():
            verdict, observed, cause = Verdict.VIOLATED, str(result.packet), OPENED
            reason = f"a packet passes that must not: {result.packet}, by {result.rule}"
        case Unproven():
            verdict, reason, cause = Verdict.UNKNOWN, str(result), NOT_PROVEN
        case _:
            assert_never(result)
    expected = (
        f"{intended.official} to {len(intended.permits)} permits and nothing else"
        if intended
        else "nothing"
    )
    return Judgement(
        verdict=verdict,
        expected=expected,
        observed=observed,
        reason=reason,
        partner=owner.partner,
        connection=owner.connection,
        cause=cause,
        origin=intended.origin if intended else None,
    )


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="proof",
        title="The one-official-IP rule, proven of the filters as they were read back",
        reads=PartnerFilter.kind,
        criterion="No packet passes but from the official address to an authorised flow",
        source=f"{NOTE}: one single official IP address",
        judge=proofs,
        cause=OPENED,
        explains=frozenset({"filter", "flows", "orphans"}),
    ),
)
