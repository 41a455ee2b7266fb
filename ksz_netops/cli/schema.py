"""`ksz-netops schema`: lets editors complete and check the files of an inventory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.inventory.json_schema import schemas
from ksz_netops.inventory.load import load_intent

Inventory = Annotated[Path, typer.Option(help="Folder of the inventory.")]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="schema")(_schema)


def _schema(inventory: Inventory = Path("inventory")) -> None:
    """Writes JSON Schema for partner, hub and extranet files into the inventory's `schema` folder.

    The names of the inventory's hubs, attachments and services are offered as choices. A file asks
    for its schema in its first line: `# yaml-language-server: $schema=../schema/partner.json`.
    """
    folder = inventory / "schema"
    folder.mkdir(exist_ok=True)
    for name, schema in schemas(load_intent(inventory)).items():
        path = folder / name
        text = json.dumps(schema, indent=2, ensure_ascii=False)
        replace_file(path, f"{text}\n", mode=READABLE)
        typer.echo(path)
