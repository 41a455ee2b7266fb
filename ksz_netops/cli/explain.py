"""`ksz-netops explain`: the page of an error code."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ksz_netops.cli.options import Form, Format
from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command()(explain)


def explain(
    code: Annotated[str, typer.Argument(help="As a message shows it: KSZ110, or only 110.")],
    form: Format = Form.TEXT,
) -> None:
    """Explains an error code, such as KSZ110."""
    number = re.fullmatch(r"(?:KSZ)?(\d{3})", code.strip().upper())
    page = pages() / f"KSZ{number[1]}.md" if number else None
    if page is None or not page.is_file():
        raise KszError(
            Problem(
                code="KSZ002",
                what=f"there is no error code {code!r}",
                fix="take it from a message, such as KSZ110",
            )
        )
    text = page.read_text(encoding="utf-8")
    if form is Form.JSON:
        title, _, body = text.partition("\n")
        shown = {"code": page.name.removesuffix(".md"), "title": title.removeprefix("# ")}
        typer.echo(json.dumps({**shown, "page": body.strip()}, indent=2, ensure_ascii=False))
    else:
        typer.echo(text.rstrip("\n"))


def pages() -> Traversable:
    """The folder of the pages: in the package where it was installed, else in the clone."""
    inside = files("ksz_netops").joinpath("docs/errors")
    return inside if inside.is_dir() else Path(__file__).parents[2] / "docs/errors"
