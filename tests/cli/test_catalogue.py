"""The table of commands says what the modules hold."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
import typer
import typer.main

from ksz_netops import cli
from ksz_netops.cli.catalogue import COMMANDS


def registered() -> dict[str, str]:
    found = {}
    for module in pkgutil.iter_modules(cli.__path__):
        loaded = importlib.import_module(f"{cli.__name__}.{module.name}")
        if not hasattr(loaded, "register"):
            continue
        shelf = typer.Typer()
        shelf.callback()(lambda: None)
        loaded.register(shelf)
        found |= dict.fromkeys(typer.main.get_group(shelf).commands, module.name)
    return found


def test_every_command_of_a_module_is_in_the_table() -> None:
    assert registered() == {name: entry.module for name, entry in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_fits_eighty_columns(name: str) -> None:
    longest = max(map(len, COMMANDS))

    assert len(f"  {name:{longest}}  {COMMANDS[name].help}") <= 78
