"""Text as it is shown to people: on a terminal, in a table, in a page, in a log.

What a file, a hub or a plan says may hold control characters and marks that reverse the direction
of writing. Shown as they are, they could hide the rest of a report.
"""

from __future__ import annotations

from typing import Final

_SPACES: Final = frozenset("\u00a0\u202f")
"""No-break spaces, which languages use within numbers and before punctuation."""


def printable(text: str) -> str:
    """*text* on one line, with every character that is not shown written as its escape."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in _SPACES else _escaped(each) for each in text
    )


def printable_lines(text: str) -> str:
    """*text* with its line feeds and tabs; every line as `printable` shows it."""
    return "\n".join(
        "\t".join(printable(part) for part in line.split("\t")) for line in text.split("\n")
    )


def shortened(text: str, most: int = 400) -> str:
    """At most so many characters of *text*, for a message that quotes it."""
    return text if len(text) <= most else f"{text[:most]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
