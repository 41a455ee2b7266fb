"""The `ksz-netops` command: one module here is one group of subcommands.

A module `ksz_netops.cli.<group>` with a function `register(app)` adds its subcommands by itself.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import typer

from ksz_netops.errors import KszError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def _root() -> None:
    """Connects partners to the extranet: intent, configuration, proof."""


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}").register(app)


def main() -> None:
    """Runs the command; what is wrong is shown as located lines, never as a traceback."""
    if not sys.stdout.isatty():
        # A log is no terminal of 80 columns: tables are not folded to fit one.
        os.environ.setdefault("COLUMNS", "140")
    try:
        app()
    except KszError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's own output
        sys.exit(error.exit_code)
