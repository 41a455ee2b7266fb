"""The raw form of charon's messages in swanctl: `list-conn event {name {key=value …}}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENT: Final = re.compile(r"(?P<name>[\w-]+) (?P<kind>event|reply) \{(?P<body>.*)\}")
_TOKEN: Final = re.compile(r"[{}\]]|[^\s{}\[\]=]+=\[|[^\s{}\[\]]+")


def events(raw: str, name: str) -> list[dict[str, Any]]:
    """The bodies of the events called *name* in *raw*.

    Raises:
        ValueError: If *raw* is cut short or is not such a message.
    """
    found = []
    replied = False
    for line in raw.splitlines():
        match = _EVENT.fullmatch(line)
        if match is None:
            message = f"not a message of charon's: {line[:80]!r}"
            raise ValueError(message)
        if match["kind"] == "reply":
            replied = True
        elif match["name"] == name:
            found.append(_section(iter(_TOKEN.findall(match["body"]))))
    if not replied:
        message = "the answer ends before charon's reply"
        raise ValueError(message)
    return found


def reply(raw: str, name: str) -> dict[str, Any]:
    """The body of the reply called *name*, the one message in *raw*.

    Raises:
        ValueError: If *raw* is cut short or is not that reply.
    """
    match = _EVENT.fullmatch(raw.strip())
    if match is None or (match["name"], match["kind"]) != (name, "reply"):
        message = f"not charon's reply on {name}: {raw[:80]!r}"
        raise ValueError(message)
    return _section(iter(_TOKEN.findall(match["body"])))


def _section(tokens: Iterator[str]) -> dict[str, Any]:
    """What stands up to the closing brace.

    A value may hold spaces, so a bare word goes on the value before it, unless a brace follows:
    then it names a section.
    """
    section: dict[str, Any] = {}
    key = word = ""
    for token in tokens:
        if token == "{":  # noqa: S105 - a brace
            section[word] = _section(tokens)
            key = word = ""
            continue
        if word and key:
            section[key] = f"{section[key]} {word}"
        word = ""
        if token == "}":  # noqa: S105 - a brace
            break
        if token.endswith("=["):
            key = ""
            section[token.removesuffix("=[")] = _list(tokens)
        elif "=" in token:
            key, _, section[key] = token.partition("=")
        else:
            word = token
    return section


def _list(tokens: Iterator[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if token == "]":  # noqa: S105 - a bracket
            break
        found.append(token)
    return found


def written(value: object) -> str:
    """*value* as charon writes it."""
    return "[" + " ".join(value) + "]" if isinstance(value, list) else str(value)
