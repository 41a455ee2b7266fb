"""One table of exit codes: whatever the command, the same event gives the same code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ksz_netops import cli, errors
from ksz_netops.cli import code_of
from ksz_netops.cli.catalogue import COMMANDS
from ksz_netops.cli.group import imported
from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(cli.__file__).parents[2] / "docs/exit-codes.md"
MEANINGS = {0: "nothing to do", 1: "input or use", 2: "pending", 3: "refused", 4: "rolled back"}
CODES = {
    errors.KszError: 1,
    errors.IntentError: 1,
    errors.UnsupportedError: 1,
    errors.ReadbackError: 1,
    errors.DeviceError: 1,
    errors.ConnectError: 1,
    errors.CommitError: 1,
    errors.SecretError: 1,
    errors.LabError: 1,
    errors.BusyError: 3,
    errors.RefusedError: 3,
    errors.RevertedError: 4,
    errors.UnconfirmedError: 5,
    errors.InterruptError: 130,
}


def leaves(name: str) -> Iterator[tuple[str, ...]]:
    def below(path: tuple[str, ...], command: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - Typer has no public type
        inner = getattr(command, "commands", None)
        if inner is None:
            yield path
            return
        for word, each in inner.items():
            yield from below((*path, word), each)

    yield from below((name,), imported(name))


ALL = [path for name in COMMANDS for path in leaves(name)]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_mistyped_option_is_an_error_in_use(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "--hub-nmae"
    if path == ("lab", "exec"):  # what follows is the command that runs in the lab
        wrong = "--inventory"

    assert code_of([*path, wrong]) == 1
    assert wrong in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nosuch"], ["lab", "nosuch"], ["--nosuch"], []], ids=str)
def test_an_unknown_command_is_an_error_in_use(words: list[str]) -> None:
    assert code_of(words) == 1


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_is_no_error(path: tuple[str, ...]) -> None:
    assert code_of([*path, "--help"]) == 0


def every_error() -> Iterator[type[KszError]]:
    queue = [KszError]
    while queue:
        error = queue.pop()
        yield error
        queue.extend(error.__subclasses__())


def test_an_error_with_a_code_of_its_own_has_its_row_here() -> None:
    for error in every_error():
        row = next(base for base in error.__mro__ if base in CODES)
        assert error.exit_code == CODES[row], error


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("error", CODES, ids=lambda error: error.__name__)
def test_an_error_gives_its_code_in_every_command(
    name: str,
    error: type[KszError],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem = Problem(code="KSZ100", what="something is wrong", fix="mend it")

    assert failing(name, error(problem), monkeypatch) == CODES[error]
    assert "KSZ100 something is wrong; mend it" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_an_interrupt_says_what_holds_and_what_comes_next(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = failing(name, KeyboardInterrupt(), monkeypatch)

    said = capsys.readouterr().err
    if COMMANDS[name].changes_hubs:
        assert code == 5
        assert "ksz-netops recover" in said
    else:
        assert code == 130
        assert "no hub was changed" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_cannot_be_used_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = PermissionError(13, "Permission denied", "reports/audit.json")

    assert failing(name, error, monkeypatch) == 1
    assert capsys.readouterr().err.startswith("KSZ001 reports/audit.json: Permission denied; ")


def failing(name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The code of the command *name* that fails with *error* as soon as it does anything."""

    def fail(*_: object) -> None:
        raise error

    command = imported(name)
    monkeypatch.setattr(command, "invoke", fail)
    monkeypatch.setattr(command, "params", [])
    monkeypatch.setattr("ksz_netops.cli.group.imported", lambda _: command)
    return code_of([name, "x"] if hasattr(command, "commands") else [name])


def test_the_page_has_every_code_and_no_command_that_is_not_there() -> None:
    page = PAGE.read_text(encoding="utf-8")

    for code, meaning in MEANINGS.items():
        assert re.search(rf"^\| {code} \| .*{meaning}", page, re.MULTILINE), code
    rows = page.split("| command |")[1].split("## Playbooks")[0].splitlines()
    first = " ".join(row.split("|")[1] for row in rows if row.startswith("| `"))
    named = {words.split()[0] for words in re.findall(r"`([^`]+)`", first)}
    assert named
    assert named <= set(COMMANDS)
