"""Partners' accounts on the file server: the account, its keys, the folders it may write in."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.stores.steps import Change, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

_ACCOUNT: Final = re.compile(r"account (?P<name>\S+) uid (?P<uid>\d+) .*?gecos (?P<token>\S+)")
_ANYWHERE: Final = ("0.0.0.0:", "[::]:")
KINDS: Final = ("account ", "key ", "directory ")
"""How the statements of an account begin."""
_TENDED: Final = (
    "sshd does not run",
    "sshd has not read",
    "sshd depends on another owner or mode at",
)
"""How those statements begin that a commit sets right; others need `prepare`."""
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
    "persourcemaxstartups": "4",
    "trustedusercakeys": "none",
    "allowgroups": names.SFTP_GROUP,
}
"""What must be in force for every partner, in the words of `sshd -T`."""


def read(accounts: list[dict[str, Any]], orphans: Iterable[str]) -> Iterator[str]:
    """The statements for what the hub says of accounts, and for key files that have none."""
    for each in accounts:
        name = each["name"]
        if not ours.is_account(name):
            continue
        odd = "".join(
            f" {words}"
            for words, wrong in (
                ("password set", each["password"]),
                (f"home {each['home']}", each["home"] != "/"),
                (f"further groups {','.join(each['further_groups'])}", each["further_groups"]),
                ("keys of another mode", each["keys"] is not None and not each["keys_safe"]),
                ("root of another mode", not each["root_safe"]),
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


def sshd(configuration: str, exceptions: Iterable[str], daemon: Mapping[str, Any]) -> list[str]:
    """The statements for the partners' daemon.

    Args:
        configuration: What `sshd -T` says of one partner.
        exceptions: The lines by which it may be otherwise for another.
        daemon: Whether it runs, and the files on which it depends.
    """
    odd: list[str] = []
    if configuration:
        odd += _wrong_settings(configuration)
    elif not daemon["open"]:
        # Of a host key that others can read sshd says nothing else.
        odd.append("sshd refuses its configuration")
    odd += [f"sshd has {' '.join(line.split())}" for line in exceptions]
    if not daemon["runs"]:
        odd.append(_TENDED[0])
    odd += [f"{_TENDED[1]} {path} since it changed" for path in daemon["unread"]]
    odd += [f"{_TENDED[2]} {path}" for path in daemon["open"]]
    return odd or ["sshd standard"]


def _wrong_settings(configuration: str) -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in configuration.splitlines():
        word, _, value = line.partition(" ")
        found[word].append(value)
    for word, value in SSHD.items():
        if found[word] != [value]:
            yield f"sshd has {word} {' '.join(found[word]) or 'unset'}"
    if not " ".join(found["forcecommand"]).startswith("internal-sftp"):
        yield "sshd has forcecommand other than internal-sftp"
    for address in found["listenaddress"]:
        if address.startswith(_ANYWHERE):
            yield f"sshd has listenaddress {address}"


def is_tended(statement: str) -> bool:
    """Whether a commit sets right what *statement* says of the partners' daemon."""
    return statement.startswith(_TENDED)


class Held(NamedTuple):
    """What one account has."""

    uid: str
    token: str
    keys: str
    """The text of its key file."""
    directories: tuple[str, ...]


def held_by(statements: Iterable[str]) -> dict[str, Held]:
    """What each account of *statements* has, by name, in one pass."""
    accounts: dict[str, re.Match[str]] = {}
    rest: dict[str, dict[str, list[str]]] = {
        "key": defaultdict(list),
        "directory": defaultdict(list),
    }
    for statement in sorted(each for each in statements if each.startswith(KINDS)):
        kind, name, value = statement.split(" ", 2)
        if kind != "account":
            rest[kind][name].append(value)
        elif match := _ACCOUNT.match(statement):
            accounts[name] = match
    return {
        name: Held(
            uid=match["uid"],
            token=match["token"],
            keys="".join(f"{line}\n" for line in rest["key"][name]),
            directories=tuple(rest["directory"][name]),
        )
        for name, match in accounts.items()
    }


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the accounts of *running* those of *intended*."""
    wanted = held_by(intended)
    touched = {each.split(" ", 2)[1] for each in running ^ intended if each.startswith(KINDS)}
    early: list[Step] = []
    if "sshd standard" in intended - running:
        early.append(Step(argv=("@file-service",)))
    for name in sorted(touched & wanted.keys()):
        held = wanted[name]
        early += [
            Step(argv=("@account", name, held.uid, held.token)),
            Step(argv=("@keys", name), stdin=held.keys),
            Step(argv=("@directories", name, *held.directories)),
        ]
    late = [Step(argv=("@account-gone", name)) for name in sorted(touched - wanted.keys())]
    return Change(early=tuple(early), late=tuple(late))
