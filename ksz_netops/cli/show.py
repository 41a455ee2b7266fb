"""`ksz-netops show`: everything about one partner on one screen."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ksz_netops.cli.options import Form, Format, Inventory, PasswordFile
from ksz_netops.errors import SecretError
from ksz_netops.intent.calendar import BRUSSELS, in_brussels
from ksz_netops.inventory.hub_overview import hub_overview
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.overview import Overview, overview
from ksz_netops.inventory.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Collection

_DEFAULT: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    shown = typer.Typer(no_args_is_help=True, help="What is known of a partner, or of a hub.")
    shown.command(name="partner")(_partner)
    shown.command(name="hub")(_hub)
    app.add_typer(shown, name="show")


def _partner(
    partner: Annotated[str, typer.Argument(help="Its id, P00012.")],
    inventory: Inventory = _DEFAULT,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Shows a partner: its address, contact, connections, flows, dates and open points."""
    today = datetime.now(tz=UTC).astimezone(BRUSSELS).date()
    intent = load_intent(inventory)
    secrets = _names(inventory, vault_password_file)
    seen = overview(intent, partner, today, secrets)
    if form is Form.JSON:
        data = {**asdict(seen), "partner": seen.partner.model_dump(mode="json")}
        typer.echo(json.dumps(data, default=str, indent=2, ensure_ascii=False))
    else:
        _show(seen, Console())


def _hub(
    hub: Annotated[str, typer.Argument(help="Its name, hub-bru-1.")],
    inventory: Inventory = _DEFAULT,
    form: Format = Form.TEXT,
) -> None:
    """Shows a hub: how it is reached, its sides, what is attached where, what is sold."""
    seen = hub_overview(load_intent(inventory), hub)
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(seen), default=str, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    console.print(Text(f"{seen.name}  {seen.platform}", style="bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_row("reached at", Text(seen.reached_at))
    for side in seen.sides:
        facts.add_row(*map(Text, side.partition(" ")[::2]))
    if seen.uplink_kbps is not None and not seen.file_service:
        facts.add_row("uplink", f"{seen.sold_kbps} of {seen.uplink_kbps} kbit/s sold")
    if seen.file_service:
        facts.add_row("role", "file server")
    facts.add_row("file", Text(str(seen.origin or "")))
    console.print(facts)
    if seen.attachments:
        table = Table("attachment", "where", "network", "used by", box=None)
        for each in seen.attachments:
            used = ", ".join(each.partners) or ("nobody yet" if each.network else "free")
            table.add_row(*map(Text, (each.name, each.where, each.network or "", used)))
        console.print(table)
    for connection in seen.connections:
        console.print(Text(f"  {connection}"))


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
