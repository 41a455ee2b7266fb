"""Pre-shared keys by name: one ansible-vault file beside the inventory, opened while pushing."""

from __future__ import annotations

import hashlib
import os
import secrets
import string
from typing import TYPE_CHECKING, Final

import yaml
from ansible.parsing.vault import AnsibleVaultError, VaultLib, VaultSecret

from ksz_netops.errors import IntentError, Origin, Problem, SecretError
from ksz_netops.intent.reading.source import parse
from ksz_netops.inventory.psk import weakness
from ksz_netops.state.grammar import Fingerprint, SecretName
from ksz_netops.state.resources import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ksz_netops.intent.models import Intent

_FILE: Final = "secrets.yml"
_PASSWORD_FILE: Final = ".vault-password"  # noqa: S105 - the name of a file
_ALPHABET: Final = string.ascii_letters + string.digits
_KEY_LENGTH: Final = 43
"""Alphanumerics that hold 256 bits: 43 times log2 62."""


class Vault:
    """The secrets of an inventory; shows names and fingerprints, reveals one key at a time."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = dict(keys)

    @classmethod
    def open(cls, inventory: Path, password_file: Path | None = None) -> Vault:
        """The vault of *inventory*; empty where there is no `secrets.yml`.

        Raises:
            SecretError: If it cannot be decrypted, or a key in it is unfit; with every such key.
        """
        path = inventory / _FILE
        if not path.exists():
            return cls({})
        keys = _decrypted(path, _library(inventory, password_file))
        problems = list(_unfit(keys, str(path)))
        if problems:
            raise SecretError(problems)
        return cls(keys)

    def secrets(self) -> Mapping[str, Secret]:
        """What may be shown: names and fingerprints."""
        return {
            name: Secret(name=SecretName(name), fingerprint=fingerprint(key))
            for name, key in self._keys.items()
        }

    def reveal(self, name: str) -> str:
        """The key called *name*.

        Raises:
            SecretError: If there is none.
        """
        if name not in self._keys:
            raise SecretError(
                Problem(
                    code="KSZ603",
                    what=f"the vault holds no secret '{name}'",
                    fix="run `ksz-netops secrets generate`",
                )
            )
        return self._keys[name]

    def __repr__(self) -> str:
        return f"<Vault of {len(self._keys)} secrets>"


def fingerprint(key: str) -> Fingerprint:
    """The first 16 hexadecimal digits of the SHA-256 of *key*."""
    return Fingerprint(hashlib.sha256(key.encode()).hexdigest()[:16])


def generate_missing(
    intent: Intent, inventory: Path, password_file: Path | None = None
) -> tuple[str, ...]:
    """Makes a key for every reference of *intent* that has none; returns their names.

    The password file is made too, where neither it nor a vault exists.

    Raises:
        SecretError: If the vault exists and cannot be opened.
    """
    path = inventory / _FILE
    password = password_file or inventory / _PASSWORD_FILE
    if not password.exists() and not path.exists():
        _write(password, f"{secrets.token_urlsafe(32)}\n")
    library = _library(inventory, password_file)
    keys = _decrypted(path, library) if path.exists() else {}
    wanted = {
        name
        for partner in intent.partners
        for connection in partner.connections
        for name in connection.secret_names()
    }
    missing = tuple(sorted(wanted - keys.keys()))
    if missing:
        for name in missing:
            keys[name] = _fresh_key(name)
        plain = yaml.safe_dump(keys, default_flow_style=False)
        _write(path, library.encrypt(plain).decode())
    return missing


def _fresh_key(name: str) -> str:
    """A key that is fit for use: one in two thousand begins as daemons begin an encoded one."""
    while True:
        key = "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_LENGTH))
        if weakness(name, key) is None:
            return key


def drop(
    names: Iterable[str], inventory: Path, password_file: Path | None = None
) -> tuple[str, ...]:
    """Forgets the keys called *names*; returns those that there were.

    Raises:
        SecretError: If the vault exists and cannot be opened.
    """
    path = inventory / _FILE
    if not path.exists():
        return ()
    library = _library(inventory, password_file)
    keys = _decrypted(path, library)
    dropped = tuple(sorted(set(names) & keys.keys()))
    if dropped:
        kept = {name: key for name, key in keys.items() if name not in dropped}
        plain = yaml.safe_dump(kept, default_flow_style=False)
        _write(path, library.encrypt(plain).decode())
    return dropped


def _library(inventory: Path, password_file: Path | None) -> VaultLib:
    path = password_file or inventory / _PASSWORD_FILE
    try:
        password = path.read_bytes().strip()
    except OSError as error:
        what = f"the vault's password file cannot be read: {error.strerror}"
        fix = "write the password there, or name the file in ANSIBLE_VAULT_PASSWORD_FILE"
        raise SecretError(
            Problem(code="KSZ602", what=what, fix=fix, origin=Origin(str(path), 1))
        ) from error
    if not password:
        what, fix = "the vault's password file is empty", "write the password in it"
        raise SecretError(Problem(code="KSZ602", what=what, fix=fix, origin=Origin(str(path), 1)))
    return VaultLib([("default", VaultSecret(password))])


def _decrypted(path: Path, library: VaultLib) -> dict[str, str]:
    """The names and keys in the file at *path*; what it holds never gets into an error."""
    origin = Origin(str(path), 1)
    fix = "encrypt it with ansible-vault and the password of this inventory"
    try:
        text = library.decrypt(path.read_bytes()).decode()
    except (OSError, UnicodeDecodeError, AnsibleVaultError):
        what = "the vault cannot be decrypted"
        raise SecretError(Problem(code="KSZ601", what=what, fix=fix, origin=origin)) from None
    try:
        data = parse(text, str(path)).data
    except IntentError:
        data = {"": None}  # parsing may quote a key; its words are dropped
    if not all(isinstance(value, str) for value in data.values()):
        what, fix = "the vault does not hold names with keys", "write `P00012-S1: key` lines in it"
        raise SecretError(Problem(code="KSZ601", what=what, fix=fix, origin=origin))
    return {str(name): str(key) for name, key in data.items()}


def _unfit(keys: Mapping[str, str], file: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, key in keys.items():
        found = weakness(name, key)
        if found is not None:
            code, what = found
            fix = "delete it and run `ksz-netops secrets generate`"
            yield Problem(
                code=code, what=f"secret '{name}' {what}", fix=fix, origin=Origin(file, 1)
            )
        other = first.setdefault(fingerprint(key), name)
        if other != name:
            what = f"secret '{name}' has the same fingerprint {fingerprint(key)} as '{other}'"
            fix = "make each its own key: delete one and run `ksz-netops secrets generate`"
            yield Problem(code="KSZ123", what=what, fix=fix, origin=Origin(file, 1))


def _write(path: Path, text: str) -> None:
    """Replaces the file at *path* whole, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(path)
