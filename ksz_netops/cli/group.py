"""A group whose commands are imported when they are called, not when they are listed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from ksz_netops.cli.catalogue import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN: Final[dict[str, Any]] = {"pretty_exceptions_enable": False, "rich_markup_mode": None}
"""Help as plain text: Rich costs more to import than all else that a listing needs."""


class LazyGroup(TyperGroup):
    """Lists commands by the catalogue, and imports the one that is called."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - Typer's own
        super().__init__(**settings)
        for name, entry in COMMANDS.items():
            self.commands[name] = TyperCommand(
                name, help=entry.help, rich_markup_mode=None, callback=None
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:  # noqa: ANN401 - Typer has no public types for these
        """The command that *args* begin with, imported."""
        name, found, rest = super().resolve_command(ctx, args)
        if name in COMMANDS:
            found = imported(name)
        return name, found, rest


def imported(name: str) -> Any:  # noqa: ANN401 - Typer has no public type for a command
    """The command *name*; every part of it that answers in JSON takes `--json` too."""
    shelf = typer.Typer(**PLAIN)
    shelf.callback()(lambda: None)
    module = importlib.import_module(f"{__package__}.{COMMANDS[name].module}")
    module.register(shelf)
    command = typer.main.get_group(shelf).commands[name]
    for part in _parts(command):
        if any("json" in _choices(parameter) for parameter in part.params):
            part.params.append(_json_flag())
    return command


def _parts(command: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """*command* and the commands below it."""
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _parts(below)


def _choices(parameter: Any) -> list[str]:  # noqa: ANN401 - as above
    """What the option `--format` takes; nothing of any other parameter."""
    if "--format" not in parameter.opts:
        return []
    return [str(choice.value) for choice in parameter.type_descriptor.choices or ()]


def _prefer_json(context: typer.Context, value: bool) -> None:
    if value:
        context.default_map = {**(context.default_map or {}), "form": "json"}


def _lender(
    *,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            is_eager=True,
            expose_value=False,
            callback=_prefer_json,
            help="Short for --format json.",
        ),
    ] = False,
) -> None:
    """Lends its option to other commands."""


def _json_flag() -> Any:  # noqa: ANN401 - as above
    """The option `--json`, which stands for `--format json`."""
    lender = typer.Typer(add_completion=False, **PLAIN)
    lender.command()(_lender)
    (flag,) = (each for each in typer.main.get_command(lender).params if "--json" in each.opts)
    return flag
