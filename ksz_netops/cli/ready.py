"""`ksz-netops ready` and `record-router`: what a hub lacks, and what it shows."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ksz_netops.borders.files import replace_file
from ksz_netops.cli.options import Form, Format, Inventory, PasswordFile
from ksz_netops.errors import ConnectError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.platforms import Examiner, Recorder, platforms

if TYPE_CHECKING:
    from ksz_netops.platforms import Lack

_DEFAULT: Final = Path("inventory")
_LACKING: Final = 2
_HubName = Annotated[str, typer.Argument(help="Its name, hub-gen-1.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.command()(ready)
    app.command(name="record-router")(record_router)


def ready(
    hub: _HubName,
    inventory: Inventory = _DEFAULT,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Asks a hub, by read-only commands, whether it can carry what is intended.

    Exit code 0: it can; 2: it lacks something, and each lack names what mends it.
    """
    intent = load_intent(inventory)
    today = datetime.now(BRUSSELS).date()
    secrets = Vault.open(inventory, vault_password_file).secrets()
    intended = desired_state(intent, hub, secrets=secrets, on=today)
    platform = platforms()[intent.hubs[hub].platform]
    with platform.connect(target_of(intent, hub, inventory)) as session:
        if not isinstance(session, Examiner):
            raise _has_no(hub, "examination")
        found = session.lacks(intended)
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        _show(hub, found)
    raise typer.Exit(_LACKING if found else 0)


def _show(hub: str, found: tuple[Lack, ...]) -> None:
    if not found:
        typer.echo(f"{hub}: ready for what is intended")
    for lack in found:
        typer.echo(f"{hub}: {lack.what}; {lack.fix}")


def record_router(
    hub: _HubName,
    output: Annotated[Path, typer.Option(help="Folder for one file per command.")],
    inventory: Inventory = _DEFAULT,
) -> None:
    """Writes down what a router answers to everything that we ask, without keys.

    Record before and after a first push. Of a configuration only our part is kept. Look through the
    files before you give them away: names and addresses stay.
    """
    intent = load_intent(inventory)
    target = target_of(intent, hub, inventory)
    with platforms()[intent.hubs[hub].platform].connect(target) as session:
        if not isinstance(session, Recorder):
            raise _has_no(hub, "recorder")
        answers = session.recording()
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    for command, answer in answers.items():
        file = output / f"{command.replace(' ', '_')}.txt"
        replace_file(file, answer)
    typer.echo(f"{len(answers)} answers of {hub} are in {output}")


def _has_no(hub: str, what: str) -> ConnectError:
    return ConnectError(
        Problem(
            code="KSZ273",
            what=f"{hub}: its platform has no {what}",
            fix="use the command on a router; a Linux hub is examined by `playbooks/prepare.yml`",
        )
    )
