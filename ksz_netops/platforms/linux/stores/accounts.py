"""Partners' accounts on the file server: the account, its keys, the folders it may write in."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.stores.steps import Change, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

_ACCOUNT: Final = re.compile(r"account (?P<name>\S+) uid (?P<uid>\d+) .*?gecos (?P<token>\S+)")
_ANYWHERE: Final = ("0.0.0.0:", "[::]:")
_KINDS: Final = ("account ", "key ", "directory ")
SSHD: Final = {
    "authenticationmethods": "publickey",
    "authorizedkeyscommand": "none",
    "authorizedkeysfile": f"{names.KEYS}/%u.keys",
    "chrootdirectory": f"{names.CHROOTS}/%u",
    "disableforwarding": "yes",
    "kbdinteractiveauthentication": "no",
    "passwordauthentication": "no",
    "permitemptypasswords": "no",
    "permitrootlogin": "no",
    "permittty": "no",
    "permituserenvironment": "no",
    "permituserrc": "no",
    "trustedusercakeys": "none",
    "allowgroups": names.SFTP_GROUP,
}
"""What must be in force for every partner, in the words of `sshd -T`."""


def read(accounts: list[dict[str, Any]], orphans: Iterable[str]) -> Iterator[str]:
    """The statements for what the hub says of accounts, and for key files that have none."""
    for each in accounts:
        name = each["name"]
        odd = "".join(
            f" {words}"
            for words, wrong in (
                ("password set", each["password"]),
                (f"home {each['home']}", each["home"] != "/"),
                ("keys open to others", each["keys"] is not None and not each["keys_safe"]),
                ("root open to others", not each["root_safe"]),
            )
            if wrong
        )
        gecos = "-".join(each["gecos"].split()) or "none"
        yield (
            f"account {name} uid {each['uid']} group {each['group']} shell {each['shell']}"
            f" gecos {gecos}{odd}"
        )
        for line in (each["keys"] or "").splitlines():
            if line.strip():
                yield f"key {name} {line}"
        for directory in each["directories"]:
            yield f"directory {name} {directory}"
    for name in orphans:
        yield f"key {name} without account"


def sshd(configuration: str, exceptions: Iterable[str]) -> list[str]:
    """The statements for what `sshd -T` says of the partners' daemon.

    It says so of one partner; *exceptions* are the lines by which it may be otherwise for another.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for line in configuration.splitlines():
        word, _, value = line.partition(" ")
        found[word].append(value)
    odd = [
        f"sshd has {word} {' '.join(found[word]) or 'unset'}"
        for word, value in SSHD.items()
        if found[word] != [value]
    ]
    if not " ".join(found["forcecommand"]).startswith("internal-sftp"):
        odd.append("sshd has forcecommand other than internal-sftp")
    odd += [
        f"sshd has listenaddress {each}"
        for each in found["listenaddress"]
        if each.startswith(_ANYWHERE)
    ]
    odd += [f"sshd has {' '.join(line.split())}" for line in exceptions]
    return odd or ["sshd standard"]


def key_file(statements: Iterable[str], name: str) -> str:
    """The text of the key file of the account *name*."""
    lead = f"key {name} "
    return "".join(
        f"{each.removeprefix(lead)}\n" for each in sorted(statements) if each.startswith(lead)
    )


def directories_of(statements: Iterable[str], name: str) -> list[str]:
    """The folders of the account *name*."""
    lead = f"directory {name} "
    return sorted(each.removeprefix(lead) for each in statements if each.startswith(lead))


def accounts_of(statements: Iterable[str]) -> dict[str, re.Match[str]]:
    """The accounts among *statements* by name; `uid` and `token` are groups."""
    found = (_ACCOUNT.match(each) for each in statements if each.startswith("account "))
    return {match["name"]: match for match in found if match}


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the accounts of *running* those of *intended*."""
    wanted = accounts_of(intended)
    touched = {each.split()[1] for each in running ^ intended if each.startswith(_KINDS)}
    early: list[Step] = []
    for name in sorted(touched & wanted.keys()):
        early += [
            Step(argv=("@account", name, wanted[name]["uid"], wanted[name]["token"])),
            Step(argv=("@keys", name), stdin=key_file(intended, name)),
            Step(argv=("@directories", name, *directories_of(intended, name))),
        ]
    late = [Step(argv=("@account-gone", name)) for name in sorted(touched - wanted.keys())]
    return Change(early=tuple(early), late=tuple(late))
