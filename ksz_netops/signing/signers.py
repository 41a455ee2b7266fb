"""Who may approve: `allowed_signers` of the inventory, in OpenSSH's own format.

Narrower than what OpenSSH takes: each line names one person, each key belongs to one person, and no
certificate authority speaks for others. So a signature says exactly who made it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import read_text
from ksz_netops.errors import Origin, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "allowed_signers"
_OPTION: Final = r'[a-z-]+(?:="[^"]*")?'
_LINE: Final = re.compile(
    r"(?P<principal>[A-Za-z0-9][A-Za-z0-9._+@-]{0,99})[ \t]+"
    rf"(?P<options>{_OPTION}(?:,{_OPTION})*[ \t]+)?"
    r"(?P<kind>(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+)[ \t]+(?P<key>[A-Za-z0-9+/=]+)(?:[ \t].*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """The people whose signatures count."""

    text: str
    """The file as it was read, so that `ssh-keygen` is shown the very same."""
    by_key: Mapping[bytes, str]
    """The person to whom each key belongs."""

    @property
    def principals(self) -> frozenset[str]:
        """Everybody who has a key."""
        return frozenset(self.by_key.values())


def find_signers(inventory: Path) -> Signers | None:
    """The signers of *inventory*; None where it names none.

    Raises:
        RefusedError: If the file has a line that does not say who signs.
    """
    return read_signers(inventory) if (inventory / FILE).exists() else None


def read_signers(inventory: Path) -> Signers:
    """The signers of *inventory*.

    Raises:
        RefusedError: If the file is missing or has a line that does not say who signs.
    """
    path = inventory / FILE
    try:
        text = read_text(path)
    except OSError as error:
        raise RefusedError(
            Problem(
                code="KSZ919",
                what=f"{path} cannot be read, so that nobody can approve: {error.strerror}",
                fix="write one line for each approver: name, kind of key, key",
            )
        ) from error
    return parse_signers(text, str(path))


def parse_signers(text: str, file: str = FILE) -> Signers:
    """The signers that *text* names; see `read_signers`."""
    by_key: dict[bytes, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        wrong = _wrong(match, by_key)
        if match is None or wrong:
            problems.append(
                Problem(
                    code="KSZ919",
                    what=wrong,
                    fix="write `name kind key` with one name; give each person keys of their own",
                    origin=Origin(file, number),
                )
            )
        else:
            by_key[base64.b64decode(match["key"])] = match["principal"]
    if problems:
        raise RefusedError(problems)
    return Signers(text=text, by_key=by_key)


def _wrong(match: re.Match[str] | None, known: Mapping[bytes, str]) -> str:
    """Why a line is not taken; empty where it is."""
    if match is None:
        return "the line does not name one person and one key"
    if "cert-authority" in (match["options"] or ""):
        return "a certificate authority would speak for people who are not named"
    try:
        key = base64.b64decode(match["key"], validate=True)
    except binascii.Error:
        return "the key is not base64"
    owner = known.get(key, match["principal"])
    return "" if owner == match["principal"] else f"the key belongs already to {owner}"


def owner_of(signers: Signers, key: Path) -> str:
    """The person to whom the SSH key at *key*, the private or the public file, belongs.

    Raises:
        RefusedError: If it is nobody who is named.
    """
    public = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    try:
        blob = base64.b64decode(public.read_text(encoding="utf-8").split()[1], validate=True)
    except (OSError, UnicodeDecodeError, IndexError, binascii.Error) as error:
        raise RefusedError(
            Problem(
                code="KSZ906",
                what=f"the public key {public} cannot be read: {error}",
                fix="give the SSH key whose public part lies beside it",
            )
        ) from error
    owner = signers.by_key.get(blob)
    if owner is None:
        raise RefusedError(
            Problem(
                code="KSZ912",
                what=f"the key {public} belongs to nobody in allowed_signers",
                fix="let somebody sign who is named there",
            )
        )
    return owner
