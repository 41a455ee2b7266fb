"""`ksz-netops render`, `why`, `list` and `calendar`: what the inventory asks for, without a hub."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ksz_netops.cli.options import Form, Format, Inventory, PasswordFile, Repeated

# Each command imports what it uses: the platforms, the vault and Rich are slow to import.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ksz_netops.state.resources import Secret

_INVENTORY: Final = Path("inventory")
_NOTHING: Final = 2


class CalendarForm(StrEnum):
    """How the calendar is shown."""

    TEXT = "text"
    JSON = "json"
    ICALENDAR = "icalendar"


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.command()(render)
    app.command()(why)
    app.command("list")(list_connections)
    app.command()(calendar)


def render(
    subject: Annotated[
        str | None, typer.Argument(help="A hub, or a partner; every hub where absent.")
    ] = None,
    inventory: Inventory = _INVENTORY,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Shows the configuration that a hub must hold, or a partner's part of it; reaches no hub.

    A pre-shared key is shown by its fingerprint: zeros where the vault cannot be opened here.
    """
    from ksz_netops.inventory.load import load_intent
    from ksz_netops.inventory.rendering import renderings

    found = renderings(
        load_intent(inventory),
        secrets=_secrets(inventory, vault_password_file),
        on=_today(),
        subject=subject,
    )
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    for number, each in enumerate(found):
        if number:
            typer.echo()
        typer.echo(f"# {each.hub} ({each.platform})")
        typer.echo(each.text.rstrip("\n"))


def why(
    hub: Annotated[str, typer.Argument(help="A hub, hub-bru-1.")],
    line: Annotated[str, typer.Argument(help="A line of its configuration, or a part of one.")],
    inventory: Inventory = _INVENTORY,
    form: Format = Form.TEXT,
) -> None:
    """Names the lines of the inventory that ask for a line of a hub's configuration.

    Exit code 0: something does; 2: nothing does.
    """
    from ksz_netops.inventory.load import load_intent
    from ksz_netops.inventory.reasons import reasons

    found = reasons(load_intent(inventory), hub, line, _today())
    if form is Form.JSON:
        data = [
            {"line": each.line, "what": each.what, "place": str(each.origin or "")}
            for each in found
        ]
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        shown = ""
        for each in found:
            if each.line != shown:
                typer.echo(each.line)
                shown = each.line
            typer.echo(f"  {each.origin or 'the inventory'}: {each.what}")
        if not found:
            typer.echo(f"nothing in {inventory} asks for that line on {hub}", err=True)
    raise typer.Exit(0 if found else _NOTHING)


def list_connections(
    inventory: Inventory = _INVENTORY,
    hub: Annotated[Repeated, typer.Option(help="On this hub; may be repeated.")] = [],  # noqa: B006 - Typer's default for a repeated option, never changed
    method: Annotated[Repeated, typer.Option(help="By this method; may be repeated.")] = [],  # noqa: B006 - as above
    network: Annotated[Repeated, typer.Option(help="Over this network; may be repeated.")] = [],  # noqa: B006 - as above
    profile: Annotated[
        Repeated, typer.Option(help="With this crypto profile; may be repeated.")
    ] = [],  # noqa: B006 - as above
    partner: Annotated[Repeated, typer.Option(help="Of this partner; may be repeated.")] = [],  # noqa: B006 - as above
    expiring: Annotated[
        int | None, typer.Option(min=0, help="With a flow that ends within so many days.")
    ] = None,
    form: Format = Form.TEXT,
) -> None:
    """Lists the connections of the inventory, those alone that the options ask for."""
    from ksz_netops.inventory.load import load_intent
    from ksz_netops.inventory.selection import Criteria, rows

    criteria = Criteria(
        hubs=hub,
        methods=method,
        networks=network,
        profiles=profile,
        partners=partner,
        expiring_within=None if expiring is None else timedelta(days=expiring),
    )
    found = list(rows(load_intent(inventory), criteria, _today()))
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(each) for each in found], default=str, indent=2))
        return
    table = [("partner", "address", "method", "hub", "next end", "name")]
    table += [
        (
            f"{each.partner} {each.connection}",
            each.official_ip,
            " ".join(part for part in (each.method, each.network, each.profile) if part),
            ",".join(each.hubs),
            str(each.next_end or "-"),
            each.name,
        )
        for each in found
    ]
    # The name comes last and is never cut: the rest fits 80 columns, and a word is never broken.
    widths = [max(map(len, column)) for column in zip(*table, strict=True)][:-1]
    for *cells, name in table:
        shown = "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        typer.echo(f"{shown}  {name}")


def calendar(
    inventory: Inventory = _INVENTORY,
    days: Annotated[int | None, typer.Option(min=0, help="Only the next so many days.")] = None,
    form: Annotated[
        CalendarForm, typer.Option("--format", help="How it is shown.")
    ] = CalendarForm.TEXT,
) -> None:
    """Lists the days on which an authorisation or a waiver ends, and the change windows.

    `--format icalendar` is for calendars; each authorisation reminds 60 days before its end.
    """
    from ksz_netops.compliance.deadlines import as_icalendar, deadlines
    from ksz_netops.inventory.load import load_intent

    found = deadlines(load_intent(inventory), inventory)
    if days is not None:
        first, last = _today(), _today() + timedelta(days=days)
        found = tuple(each for each in found if first <= each.day <= last)
    if form is CalendarForm.ICALENDAR:
        sys.stdout.buffer.write(as_icalendar(found, datetime.now(UTC)))
        return
    if form is CalendarForm.JSON:
        data = [asdict(each) for each in found]
        typer.echo(json.dumps(data, default=str, indent=2, ensure_ascii=False))
        return
    today = _today()
    for each in found:
        left = (each.day - today).days
        when = "past" if left < 0 else "today" if left == 0 else f"in {left} days"
        typer.echo(f"{each.day}  {when:>12}  {each.kind:<18}  {each.subject}  ({each.what})")


def _today() -> date:
    from ksz_netops.intent.calendar import BRUSSELS

    return datetime.now(BRUSSELS).date()


def _secrets(inventory: Path, password_file: Path | None) -> Mapping[str, Secret]:
    """Fingerprints of the keys; zeros, with a word of why, where the vault stays closed."""
    from ksz_netops.errors import SecretError
    from ksz_netops.inventory.rendering import UnopenedVault

    if not (inventory / "secrets.yml").exists():
        return UnopenedVault()
    from ksz_netops.inventory.vault import Vault

    try:
        return UnopenedVault(Vault.open(inventory, password_file).secrets())
    except SecretError as error:
        typer.echo(f"{error}; fingerprints are shown as zeros", err=True)
        return UnopenedVault()
