"""Signatures as `ssh-keygen -Y sign` makes them (OpenSSH, PROTOCOL.sshsig).

`ssh-keygen` has the last word on every signature. Before it is asked, what can be seen in the
signature itself is looked at here: so each refusal says its own reason, and an Ed25519 signature
must satisfy two programs that know nothing of each other.
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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from datetime import datetime

_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_MAGIC: Final = b"SSHSIG"
_HASHES: Final = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
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


def _strings(raw: bytes, count: int) -> list[bytes]:
    """The *count* strings of SSH's wire format of which *raw* consists."""
    found, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack_from(">I", raw, at)
        found.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(raw):
        message = "its length is wrong"
        raise ValueError(message)
    return found


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def belongs_to(signature: SshSignature, message: bytes) -> bool:
    """Whether *signature* may be one over *message*; true where only `ssh-keygen` can tell."""
    try:
        key_kind, key = _strings(signature.key, 2)
        kind, signed = _strings(signature.blob, 2)
    except (ValueError, struct.error):
        return True
    if (key_kind, kind) != (b"ssh-ed25519", b"ssh-ed25519"):
        return True
    hashed = _HASHES[signature.hash_name](message).digest()
    words = (signature.namespace.encode(), b"", signature.hash_name.encode(), hashed)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(
            signed, _MAGIC + b"".join(_string(word) for word in words)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


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
