"""The document as a PDF and as Markdown; both show the same sections."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.handover.document import Document, Section


class FormError(KszError):
    """The document could not be given its form."""


def pdf(document: Document) -> bytes:
    """*document* as a tagged PDF (PDF/UA-1 is declared), the same bytes for the same document.

    Raises:
        FormError: If the program that sets it is not installed.
    """
    try:
        import typst  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise FormError(
            Problem(
                code="KSZ702",
                what="the PDF needs the Python package typst",
                fix="install ksz-netops[handover], or use --no-pdf",
            )
        ) from error
    source = files(__package__).joinpath("pack.typ").read_bytes()
    shown = json.loads(json.dumps(asdict(document)), object_hook=_printable)
    inputs = {"document": json.dumps(shown)}
    try:
        made: bytes = typst.compile(
            source,
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=["ua-1"],
            ignore_system_fonts=True,
        )
    except typst.TypstError as error:
        raise FormError(
            Problem(
                code="KSZ702",
                what=f"the PDF cannot be set: {error}",
                fix="write the partner's name in Latin letters, or use --no-pdf",
            )
        ) from error
    return made


def markdown(document: Document) -> str:
    """*document* as Markdown."""
    return "\n".join(_markdown(document)) + "\n"


def _markdown(document: Document) -> Iterator[str]:
    yield f"# {_plain(document.title)}"
    yield ""
    yield f"{_plain(document.subtitle)}, {document.made_on}"
    for number, section in enumerate(document.sections, start=1):
        yield ""
        yield f"## {number}. {_plain(section.title)}"
        yield from _body(section)


def _body(section: Section) -> Iterator[str]:
    for paragraph in section.paragraphs:
        yield ""
        yield _plain(paragraph)
    if section.rows:
        yield ""
        header = section.header or ("",) * len(section.rows[0])
        yield f"| {' | '.join(_cell(cell) for cell in header)} |"
        yield f"|{'---|' * len(header)}"
        for row in section.rows:
            yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    if section.listing:
        yield ""
        yield "```"
        yield section.listing.rstrip("\n")
        yield "```"


def _cell(text: str) -> str:
    return "<br>".join(_plain(line) for line in text.split("\n"))


def _printable(values: dict[str, Any]) -> dict[str, Any]:
    """*values* with what cannot be printed taken out of every text, at any depth."""
    return {key: _without_controls(value) for key, value in values.items()}


def _without_controls(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_without_controls(each) for each in value]
    if isinstance(value, str):
        return "".join(each for each in value if each.isprintable() or each == "\n")
    return value


def _plain(text: str) -> str:
    """*text* with nothing that Markdown or HTML would read: names are free text of a partner."""
    kept = "".join(each for each in text if each.isprintable())
    for mark in "\\`*_[]<>|#":
        kept = kept.replace(mark, f"\\{mark}" if mark not in "<>" else f"&{_ENTITY[mark]};")
    return kept


_ENTITY = {"<": "lt", ">": "gt"}
