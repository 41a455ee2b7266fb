"""Signatures as `ssh-keygen -Y sign` makes them (OpenSSH, PROTOCOL.sshsig).

`ssh-keygen` has the last word on every signature. Before that the signature is verified here as
well: each refusal then says its own reason, and an Ed25519, ECDSA or RSA signature must satisfy two
programs that share no code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.serialization.ssh import SSHPublicKeyTypes

_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_MAGIC: Final = b"SSHSIG"
_HASHES: Final = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_RSA: Final = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512()}
_CURVES: Final = {"secp256r1": SHA256(), "secp384r1": SHA384(), "secp521r1": SHA512()}
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """A detached signature, taken apart but not yet believed."""

    armored: str
    key: bytes
    """The public key as SSH writes it on the wire."""
    namespace: str
    hash_name: str
    blob: bytes

    @property
    def key_fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it."""
        hashed = base64.b64encode(hashlib.sha256(self.key).digest()).decode().rstrip("=")
        return f"SHA256:{hashed}"


def parse_signature(text: str) -> SshSignature:
    """The signature that *text* holds in armour.

    Raises:
        ValueError: If it is anything else.
    """
    lines = text.strip().splitlines()
    if len(text) > _LONGEST or len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):  # noqa: PLR2004 - two ends and something between
        message = "no SSH signature in armour"
        raise ValueError(message)
    try:
        raw = base64.b64decode("".join(lines[1:-1]), validate=True)
        magic, (version,) = raw[:6], struct.unpack_from(">I", raw, 6)
        key, namespace, _, hash_name, blob = _strings(raw[10:], 5)
        signature = SshSignature(
            armored=text,
            key=key,
            namespace=namespace.decode(),
            hash_name=hash_name.decode(),
            blob=blob,
        )
    except (binascii.Error, struct.error, UnicodeDecodeError) as error:
        message = f"damaged: {error}"
        raise ValueError(message) from error
    if (magic, version) != (_MAGIC, 1) or signature.hash_name not in _HASHES:
        message = "of a kind that is not known"
        raise ValueError(message)
    return signature


def _strings(raw: bytes, count: int, *, rest: bool = False) -> list[bytes]:
    """The *count* strings of SSH's wire format of which *raw* consists, or begins with *rest*."""
    found, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack_from(">I", raw, at)
        found.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    if at > len(raw) or (at != len(raw) and not rest):
        message = "its length is wrong"
        raise ValueError(message)
    return found


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def belongs_to(signature: SshSignature, message: bytes) -> bool:
    """Whether *signature* may be one over *message*.

    It is true without a look for kinds of key that only `ssh-keygen` reads, such as tokens (`sk-`).
    """
    hashed = _HASHES[signature.hash_name](message).digest()
    words = (signature.namespace.encode(), b"", signature.hash_name.encode(), hashed)
    signed = _MAGIC + b"".join(_string(word) for word in words)
    try:
        kind, blob = _strings(signature.blob, 2)
        (key_kind,) = _strings(signature.key, 1, rest=True)
        if key_kind.startswith(b"sk-"):
            return True
        key = load_ssh_public_key(key_kind + b" " + base64.b64encode(signature.key))
    except (ValueError, struct.error, UnsupportedAlgorithm):
        return True
    try:
        _verify(key, kind, blob, signed)
    except (InvalidSignature, ValueError, struct.error):
        return False
    return True


def _verify(key: SSHPublicKeyTypes, kind: bytes, blob: bytes, signed: bytes) -> None:
    """Accepts *blob* as a signature of *key* over *signed*.

    Raises:
        InvalidSignature: If it is none, or is of a kind that is no longer safe.
        ValueError: If it is not of the form that its kind has.
    """
    if isinstance(key, Ed25519PublicKey) and kind == b"ssh-ed25519":
        key.verify(blob, signed)
    elif isinstance(key, RSAPublicKey) and kind in _RSA:
        key.verify(blob, signed, PKCS1v15(), _RSA[kind])
    elif isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        first, second = (int.from_bytes(each) for each in _strings(blob, 2))
        encoded = encode_dss_signature(first, second)
        key.verify(encoded, signed, ECDSA(_CURVES[key.curve.name]))
    else:
        raise InvalidSignature


def verified_by_openssh(
    signature: SshSignature, message: bytes, *, signers: str, principal: str, at: datetime
) -> str:
    """What `ssh-keygen` has against *signature*; empty where it accepts it.

    Args:
        signature: With the namespace that the caller has already looked at.
        message: What was signed.
        signers: The text of `allowed_signers`.
        principal: Who is said to have signed.
        at: When the signer's key must be valid.
    """
    with tempfile.TemporaryDirectory(prefix="ksz-approval-") as folder:
        allowed, sealed = Path(folder, "allowed_signers"), Path(folder, "signature")
        allowed.write_text(signers, encoding="utf-8")
        sealed.write_text(signature.armored, encoding="utf-8")
        argv = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", principal]
        argv += ["-n", signature.namespace, "-s", str(sealed), f"-Overify-time={at:%Y%m%d%H%M%SZ}"]
        return _asked(argv, message)


def sign(message: bytes, *, key: Path, namespace: str) -> str:
    """A signature over *message* with the private key, or the agent's key of the public one, *key*.

    Raises:
        OSError: If `ssh-keygen` cannot sign; its words are the message.
    """
    with tempfile.TemporaryDirectory(prefix="ksz-approval-") as folder:
        document = Path(folder, "plan")
        document.write_bytes(message)
        argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", namespace, str(document)]
        complaint = _asked(argv, b"")
        sealed = document.with_suffix(".sig")
        if complaint or not sealed.exists():
            raise OSError(complaint or "ssh-keygen made no signature")
        return sealed.read_text(encoding="utf-8")


def _asked(argv: list[str], message: bytes) -> str:
    """What *argv* complains of; empty where it ends well."""
    try:
        done = subprocess.run(argv, input=message, capture_output=True, check=False, timeout=120)  # noqa: S603 - argv is ours, names are checked
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"ssh-keygen cannot be run: {error}"
    if done.returncode == 0:
        return ""
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"ssh-keygen ended with {done.returncode}"
