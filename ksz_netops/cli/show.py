"""`ksz-netops show`: everything about one partner on one screen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ksz_netops.errors import SecretError
from ksz_netops.intent.calendar import BRUSSELS, in_brussels
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.overview import Overview, overview
from ksz_netops.inventory.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Collection

_DEFAULT: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    shown = typer.Typer(no_args_is_help=True, help="What is known of a partner.")
    shown.command(name="partner")(_partner)
    shown.callback()(lambda: None)
    app.add_typer(shown, name="show")


def _partner(
    partner: Annotated[str, typer.Argument(help="Its id, P00012.")],
    inventory: Annotated[Path, typer.Option(help="Folder of the inventory.")] = _DEFAULT,
    vault_password_file: Annotated[
        Path | None,
        typer.Option(envvar="ANSIBLE_VAULT_PASSWORD_FILE", help="The vault's password file."),
    ] = None,
) -> None:
    """Shows a partner: its address, contact, connections, flows, dates and open points."""
    today = datetime.now(tz=UTC).astimezone(BRUSSELS).date()
    intent = load_intent(inventory)
    secrets = _names(inventory, vault_password_file)
    _show(overview(intent, partner, today, secrets), Console())


def _names(inventory: Path, password_file: Path | None) -> Collection[str] | None:
    """The names in the vault; None where it stays closed to whoever asks."""
    try:
        return Vault.open(inventory, password_file).secrets()
    except SecretError:
        return None


def _show(seen: Overview, console: Console) -> None:
    partner, desk = seen.partner, seen.partner.helpdesk
    console.print(Text(f"{partner.id}  {partner.name}", style="bold"))
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("official address", str(partner.official_ip)),
        ("sector", partner.sector),
        ("helpdesk", f"{desk.name}, {desk.email}, {desk.phone}"),
        ("", f"{desk.hours}, in {', '.join(desk.languages)}"),
        ("file", str(seen.origin or "")),
    ):
        facts.add_row(name, Text(value))
    if partner.change_window is not None:
        window = partner.change_window
        text = f"{in_brussels(window.start)} to {in_brussels(window.end)}"
        facts.add_row("change window", text)
    console.print(facts)
    for connection in seen.connections:
        title = f"{connection.id}  {connection.title}, {', '.join(connection.hubs)}"
        tree = Tree(Text(f"{title}, number {connection.number}"))
        _branch(tree, connection.details)
        console.print(tree)
    flows = Table("flow to", "reaches", "authorisation", "until", "open", box=None)
    for flow in seen.flows:
        until = str(flow.until) if flow.until else "no end"
        reaches = "\n".join(flow.reaches)
        row = (flow.to, reaches, flow.authorisation, until, "yes" if flow.is_open else "no")
        flows.add_row(*(Text(cell) for cell in row))
    console.print(flows)
    if not seen.open_points:
        console.print("Nothing is open.")
        return
    console.print(Text("Open points", style="bold"))
    for point in seen.open_points:
        console.print(Text(f"  - {point}"))


def _branch(tree: Tree, details: dict[str, Any] | list[Any]) -> None:
    """Hangs *details* below *tree*, a key or an item each."""
    named = details.items() if isinstance(details, dict) else enumerate(details, start=1)
    for key, value in named:
        if isinstance(value, dict | list):
            _branch(tree.add(Text(str(key))), value)
        else:
            tree.add(Text(f"{key}: {value}"))
