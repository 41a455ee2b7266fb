"""strongSwan: a file for each connection, one for its key, and what charon has loaded of them.

The files belong to the running generation; `/etc/swanctl/conf.d/KSZ.conf` includes them. A
connection counts only if its file is as it would be written and charon has loaded just that. Charon
hands out no key, so the name under which a key is loaded holds the key's fingerprint.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import vici
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.stores.steps import Change, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect

_CHILD: Final = re.compile(
    r"^    (\w+) \{\n      local_ts = (\S+)\n      remote_ts = (\S+)\n"
    r"(?:      .*\n)*?      rekey_time = (\d+)s$",
    re.MULTILINE,
)
_KEY: Final = re.compile(r"ike-(KSZ-P[0-9]{5}-S[0-9]{1,2})_[0-9a-f]{16}")
"""The names that we give to keys."""
_KINDS: Final = ("connection ", "secret ", "loaded ", "sa ")


def connection_file(statement: str, dialect: Dialect) -> str:
    """The file of the connection that *statement* describes, as swanctl reads it."""
    head, *lines = statement.splitlines()
    written = ["connections {", f"  {head.removeprefix('connection ')}"]
    for line in lines:
        written.append(f"  {line}")
        if line.strip().startswith("reqid = "):
            indent = f"  {line[: len(line) - len(line.lstrip())]}"
            written += [
                f"{indent}start_action = {dialect.start_action}",
                f"{indent}dpd_action = {'trap' if dialect.start_action == 'trap' else 'clear'}",
            ]
    return "\n".join([*written, "}", ""])


def fingerprint(key: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of *key*."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def key_name(token: str, fingerprint: str) -> str:
    """The name under which charon holds the key of the connection with *token*."""
    return f"ike-{token}_{fingerprint}"


def secret_file(statement: str, key: str) -> str:
    """The file that holds *key* for the connection that *statement* describes."""
    token = statement.split()[1]
    identities = re.findall(r"^    id = (\S+)$", statement, re.MULTILINE)
    return (
        f"secrets {{\n  {key_name(token, fingerprint(key))} {{\n"
        f"    id-hub = {identities[0]}\n    id-peer = {identities[1]}\n"
        f"    secret = 0x{key.encode().hex()}\n  }}\n}}\n"
    )


def read(  # noqa: PLR0913, PLR0917 - two kinds of files and three kinds of what is loaded
    files: Mapping[str, str],
    fingerprints: Mapping[str, str],
    loaded: Mapping[str, Mapping[str, Any]],
    associations: Iterator[str],
    shared_keys: Collection[str],
    dialect: Dialect,
) -> Iterator[str]:
    """The statements for *files* of the running generation and what charon holds.

    Args:
        files: Text by name of connection.
        fingerprints: Of the keys beside them, by name of connection; worked out on the box.
        loaded: What charon has loaded, as `swanctl --list-conns --raw` shows it.
        associations: Names of the connections that have an IKE SA.
        shared_keys: Names of the keys that charon has loaded.
        dialect: The box's.
    """
    for token, text in files.items():
        statement = _statement(text, dialect)
        if statement is None:
            yield f"connection {token} is not as it was written"
        elif token not in loaded:
            yield f"connection {token} is not loaded"
        elif differing := _differences(statement, loaded[token], dialect):
            yield f"loaded {token} with {', '.join(differing)}"
        else:
            yield statement
    for token in loaded.keys() - files.keys():
        if ours.is_connection(token):
            yield f"loaded {token} with no file"
    for token in set(associations):
        if ours.is_connection(token) and token not in files:
            yield f"sa {token} with no connection"
    yield from _keys(fingerprints, set(shared_keys))


def _keys(fingerprints: Mapping[str, str], loaded: set[str]) -> Iterator[str]:
    names = {key_name(token, fingerprint): token for token, fingerprint in fingerprints.items()}
    for name, token in names.items():
        held = name in loaded
        yield f"secret {token} sha256:{fingerprints[token]}" + ("" if held else " is not loaded")
    for name in sorted(loaded - names.keys()):
        if _KEY.fullmatch(name):
            yield f"loaded {name} with no file"


def foreign_keys(shared_keys: Collection[str]) -> list[str]:
    """The names of the keys in charon that others loaded."""
    return sorted(name for name in shared_keys if not _KEY.fullmatch(name))


def read_files(
    files: Mapping[str, str], fingerprints: Mapping[str, str], dialect: Dialect
) -> Iterator[str]:
    """The statements for *files* alone, where charon does not tell what it has loaded."""
    for token, text in files.items():
        yield _statement(text, dialect) or f"connection {token} is not as it was written"
    for token, fingerprint in fingerprints.items():
        yield f"secret {token} sha256:{fingerprint}"


def _statement(text: str, dialect: Dialect) -> str | None:
    """The statement whose file has this *text*; None where no statement has."""
    lines = text.splitlines()
    if len(lines) < 4 or not lines[1].startswith("  KSZ-"):  # noqa: PLR2004 - two wrappers, two braces
        return None
    inner = [line.removeprefix("  ") for line in lines[1:-1]]
    kept = [
        line for line in inner if not line.strip().startswith(("start_action = ", "dpd_action = "))
    ]
    statement = "\n".join([f"connection {kept[0]}", *kept[1:]])
    return statement if connection_file(statement, dialect) == text else None


def _differences(statement: str, loaded: Mapping[str, Any], dialect: Dialect) -> list[str]:
    """How *loaded* differs from *statement*'s connection, in every value that charon shows."""
    intended, found = _as_loaded(statement, dialect), dict(_flat(loaded))
    return [
        f"{name} {vici.written(found.get(name, 'unset'))}"
        for name in sorted(intended.keys() | found.keys())
        if intended.get(name) != found.get(name)
    ]


def _flat(section: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """The values in *section* and in the sections in it, by their path."""
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _as_loaded(statement: str, dialect: Dialect) -> dict[str, object]:
    """What charon shows of *statement*'s connection once it has loaded it."""
    values = re.findall(r"^ *(\w+) = (.*)$", statement, re.MULTILINE)
    first: dict[str, str] = {}
    for name, value in values:
        first.setdefault(name, value)
    identities = [value for name, value in values if name == "id"]
    shown: dict[str, object] = {
        "version": f"IKEv{first['version']}",
        "local_addrs": [first["local_addrs"]],
        "remote_addrs": [first["remote_addrs"]],
        "reauth_time": "0",
        "rekey_time": first["rekey_time"].removesuffix("s"),
        "dpd_delay": first["dpd_delay"].removesuffix("s"),
        "unique": "UNIQUE_REPLACE",
    }
    for side, identity in zip(("local-1", "remote-1"), identities, strict=True):
        shown |= {f"{side}.id": identity, f"{side}.class": "pre-shared key"}
        shown |= {f"{side}.{name}": [] for name in ("groups", "cert_policy", "certs", "cacerts")}
    for name, local, remote, rekey_s in _CHILD.findall(statement):
        child = {
            "mode": "TUNNEL",
            "local-ts": [local],
            "remote-ts": [remote],
            "rekey_time": rekey_s,
            "rekey_bytes": "0",
            "rekey_packets": "0",
            "dpd_action": "trap" if dialect.start_action == "trap" else "none",
            "close_action": "none",
        }
        shown |= {f"children.{name}.{key}": value for key, value in child.items()}
    return shown


def touched(running: AbstractSet[str], intended: AbstractSet[str]) -> tuple[str, ...]:
    """The names of the connections that differ, whose SAs must come up anew or go."""
    changed = {each for each in running ^ intended if each.startswith(_KINDS)}
    # A file of another name goes with the generation, and no connection of ours is called so.
    named = {_connection_of(each.split()[1]) for each in changed}
    return tuple(sorted(filter(ours.is_connection, named)))


def _connection_of(name: str) -> str:
    """The connection called *name*, or whose key is called so."""
    match = _KEY.fullmatch(name)
    return match[1] if match else name


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the connections of *running* those of *intended*."""
    names = touched(running, intended)
    return Change(early=(Step(argv=("@tunnels", *names)),) if names else ())
