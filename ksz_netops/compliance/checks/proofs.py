"""The one-official-IP rule as a check: proven of the filters that a hub holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.view import Judgement
from ksz_netops.proof import Certificate, Leak, Unproven, prove_hub
from ksz_netops.state.resources import PartnerFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops import proof
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.resources import DeviceState, Owner


def proofs(check: str, desired: DeviceState, reading: Reading) -> Iterator[Finding]:
    """A finding for each connection with a filter: its certificate, or a packet that refutes it."""
    wanted = {each.owner: each for each in desired if isinstance(each, PartnerFilter)}
    judged: dict[Owner, Judgement]
    if reading.state is None:
        unread = Judgement(verdict=Verdict.UNKNOWN, reason=f"not read: {reading.why}")
        judged = dict.fromkeys(wanted, unread)
    else:
        judged = {
            owner: _judgement(judgement)
            for owner, judgement in prove_hub(reading.state, desired).items()
        }
    for owner, judgement in judged.items():
        intended = wanted.get(owner)
        yield Finding(
            check=check,
            verdict=judgement.verdict,
            hub=reading.hub,
            partner=owner.partner,
            connection=owner.connection,
            expected=f"{intended.official} to {len(intended.permits)} permits and nothing else"
            if intended
            else "nothing",
            observed=judgement.observed,
            reason=judgement.reason,
            origin=intended.origin if intended else None,
            evidence=reading.commands.get(PartnerFilter.kind, ""),
        )


def _judgement(judgement: proof.Judgement) -> Judgement:
    match judgement:
        case Certificate():
            observed = f"{judgement}; certificate {judgement.digest}"
            return Judgement(verdict=Verdict.COMPLIANT, observed=observed)
        case Leak():
            return Judgement(
                verdict=Verdict.VIOLATED,
                observed=str(judgement.packet),
                reason=f"a packet passes that must not: {judgement.packet}, by {judgement.rule}",
            )
        case Unproven():
            return Judgement(verdict=Verdict.UNKNOWN, reason=str(judgement))
        case _:
            assert_never(judgement)
