"""The SFTP keys of a lab: their private halves follow from the partners' ids.

So a sample inventory can hold the public halves, as partners would send them, and nobody has to
commit a private key. Anybody can compute them: they are good for rehearsal only.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ksz_netops.state.grammar import KeyAlgorithm, KeyBlob
from ksz_netops.state.resources import SshKey


def lab_private_key(partner: str) -> Ed25519PrivateKey:
    """The SFTP key of *partner* in every lab."""
    seed = hashlib.sha256(f"ksz-netops laboratory key of {partner}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def lab_public_key(partner: str) -> SshKey:
    """The public half of `lab_private_key`, for the partner's file."""
    written = (
        lab_private_key(partner).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    )
    algorithm, blob = written.decode().split()
    return SshKey(KeyAlgorithm(algorithm), KeyBlob(blob))
