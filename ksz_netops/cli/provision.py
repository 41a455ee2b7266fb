"""`ksz-netops provision`: a change that one person may decide alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from ksz_netops.cli.change import ExpectRemoval, Kept, Partners, open_workspace, run_settings
from ksz_netops.cli.options import Form, Format, Inventory, PasswordFile

# Ansible's vault and the platforms are slow to import, and only this command needs them.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from ksz_netops.change.fleet.result import HubEnd
    from ksz_netops.change.hub.outcome import Outcome
    from ksz_netops.change.reading import Scope

Hubs = Annotated[
    list[str], typer.Option("--hub", "--limit", help="Only this hub; may be repeated.")
]
Revert = Annotated[
    int,
    typer.Option(min=10, max=3600, help="Seconds after which a hub undoes what nobody confirmed."),
]
_INVENTORY: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(provision)


def provision(
    inventory: Inventory = _INVENTORY,
    hub: Hubs = [],  # noqa: B006 - Typer's default for a repeated option, never changed
    partner: Partners = [],  # noqa: B006 - as above
    check: Annotated[bool, typer.Option("--check", help="Show it only.")] = False,
    expect_removal: ExpectRemoval = [],  # noqa: B006 - as above
    emergency: Annotated[
        str, typer.Option(help="Why the change passes by the policy; it is recorded and told.")
    ] = "",
    revert_in_s: Revert = 60,
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Makes the hubs hold what they must; what cannot be verified is rolled back.

    Exit code 0: all hold it; 2: with --check, changes are pending; 1: a hub was not changed;
    3: a hub is busy, or the policy asks for an approval; 4: rolled back; 5: the outcome is unknown.
    """
    scope = scope_of(hub, partner, expect_removal)
    if check:
        preview_hubs(inventory, scope, vault_password_file, form)
    workspace = open_workspace(inventory, record, vault_password_file)
    result = workspace.provision(
        scope,
        now=lambda: datetime.now(UTC),
        settings=run_settings(workspace, revert_in_s, quiet=True),
        emergency=emergency,
    )
    if form is Form.JSON:
        hubs = [_as_json(end) for end in result.ends]
        typer.echo(json.dumps({**result.as_json(), "hubs": hubs}, indent=2, ensure_ascii=False))
        raise typer.Exit(result.exit_code)
    for end in result.ends:
        _show(end)
    shown = {problem for end in result.ends for problem in end.problems}
    for problem in result.problems:
        if problem not in shown:
            typer.echo(f"  {problem}", err=True)
    typer.echo(f"record {result.record}", err=True)
    raise typer.Exit(result.exit_code)


def scope_of(hubs: list[str], partners: list[str], expected: list[str]) -> Scope:
    """To what a change is limited, from a command's options."""
    from ksz_netops.change.reading import Scope

    return Scope(hubs=tuple(hubs), partners=tuple(partners), expected_removals=tuple(expected))


def preview_hubs(
    inventory: Path, scope: Scope, password_file: Path | None, form: Form = Form.TEXT
) -> NoReturn:
    """Shows what `provision` would change on the hubs of *scope*, and ends with its exit code."""
    from ksz_netops.change.hub.outcome import worst

    workspace = open_workspace(inventory, None, password_file)
    settings = run_settings(workspace, 60, quiet=True)
    outcomes = workspace.preview(scope, now=lambda: datetime.now(UTC), settings=settings)
    if form is Form.JSON:
        hubs = [_as_json(outcome) for outcome in outcomes]
        typer.echo(json.dumps({"hubs": hubs}, indent=2, ensure_ascii=False))
    else:
        for outcome in outcomes:
            _show(outcome)
    raise typer.Exit(worst(outcome.exit_code for outcome in outcomes))


def _as_json(end: HubEnd | Outcome) -> dict[str, Any]:
    return {
        "hub": end.hub,
        "status": str(end.status),
        "diff": end.diff,
        "partners": list(end.partners),
        "problems": [str(problem) for problem in end.problems],
    }


def _show(end: HubEnd | Outcome) -> None:
    if end.diff:
        typer.echo(end.diff.rstrip("\n"))
    touched = f"; touches {', '.join(end.partners)}" if end.partners else ""
    typer.echo(f"{end.hub}: {str(end.status).replace('_', ' ')}{touched}")
    for problem in end.problems:
        typer.echo(f"  {problem}", err=True)
