"""`ksz-netops validate` and `ksz-netops secrets`: the files of an inventory, and its keys."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ksz_netops.cli import options
from ksz_netops.cli.options import Inventory, PasswordFile  # noqa: TC001 - Typer reads them
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.load import files_of, load_intent
from ksz_netops.inventory.problem_report import Format, listing

if TYPE_CHECKING:
    from ksz_netops.errors import Problem
    from ksz_netops.intent.models import Intent

_DEFAULT: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.command()(validate)
    secrets = typer.Typer(no_args_is_help=True, help="Pre-shared keys of the inventory.")
    secrets.command()(generate)
    secrets.callback()(_secrets)
    app.add_typer(secrets, name="secrets")


def validate(
    inventory: Inventory = _DEFAULT,
    form: Annotated[Format, typer.Option("--format", help="How problems are listed.")] = (
        Format.TEXT
    ),
    vault_password_file: PasswordFile = None,
) -> None:
    """Reads all files of an inventory and lists everything that is wrong, each with its place.

    Where the vault can be opened its keys are checked too. Exit code 0: valid; 1: not.
    """
    from ksz_netops.inventory import validation  # noqa: PLC0415 - it imports every platform

    judged = validation.validate(inventory, datetime.now(BRUSSELS).date(), vault_password_file)
    problems = sorted(judged.problems, key=lambda each: each.order)
    text = listing(problems, files_of(inventory), form)
    if text:
        typer.echo(text)
    if form is Format.TEXT:
        typer.echo(_summary(inventory, judged.intent, problems))
    raise typer.Exit(1 if problems else 0)


def generate(
    inventory: Inventory = _DEFAULT,
    form: options.Format = options.Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Makes a key for every `psk: vault:…` that has none, and keeps it in the encrypted vault."""
    from ksz_netops.inventory.vault import generate_missing  # noqa: PLC0415 - Ansible is slow to import

    made = generate_missing(load_intent(inventory), inventory, vault_password_file)
    if form is options.Form.JSON:
        typer.echo(json.dumps({"made": list(made)}, indent=2))
        return
    for name in made:
        typer.echo(f"made {name}")
    typer.echo(f"{inventory / 'secrets.yml'}: {len(made)} made" if made else "every key is there")


def _secrets() -> None:
    """Keeps `generate` a subcommand, though it is the only one."""


def _summary(inventory: Path, intent: Intent | None, problems: list[Problem]) -> str:
    if problems or intent is None:
        files = len({problem.origin.file for problem in problems if problem.origin})
        found = _counted(len(problems), "problem")
        return f"{inventory}: {found} in {_counted(files, 'file')}"
    connections = sum(len(partner.connections) for partner in intent.partners)
    return (
        f"{inventory}: valid; {len(intent.partners)} partners, {connections} connections, "
        f"{len(intent.hubs)} hubs"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
