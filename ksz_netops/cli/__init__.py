"""The `ksz-netops` command: one module here is one group of subcommands.

A module with a function `register(app)` adds its subcommands; `catalogue.COMMANDS` lists them.
Exit codes are those of `docs/exit-codes.md`, whatever fails.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

import typer
from typer.exceptions import Abort, TyperException

from ksz_netops.borders.terminal import Terminal
from ksz_netops.cli.catalogue import COMMANDS
from ksz_netops.cli.group import PLAIN, LazyGroup
from ksz_netops.errors import KszError, Problem

USE: Final = 1
"""Exit code where the command was called in a way that it does not know."""
INTERRUPTED: Final = 130
UNKNOWN: Final = 5

app = typer.Typer(cls=LazyGroup, no_args_is_help=True, **PLAIN)


def _show_version(given: bool) -> None:
    if given:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and rarely asked for

        typer.echo(f"ksz-netops {version('ksz-netops')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Shows the version and ends."
        ),
    ] = False,
) -> None:
    """Connects partners to the extranet: intent, configuration, proof.

    Exit codes: 0 nothing to do or all compliant, 1 error in input or use, 2 changes pending or
    findings, 3 refused, 4 rolled back, 5 outcome unknown.
    """


def main() -> None:
    """Runs the command; what is wrong is shown as located lines, never as a traceback."""
    if not sys.stdout.isatty():
        # A log is no terminal of 80 columns: tables are not folded to fit one.
        os.environ.setdefault("COLUMNS", "140")
    sys.stdout, sys.stderr = Terminal(sys.stdout), Terminal(sys.stderr)
    sys.exit(code_of(sys.argv[1:]))


def code_of(arguments: list[str]) -> int:
    """The exit code of the command that *arguments* call, after it ran."""
    try:
        result = app(arguments, prog_name="ksz-netops", standalone_mode=False)
    except KszError as error:
        return _said(error, error.exit_code)
    except TyperException as error:
        # Without arguments the message is the help itself.
        whole = error.format_message().startswith("Usage:")
        return _said(error.format_message(), USE, context=None if whole else _context_of(error))
    except Abort:
        return _said("aborted; nothing was done", USE)
    except KeyboardInterrupt:
        result = INTERRUPTED
    except OSError as error:
        if error.filename is None:
            raise
        return _said(
            Problem(
                code="KSZ001",
                what=f"{error.filename}: {error.strerror}",
                fix="see that the path is right and you may use it",
            ),
            USE,
        )
    if result == INTERRUPTED:
        return _interrupted(arguments)
    return result if isinstance(result, int) else 0


def _context_of(error: TyperException) -> typer.Context | None:
    found: typer.Context | None = getattr(error, "ctx", None)
    return found


def _said(text: object, code: int, *, context: typer.Context | None = None) -> int:
    if context is not None:
        typer.echo(context.get_usage(), err=True)
        typer.echo(f"Try '{context.command_path} --help'.", err=True)
    typer.echo(text, err=True)
    return code


def _interrupted(arguments: list[str]) -> int:
    """Says what holds after Ctrl-C and which command comes next."""
    name = next((each for each in arguments if each in COMMANDS), "")
    if name and COMMANDS[name].changes_hubs:
        return _said(
            "interrupted; a hub that was not confirmed undoes its change by itself. "
            "Run `ksz-netops recover`, then `ksz-netops audit`",
            UNKNOWN,
        )
    return _said("interrupted; no hub was changed", INTERRUPTED)
