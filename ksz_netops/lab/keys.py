"""The lab's SSH keys: the operator's, the hubs' host keys, and those of SFTP partners."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from ksz_netops.intent.models.lab_keys import lab_private_key, lab_public_key

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.state.resources import SshKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key pair, as OpenSSH writes its halves."""

    private: str
    public: str
    """Algorithm and blob, without a comment."""

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> KeyPair:
        """The texts of *key*."""
        private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return cls(private.decode(), public.decode())

    @classmethod
    def generate(cls) -> KeyPair:
        """A new pair."""
        return cls.of(Ed25519PrivateKey.generate())

    @classmethod
    def kept(cls, file: Path) -> KeyPair:
        """The pair in *file*, made there the first time, so that the lab keeps its identity."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            pair = cls.generate()
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as stream:
                stream.write(pair.private)
        key = load_ssh_private_key(file.read_bytes(), password=None)
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return cls(file.read_text(), public.decode())


def partner_pair(partner: str) -> KeyPair:
    """The SFTP key of *partner* in every lab."""
    return KeyPair.of(lab_private_key(partner))


def partner_key(partner: str) -> SshKey:
    """The public half of `partner_pair`, for the partner's file."""
    return lab_public_key(partner)


def trust(known_hosts: Path, address: str, port: int, public: str) -> None:
    """Makes *public* the one host key known for *address* and *port*."""
    name = address if port == 22 else f"[{address}]:{port}"  # noqa: PLR2004 - SSH's own port
    lines = known_hosts.read_text().splitlines() if known_hosts.exists() else []
    kept = [line for line in lines if line.split(" ", 1)[0] != name]
    known_hosts.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = known_hosts.with_name(f"{known_hosts.name}.new")
    fresh.write_text("\n".join([*kept, f"{name} {public}"]) + "\n")
    fresh.replace(known_hosts)
