"""The words for algorithms: strongSwan's in resources, IOS's on the router.

A proposal that would not come back in the same words has no form here, and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ENCRYPTION: Final = {
    "aes128gcm16": "aes-gcm-128",
    "aes256gcm16": "aes-gcm-256",
    "aes128": "aes-cbc-128",
    "aes256": "aes-cbc-256",
}
_TRANSFORM: Final = {
    "aes128gcm16": "esp-gcm",
    "aes256gcm16": "esp-gcm 256",
    "aes128": "esp-aes",
    "aes256": "esp-aes 256",
}
_HASHES: Final = ("sha256", "sha384", "sha512")
_GROUPS: Final = {
    "modp2048": "14",
    "modp3072": "15",
    "modp4096": "16",
    "ecp256": "19",
    "ecp384": "20",
    "ecp521": "21",
}
_POST_QUANTUM: Final = {"ke1_mlkem768": "mlkem768", "ke1_mlkem1024": "mlkem1024"}
IKE_NAME: Final = (
    r"KSZ-IKE-AES(?:128|256)(?:GCM16)?(?:-SHA\d{3})?(?:-PRFSHA\d{3})?-(?:MODP|ECP)\d+"
    r"(?:-KE1_MLKEM\d+)?"
)
"""The form of the names of our IKE proposals, which say what is in them."""
ESP_NAME: Final = r"KSZ-ESP-AES(?:128|256)(?:GCM16|-SHA\d{3})"
"""The same of our transform sets."""
_TRANSFORM_BACK: Final = {
    "esp-gcm": "aes128gcm16",
    "esp-gcm 128": "aes128gcm16",
    "esp-gcm 256": "aes256gcm16",
    "esp-aes": "aes128",
    "esp-aes 128": "aes128",
    "esp-aes 256": "aes256",
}


def _back(table: dict[str, str]) -> dict[str, str]:
    return {value: key for key, value in table.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeProposal:
    """A `crypto ikev2 proposal`."""

    name: str
    encryption: str
    integrity: str | None
    prf: str
    group: str
    pqc: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EspProposal:
    """A `crypto ipsec transform-set`, and the `set pfs` that goes with it."""

    name: str
    transform: str
    pfs: str


def ike_proposal(words: str) -> IkeProposal | None:
    """The IKE proposal that strongSwan calls *words*, or None where the router has none such."""
    parts = words.split("-")
    pqc = _POST_QUANTUM.get(parts[-1])
    if pqc:
        parts.pop()
    integrity = parts[1] if len(parts) > 1 and parts[1] in _HASHES else None
    if integrity:
        del parts[1]
    prf = parts[1].removeprefix("prf") if len(parts) > 1 and parts[1].startswith("prf") else None
    if prf:
        del parts[1]
    if len(parts) != 2 or parts[0] not in _ENCRYPTION or parts[1] not in _GROUPS:  # noqa: PLR2004 - a cipher and a group
        return None
    found = IkeProposal(
        name=f"KSZ-IKE-{words.upper()}",
        encryption=_ENCRYPTION[parts[0]],
        integrity=integrity,
        prf=prf or integrity or "",
        group=_GROUPS[parts[1]],
        pqc=pqc,
    )
    return found if ike_words(found) == words else None


def ike_words(proposal: IkeProposal) -> str | None:
    """What strongSwan calls *proposal*, or None where that has no name."""
    cipher = _back(_ENCRYPTION).get(proposal.encryption)
    group = _back(_GROUPS).get(proposal.group)
    if cipher is None or group is None or proposal.prf not in _HASHES:
        return None
    if cipher.endswith("gcm16") == (proposal.integrity is not None):
        return None
    words = [cipher]
    if proposal.integrity:
        words.append(proposal.integrity)
    if proposal.prf != proposal.integrity:
        words.append(f"prf{proposal.prf}")
    words.append(group)
    if proposal.pqc:
        words.append(_back(_POST_QUANTUM).get(proposal.pqc, "?"))
    return "-".join(words)


def esp_proposal(words: str) -> EspProposal | None:
    """The ESP proposal that strongSwan calls *words*, or None where the router has none such."""
    parts = words.split("-")
    pqc = _POST_QUANTUM.get(parts[-1])
    if pqc:
        parts.pop()
    if parts[-1] not in _GROUPS or parts[0] not in _TRANSFORM:
        return None
    pfs = f"group{_GROUPS[parts[-1]]}" + (f" pqc {pqc}" if pqc else "")
    integrity = "".join(parts[1:-1])
    transform = _TRANSFORM[parts[0]] + (f" esp-{integrity}-hmac" if integrity else "")
    name = "-".join(parts[:-1]).upper()
    found = EspProposal(name=f"KSZ-ESP-{name}", transform=transform, pfs=pfs)
    return found if esp_words(transform, pfs) == words else None


def esp_words(transform: str, pfs: str) -> str | None:
    """What strongSwan calls a *transform* with *pfs*, or None where that has no name."""
    shape = re.fullmatch(r"(esp-(?:gcm|aes)(?: \d+)?)(?: esp-(sha\d+)-hmac)?", transform)
    group = re.fullmatch(r"group(\d+)(?: pqc (\S+))?", pfs)
    if not shape or not group or group[1] not in _back(_GROUPS):
        return None
    cipher = _TRANSFORM_BACK.get(shape[1])
    if cipher is None or cipher.endswith("gcm16") == (shape[2] is not None):
        return None
    if shape[2] and shape[2] not in _HASHES:
        return None
    words = [cipher, *([shape[2]] if shape[2] else []), _back(_GROUPS)[group[1]]]
    if group[2]:
        if group[2] not in _back(_POST_QUANTUM):
            return None
        words.append(_back(_POST_QUANTUM)[group[2]])
    return "-".join(words)
