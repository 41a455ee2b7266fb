"""`ksz-netops report`: an audit that was kept as JSON, in any other form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

from ksz_netops.compliance.report.as_json import from_data
from ksz_netops.compliance.report.written import Background, form_of, rendered, write_whole
from ksz_netops.errors import KszError, Problem


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(report)


def report(
    audit: Annotated[Path, typer.Argument(help="What `audit` wrote as JSON.")],
    files: Annotated[
        list[Path], typer.Argument(help="What to write; the end of a name says the format.")
    ],
    inventory: Annotated[
        Path | None, typer.Option(help="The page shows the names that are in this inventory.")
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="The page shows the trend in this history.")
    ] = None,
) -> None:
    """Writes a kept audit in other forms, without asking any hub.

    Exit code as the audit's: 0: all compliant; 2: something is not; 1: an error in use.
    """
    # These are slow to import, and not every call needs them.
    from ksz_netops.compliance.history import opened  # noqa: PLC0415 - reason above
    from ksz_netops.compliance.report.names import Names  # noqa: PLC0415 - reason above
    from ksz_netops.inventory.load import load_intent  # noqa: PLC0415 - reason above

    forms = [form_of(file) for file in files]
    try:
        result = from_data(json.loads(audit.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KszError(
            Problem(
                code="KSZ806",
                what=f"{audit}: not an audit of ksz-netops as JSON ({error})",
                fix="name a file that `ksz-netops audit --format json` or the playbook wrote",
            )
        ) from error
    background = Background(names=Names.of(load_intent(inventory)) if inventory else None)
    if history is not None:
        with opened(history) as kept:
            background = replace(background, audits=kept.audits(), violations=kept.violations())
    for file, form in zip(files, forms, strict=True):
        text = rendered(result, form, background)
        write_whole(file, text)
        typer.echo(file)
    raise typer.Exit(result.exit_code)
