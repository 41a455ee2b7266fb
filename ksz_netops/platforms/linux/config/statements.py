"""The text of a Linux hub's configuration: statements, one per object, in one canonical order.

A statement is a line, or for a connection a block whose last line is `}`. Two configurations are
equal exactly where their sets of statements are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

KINDS: Final = (
    "frame",
    "link",
    "address",
    "neighbour",
    "route",
    "shaping",
    "class",
    "element",
    "connection",
    "secret",
    "loaded",
    "sa",
    "sshd",
    "account",
    "key",
    "directory",
    "startup",
)
"""First words of statements, in the order of the text."""
_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}


def kind_of(statement: str) -> str:
    """The first word of *statement*."""
    return statement.partition(" ")[0].rstrip("\n")


def ordered(statements: Iterable[str]) -> tuple[str, ...]:
    """*statements* in canonical order, each once."""
    return tuple(
        sorted(set(statements), key=lambda each: (_RANK.get(kind_of(each), len(KINDS)), each))
    )


def split(text: str) -> list[str]:
    """The statements of *text*; blank lines and lines that begin with `#` are none."""
    statements: list[str] = []
    block: list[str] = []
    for line in text.splitlines():
        if block:
            block.append(line)
            if line.startswith("}"):
                statements.append("\n".join(block))
                block = []
        elif line.endswith("{"):
            block = [line]
        elif line.strip() and not line.startswith("#"):
            statements.append(line.rstrip())
    if block:
        statements.append("\n".join(block))
    return statements


def join(statements: Iterable[str]) -> str:
    """The text of *statements* in canonical order."""
    return "".join(f"{statement}\n" for statement in ordered(statements))


def diff(running: Collection[str], intended: Collection[str]) -> str:
    """What turns *running* into *intended*, as a unified diff without context; empty if nothing."""
    gone, new = set(running) - set(intended), set(intended) - set(running)
    if not gone and not new:
        return ""
    lines = ["--- running", "+++ intended"]
    for statement in ordered(gone | new):
        sign = "-" if statement in gone else "+"
        lines.extend(f"{sign}{line}" for line in statement.splitlines())
    return "".join(f"{line}\n" for line in lines)
