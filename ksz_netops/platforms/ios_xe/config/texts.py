"""Texts of several lines inside a configuration: one opaque line each.

Their lines may look like anything, so they are never read as configuration. A router writes the
delimiter of a banner as the two characters `^C`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_DELIMITED: Final = re.compile(
    r"(?:banner (?!text |login-text )\S+|(?:\S+ )*?[a-z-]*(?:banner|message|title|prompt|text"
    r"|status-line|notice|disclaimer)) (\^C|[^\s\w])"
)
"""A statement that opens a text with a delimiter of the operator's choice.

The delimiter stands behind the word that says what text it is. Elsewhere the two characters may be
part of a key that the router encrypted.
"""
_FREE: Final = ("description ", "remark ", "name ")
"""One-line statements of free words, in which nothing is delimited."""
_HEXADECIMAL: Final = re.compile(r"(?:[0-9A-Fa-f]{2,8} *)+")


def end_of(line: str, above: str, following: str) -> Callable[[str], bool] | None:
    """Recognises the last line of the text that *line* opens.

    Args:
        line: A statement without its indentation.
        above: The header of the section that holds it; empty at the top.
        following: The next line. A certificate that is stored as a file has no body, as in a
            startup configuration.

    Returns:
        A test for the closing line, or None where *line* is a statement of its own.
    """
    if line.startswith(_FREE):
        return None
    delimited = _DELIMITED.match(line)
    if delimited:
        mark = delimited[1]
        return None if mark in line[delimited.end() :] else lambda each: mark in each
    last = _last_line(line, above, following)
    return (lambda each: each.strip() in last) if last else None


def _last_line(line: str, above: str, following: str) -> tuple[str, ...]:
    """The words that end the text that *line* opens, where it is one without a delimiter."""
    if line.startswith("certificate ") and above.startswith("crypto pki certificate chain "):
        return ("quit",) if _HEXADECIMAL.fullmatch(following.strip()) else ()
    if line == "key-string":
        return "quit", "exit"
    if line.startswith("macro name "):
        return ("@",)
    return ("}",) if line.startswith("macro ") and line.endswith("{") else ()
