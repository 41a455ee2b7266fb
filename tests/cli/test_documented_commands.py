"""Every command and option that a page or a message names is one that there is."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ksz_netops
from ksz_netops.cli import code_of
from ksz_netops.cli.catalogue import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(ksz_netops.__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted((ROOT / "ksz_netops").rglob("*.py"))
INLINE = re.compile(r"`(ksz-netops [^`]+)`", re.DOTALL)
TYPED = re.compile(r"^(?:\$ |  )?(ksz-netops .*(?:\\\n.*)*)", re.MULTILINE)
TITLES = {"ksz-netops demo"}
"""What stands above a table and is typed by nobody."""
GROUPS = {"lab", "partner", "record", "secrets", "show"}


def commands_in(text: str) -> Iterator[str]:
    for block in re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE):
        yield from TYPED.findall(block)
    yield from INLINE.findall(re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def documented() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for command in commands_in(page.read_text(encoding="utf-8")):
            yield page.relative_to(ROOT).as_posix(), command
    for source in SOURCES:
        for command in INLINE.findall(source.read_text(encoding="utf-8")):
            if "{" not in command:
                yield source.relative_to(ROOT).as_posix(), command


def words_of(command: str) -> list[str]:
    """What is typed, up to what another program gets and without the rest of a shell's line."""
    plain = re.sub(r"\s+#.*|[…<>|].*", "", command.replace("\\\n", " ")).replace("\n", " ")
    with contextlib.suppress(ValueError):
        words = shlex.split(plain)[1:]
        return words[: words.index("--")] if "--" in words else words
    return plain.split()[1:]


@functools.cache
def help_of(path: tuple[str, ...]) -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        assert code_of([*path, "--help"]) == 0, f"there is no command {' '.join(path)}"
    return shown.getvalue()


@pytest.mark.parametrize(
    ("page", "command"), sorted(each for each in set(documented()) if each[1] not in TITLES)
)
def test_a_documented_command_is_there_with_its_options(page: str, command: str) -> None:
    words = [word.rstrip(".,;:") for word in words_of(command)]
    if not words or words[0].startswith("-"):
        path: tuple[str, ...] = ()
    else:
        assert words[0] in COMMANDS, page
        below = words[1:2] if words[0] in GROUPS else []
        path = (words[0], *(word for word in below if re.fullmatch("[a-z]+", word)))

    for option in {word.partition("=")[0] for word in words if word.startswith("--")}:
        assert re.search(rf"{option}\b", help_of(path)), f"{page}: {option}"
    help_of(path)
