"""Pre-shared keys by name: one ansible-vault file beside the inventory, opened while pushing."""

from __future__ import annotations

import errno
import hashlib
import secrets
import string
from typing import TYPE_CHECKING, Final

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import (
    AnsibleError,
    AnsibleVaultError,
    AnsibleVaultFormatError,
    VaultLib,
    VaultSecret,
    get_file_vault_secret,
)

from ksz_netops.borders.files import keep_from_git, read_file, replace_file
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
PRIVATE_NAMES: Final = (
    _PASSWORD_FILE, _FILE, "keys/", ".lab/", "evidence/", "record/", "reports/",
)  # fmt: skip
"""What of an inventory git never takes, unless its owner says otherwise."""
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
    keep_from_git(inventory, PRIVATE_NAMES)
    if not password.exists() and not path.exists():
        replace_file(password, f"{secrets.token_urlsafe(32)}\n")
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
        replace_file(path, library.encrypt(plain))
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
        replace_file(path, library.encrypt(plain))
    return dropped


def _library(inventory: Path, password_file: Path | None) -> VaultLib:
    own = inventory / _PASSWORD_FILE
    path = password_file or own
    try:
        if password_file is None:
            _check_no_script(path)
        secret = get_file_vault_secret(filename=str(path), loader=DataLoader())
        secret.load()
    except (AnsibleError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        what = f"the vault's password cannot be read: {said}"
        fix = "write it in the file, or name a file or a script in ANSIBLE_VAULT_PASSWORD_FILE"
        raise SecretError(
            Problem(code="KSZ602", what=what, fix=fix, origin=Origin(str(path), 1))
        ) from error
    return VaultLib([("default", VaultSecret(secret.bytes.strip()))])


def _check_no_script(path: Path) -> None:
    """Accepts a password file that lies in the inventory, where a branch may have put it.

    Raises:
        OSError: If it is a link, or would be run.
    """
    if read_file(path) and path.stat().st_mode & 0o111:
        what = "it is executable; a script is run only where it is named explicitly"
        raise OSError(errno.EACCES, what, str(path))


def _decrypted(path: Path, library: VaultLib) -> dict[str, str]:
    """The names and keys in the file at *path*; what it holds never gets into an error."""
    origin = Origin(str(path), 1)
    try:
        text = library.decrypt(read_file(path)).decode()
    except OSError as error:
        what, fix = f"the vault cannot be read: {error.strerror}", "make it a readable file"
    except (AnsibleVaultFormatError, UnicodeDecodeError):
        what, fix = "the vault is damaged", "restore it from the last copy that could be opened"
    except AnsibleVaultError as error:
        if "not vault encrypted" in str(error):
            what, fix = "the vault is not encrypted", "encrypt it: ansible-vault encrypt FILE"
        else:
            what = "the password does not open the vault"
            fix = "give the password with which it was encrypted"
    else:
        return _plain(text, path)
    raise SecretError(Problem(code="KSZ601", what=what, fix=fix, origin=origin)) from None


def _plain(text: str, path: Path) -> dict[str, str]:
    """The names and keys in the decrypted *text*."""
    origin = Origin(str(path), 1)
    try:
        data = parse(text, str(path)).data
    except IntentError:
        data = {"": None}  # parsing may quote a key; its words are dropped
    if not all(
        isinstance(value, str) and SecretName.FORM.fullmatch(name) for name, value in data.items()
    ):
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
