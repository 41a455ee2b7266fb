"""`ksz-netops diff`: what differs between two inventories, or between one and its hubs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ksz_netops.cli import options
from ksz_netops.cli.change import ExpectRemoval, Partners  # noqa: TC001 - Typer reads them
from ksz_netops.cli.options import Inventory, PasswordFile, Repeated  # noqa: TC001 - Typer reads them
from ksz_netops.errors import KszError, Problem

# The platforms and the vault are slow to import.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.inventory.comparison import Comparison

_INVENTORY: Final = Path("inventory")
_CHANGES: Final = 2


class Form(StrEnum):
    """How the difference is shown."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(diff)


def diff(
    inventory: Inventory = _INVENTORY,
    old: Annotated[
        str | None,
        typer.Option("--from", help="A revision of git, or a folder; no hub is asked then."),
    ] = None,
    new: Annotated[
        str | None,
        typer.Option("--to", help="Another one; the files as they are now where absent."),
    ] = None,
    hub: Annotated[
        Repeated, typer.Option("--hub", "--limit", help="Only this hub; may be repeated.")
    ] = [],  # noqa: B006 - Typer's default for a repeated option, never changed
    partner: Partners = [],  # noqa: B006 - as above
    expect_removal: ExpectRemoval = [],  # noqa: B006 - as above
    form: Annotated[Form, typer.Option("--format", help="How it is shown.")] = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Shows what differs between two revisions of the inventory, or between it and the hubs.

    With --from no hub is reached: each hub's configuration, who gains or loses access, and what to
    look at first. Without it the hubs are asked, and nothing is changed.

    Exit code 0: nothing to do; 2: there is; 1 or 3: a hub could not be asked or is busy.
    """
    if old is None:
        if new is not None or form is Form.MARKDOWN:
            raise KszError(
                Problem(
                    code="KSZ003",
                    what="--to and --format markdown are for two inventories",
                    fix="add --from REVISION, or leave them out to ask the hubs",
                )
            )
        from ksz_netops.cli.provision import preview_hubs, scope_of

        shown = options.Form(form)
        preview_hubs(inventory, scope_of(hub, partner, expect_removal), vault_password_file, shown)
    from ksz_netops.intent.calendar import BRUSSELS
    from ksz_netops.inventory.comparison import compared
    from ksz_netops.inventory.revision import intent_at

    found = compared(
        intent_at(inventory, old),
        intent_at(inventory, new),
        datetime.now(BRUSSELS).date(),
        hubs=hub,
    )
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        lines = _markdown(found) if form is Form.MARKDOWN else _text(found)
        typer.echo("\n".join(lines))
    raise typer.Exit(_CHANGES if found else 0)


def _text(found: Comparison) -> Iterator[str]:
    if not found:
        yield "no hub changes"
        return
    for risk in found.risks:
        yield f"! {risk}"
    for each in found.access:
        yield from (f"{each.partner} gains on {each.hub}: {what}" for what in each.gains)
        yield from (f"{each.partner} loses on {each.hub}: {what}" for what in each.loses)
    for hub in found.hubs:
        yield ""
        touched = f", touches {', '.join(hub.partners)}" if hub.partners else ""
        yield f"{hub.hub}: {_counted(len(hub.changes), 'change')}{touched}"
        yield from (f"  {line}" for line in hub.changes)
        yield from (f"    {line}" for line in hub.configuration)


def _markdown(found: Comparison) -> Iterator[str]:
    if not found:
        yield "No hub changes."
        return
    hubs = ", ".join(f"`{each.hub}`" for each in found.hubs)
    yield f"**{_counted(len(found.hubs), 'hub')} to change:** {hubs}"
    if found.risks:
        yield ""
        yield from (f"- ⚠ {in_markdown(risk)}" for risk in found.risks)
    if found.access:
        yield ""
        yield "| partner | hub | | may reach |"
        yield "|---|---|---|---|"
        for each in found.access:
            for word, reach in (("gains", each.gains), ("loses", each.loses)):
                yield from (
                    f"| {each.partner} | {each.hub} | {word} | {in_markdown(what)} |"
                    for what in reach
                )
    for hub in found.hubs:
        yield ""
        yield f"<details><summary>{hub.hub}: {_counted(len(hub.changes), 'change')}</summary>"
        yield ""
        yield "```diff"
        yield from (f"{line}" for line in hub.configuration)
        yield "```"
        yield ""
        yield "</details>"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_markdown(text: str) -> str:
    """*text* of a person, so that Markdown shows it as it is and no table breaks."""
    shown = "".join(char if char.isprintable() else "?" for char in text)
    for char in "\\`*_[]<>|#":
        shown = shown.replace(char, f"\\{char}")
    return shown
