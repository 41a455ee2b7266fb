"""Who signed a document: one verification for plans, records, waivers and acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import Problem
from ksz_netops.signing.ssh_signatures import belongs_to, parse_signature, verified_by_openssh

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from ksz_netops.signing.signers import Signers


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature that holds over a document."""

    principal: str
    namespace: str
    key: str
    """Fingerprint of the public key."""
    armored: str


def verify_signature(
    raw: bytes, text: str, *, signers: Signers, at: datetime, namespaces: Collection[str]
) -> Signed | Problem:
    """Who signed *raw* with the signature *text*, or why it is no signature of anybody.

    Args:
        raw: The document.
        text: The signature in armour.
        signers: The people whose signatures count.
        at: When the signer's key must be valid.
        namespaces: The purposes for which a signature counts.
    """
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
    if signature.namespace not in namespaces:
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
