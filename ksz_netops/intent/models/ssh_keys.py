"""Public SSH keys: read, measured, and refused where they are unfit or not public at all."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Final

from ksz_netops.intent.words import refusal, shown
from ksz_netops.state.grammar import KeyAlgorithm, KeyBlob
from ksz_netops.state.resources import SshKey

_CODE: Final = "KSZ190"
_LEAST_RSA_BITS: Final = 3072
_PLAIN: Final = {
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
}
_ED25519_BYTES: Final = 32
_GOOD: Final = f"give a key of ssh-ed25519, ECDSA, or RSA of {_LEAST_RSA_BITS} bits or more"


def public_key(value: object) -> SshKey:
    """The key that *value*, one line of a `.pub` file, holds."""
    if isinstance(value, SshKey):
        return value
    if not isinstance(value, str):
        raise refusal(
            code=_CODE, what="the key is not text", fix="write the one line of the .pub file"
        )
    if "PRIVATE KEY" in value or value.lstrip().startswith("PuTTY-User-Key-File"):
        what = "this is a private key (not shown)"
        fix = "delete it here and from the history; tell the partner to make a new pair"
        raise refusal(code=_CODE, what=what, fix=fix)
    lines = value.strip().splitlines()
    if len(lines) != 1:
        what = f"{len(lines)} lines stand where one key belongs"
        raise refusal(code=_CODE, what=what, fix="make each key an item of the list")
    algorithm, _, rest = lines[0].partition(" ")
    blob = rest.split(" ")[0]
    if algorithm == "ssh-dss":
        raise refusal(code=_CODE, what="DSA keys are too weak", fix=_GOOD)
    if algorithm not in _PLAIN and algorithm != "ssh-rsa":
        raise refusal(
            code=_CODE, what=f"{shown(algorithm)} is not a kind of key we take", fix=_GOOD
        )
    fields = _fields(blob)
    if not fields or fields[0] != algorithm.encode():
        what = f"the {algorithm} key is damaged"
        raise refusal(code=_CODE, what=what, fix="copy the one line of the .pub file whole")
    _measure(algorithm, fields)
    return SshKey(KeyAlgorithm(algorithm), KeyBlob(blob))


def _measure(algorithm: str, fields: list[bytes]) -> None:
    """Refuses a key that is too short for what it says it is."""
    if algorithm == "ssh-rsa":
        _, *numbers = fields
        bits = int.from_bytes(numbers[-1], "big").bit_length() if numbers[1:] else 0
        if bits < _LEAST_RSA_BITS:
            raise refusal(code=_CODE, what=f"the RSA key has {bits} bits", fix=_GOOD)
    elif algorithm == "ssh-ed25519" and [len(each) for each in fields[1:]] != [_ED25519_BYTES]:
        raise refusal(
            code=_CODE, what=f"the {algorithm} key is damaged", fix="copy the .pub file whole"
        )


def _fields(blob: str) -> list[bytes]:
    """The strings that a key consists of (RFC 4253, section 6.6); none where it is damaged."""
    try:
        raw = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        return []
    fields = []
    while raw:
        if len(raw) < 4:  # noqa: PLR2004 - the length of a length
            return []
        (length,) = struct.unpack(">I", raw[:4])
        if len(raw) < 4 + length:
            return []
        fields.append(raw[4 : 4 + length])
        raw = raw[4 + length :]
    return fields
