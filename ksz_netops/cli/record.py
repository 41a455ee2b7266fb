"""`ksz-netops record`: what was done, and whether to believe it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - Typer reads it
from pathlib import Path
from typing import Annotated, Final

import typer

from ksz_netops.cli.change import Kept  # noqa: TC001 - Typer reads it
from ksz_netops.cli.options import (
    Form,
    Format,
    Inventory,
)
from ksz_netops.errors import RefusedError

# Ansible's vault and cryptography are slow to import, and only these commands need them.
# ruff: noqa: PLC0415

_INVENTORY: Final = Path("inventory")

record_app = typer.Typer(no_args_is_help=True, help="What was done, and whether to believe it.")


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.add_typer(record_app, name="record")


@record_app.command("verify")
def record_verify(
    inventory: Inventory = _INVENTORY,
    record: Kept = None,
    head: Annotated[list[str], typer.Option(help="A head that was kept elsewhere.")] = [],  # noqa: B006 - as above
) -> None:
    """Says whether the record is whole: no edit, no entry dropped, moved or cut off.

    Exit code 0: it is; 3: it is not.
    """
    from ksz_netops.change.record.audit_trail import verify_record
    from ksz_netops.change.record.chain import Record
    from ksz_netops.change.workflow import RECORD

    kept = Record(record or inventory / RECORD)
    problems = list(verify_record(kept, dict.fromkeys(head, "the command line")))
    if problems:
        raise RefusedError(problems)
    typer.echo(f"{kept.head().number} entries, whole; head {kept.head()}")


@record_app.command("show")
def record_show(
    inventory: Inventory = _INVENTORY,
    record: Kept = None,
    partner: Annotated[str | None, typer.Option(help="Only of this partner.")] = None,
    hub: Annotated[str | None, typer.Option(help="Only of this hub.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only from this day on, UTC.")
    ] = None,
    form: Format = Form.TEXT,
) -> None:
    """Shows what was done, by whom, and how it ended."""
    from ksz_netops.change.record.audit_trail import shown
    from ksz_netops.change.record.chain import Record
    from ksz_netops.change.workflow import RECORD
    from ksz_netops.intent.calendar import in_brussels

    kept = Record(record or inventory / RECORD)
    day = f"{since:%F}" if since else None
    for entry in shown(kept.entries(), partner=partner, hub=hub, since=day):
        if form is Form.JSON:
            typer.echo(entry.line().decode())
            continue
        body = entry.body
        by = body.get("by", {}).get("user", "")
        hubs = ", ".join(f"{name} {holds}" for name, holds in body.get("hubs", {}).items())
        approvers = [
            each["principal"]
            for each in body.get("signatures", ())
            if each["for"].startswith("approval")
        ]
        said = [
            f"{entry.number}",
            in_brussels(entry.at),
            f"{entry.event} {body.get('end', '')}".strip(),
            f"plan {str(body.get('plan', ''))[:12]}" if "plan" in body else "",
            f"by {by}" if by else "",
            f"approved by {', '.join(approvers)}" if approvers else "",
            hubs,
            ", ".join(body.get("partners", ())),
        ]
        typer.echo("  ".join(each for each in said if each))
        for problem in body.get("problems", ()):
            typer.echo(f"    {problem}")
