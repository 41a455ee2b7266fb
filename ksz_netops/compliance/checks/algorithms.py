"""What was negotiated against what a profile allows.

A profile names algorithms as strongSwan's proposals do (`aes256gcm16-prfsha384-ecp384`), a daemon
reports them as IANA does (`AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384`).
"""

from __future__ import annotations

import re
from typing import Final

_INTEGRITY: Final = {
    "sha1": "HMAC_SHA1_96",
    "sha256": "HMAC_SHA2_256_128",
    "sha384": "HMAC_SHA2_384_192",
    "sha512": "HMAC_SHA2_512_256",
}
_RANDOM: Final = {
    "sha1": "PRF_HMAC_SHA1",
    "sha256": "PRF_HMAC_SHA2_256",
    "sha384": "PRF_HMAC_SHA2_384",
    "sha512": "PRF_HMAC_SHA2_512",
}
_GROUP: Final = re.compile(
    r"(?P<ecp>ecp(?P<ecp_bits>\d+))|(?P<modp>modp(?P<modp_bits>\d+))|(?P<x>(?:x|curve)(?P<curve>25519|448))"
)
_ADDED: Final = re.compile(r"ke(?P<round>\d)_mlkem(?P<size>\d+)")
_AES: Final = re.compile(r"aes(?P<bits>128|192|256)(?:(?P<mode>gcm|ccm)(?P<tag>8|12|16))?")
_KEY_EXCHANGE: Final = re.compile(r"(?:ECP_|MODP_|CURVE_|(?:KE\d_)?ML_KEM_)")


def within(observed: str, proposals: tuple[str, ...], *, child: bool) -> bool | None:
    """Whether *observed* is one of *proposals*; None where either is not understood.

    Of a *child* SA the key exchange may be missing: it is shown only after a rekey.
    """
    parts = frozenset(filter(None, observed.split("/")))
    allowed = [_algorithms(proposal, child=child) for proposal in proposals]
    if not parts or not all(allowed):
        return None
    for each in allowed:
        if each is None:
            continue
        without = frozenset(part for part in each if not _KEY_EXCHANGE.match(part))
        if parts == each or (child and parts == without):
            return True
    return False


def _algorithms(proposal: str, *, child: bool) -> frozenset[str] | None:
    found: set[str] = set()
    tokens = proposal.split("-")
    has_prf = any(token.startswith("prf") for token in tokens)
    for token in tokens:
        if token in _INTEGRITY:
            found.add(_INTEGRITY[token])
            if not child and not has_prf:
                # strongSwan takes the integrity algorithm's hash for a PRF that is not named.
                found.add(_RANDOM[token])
        elif (name := _algorithm(token)) is not None:
            found.add(name)
        else:
            return None
    return frozenset(found)


def _algorithm(token: str) -> str | None:
    if token.startswith("prf"):
        return _RANDOM.get(token.removeprefix("prf"))
    if match := _AES.fullmatch(token):
        mode = f"{match['mode'].upper()}_{match['tag']}" if match["mode"] else "CBC"
        return f"AES_{mode}-{match['bits']}"
    if match := _ADDED.fullmatch(token):
        return f"KE{match['round']}_ML_KEM_{match['size']}"
    if match := _GROUP.fullmatch(token):
        if match["ecp"]:
            return f"ECP_{match['ecp_bits']}"
        return f"MODP_{match['modp_bits']}" if match["modp"] else f"CURVE_{match['curve']}"
    return None
