"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class Form(StrEnum):
    """How an answer is given."""

    TEXT = "text"
    JSON = "json"


Format = Annotated[Form, typer.Option("--format", help="How the answer is given.")]
Inventory = Annotated[Path, typer.Option(help="Folder of the inventory.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        envvar="ANSIBLE_VAULT_PASSWORD_FILE",
        help="The vault's password file; .vault-password of the inventory where absent.",
    ),
]
Repeated: TypeAlias = list[str]
