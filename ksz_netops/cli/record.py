"""`ksz-netops record`: what was done, and whether to believe it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from ksz_netops.cli.change import Kept  # noqa: TC001 - Typer reads it
from ksz_netops.cli.options import (
    Form,
    Format,
    Inventory,
)
from ksz_netops.errors import Problem, RefusedError

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
    form: Format = Form.TEXT,
) -> None:
    """Checks that the record is whole, and that each change in it was signed by whom it names.

    Signatures count by `allowed_signers` of the inventory on the day of their entry.

    Exit code 0: it is; 3: it is not.
    """
    from ksz_netops.change.record.audit_trail import verify_record
    from ksz_netops.change.record.chain import FOLDER, Record
    from ksz_netops.signing.signers import find_signers

    kept = Record(record or inventory / FOLDER)
    heads = dict.fromkeys(head, "the command line")
    problems = list(verify_record(kept, heads, signers=find_signers(inventory)))
    if problems:
        raise RefusedError(problems)
    if form is Form.JSON:
        typer.echo(json.dumps({"whole": True, "head": str(kept.head())}))
        return
    typer.echo(f"{kept.head().number} entries, whole; head {kept.head()}")


@record_app.command("acknowledge")
def record_acknowledge(
    entry: Annotated[int, typer.Argument(help="Number of the emergency's entry `begun`.")],
    key: Annotated[Path, typer.Option(help="Your SSH key, or the public one of your agent's.")],
    inventory: Inventory = _INVENTORY,
    record: Kept = None,
) -> None:
    """Signs that you have looked at a change that passed by the policy in an emergency.

    Until somebody else than its author does so, each audit names the change.
    """
    from ksz_netops.change.record.chain import FOLDER, Record
    from ksz_netops.change.record.emergencies import NAMESPACE, acknowledge, emergency_at
    from ksz_netops.signing.signers import read_signers
    from ksz_netops.signing.ssh_signatures import sign

    kept = Record(record or inventory / FOLDER)
    signers = read_signers(inventory)
    emergency = emergency_at(kept, entry, signers)
    typer.echo(emergency.problem().what)
    try:
        signature = sign(emergency.entry.line(), key=key, namespace=NAMESPACE)
    except OSError as error:
        raise RefusedError(
            Problem(code="KSZ906", what=f"it was not signed: {error}", fix="see the key")
        ) from error
    done = acknowledge(kept, entry, signature, signers=signers, at=datetime.now(UTC))
    typer.echo(f"acknowledged by {done.acknowledged_by}; head {kept.head()}")


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
    from ksz_netops.change.record.chain import FOLDER, Record
    from ksz_netops.intent.calendar import in_brussels

    kept = Record(record or inventory / FOLDER)
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
            str(body.get("basis", "")) if body.get("basis") in {"direct", "emergency"} else "",
            f"entry {body['entry']} by {body['signature']['principal']}"
            if entry.event == "acknowledged"
            else "",
            f"approved by {', '.join(approvers)}" if approvers else "",
            hubs,
            ", ".join(body.get("partners", ())),
        ]
        typer.echo("  ".join(each for each in said if each))
        for problem in body.get("problems", ()):
            typer.echo(f"    {problem}")
