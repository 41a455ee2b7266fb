"""A partner's pack as a folder: the document, and a file for each configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.handover import forms
from ksz_netops.handover.document import Listing, document
from ksz_netops.handover.equipment import Surroundings, configuration, equipment_called

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ksz_netops.handover.facts import Facts

_DEFAULT: Final = "strongswan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything that goes to one partner."""

    files: dict[str, bytes]
    """Content by file name."""


def assemble(  # noqa: PLR0913 - what one pack depends on
    facts: Facts,
    *,
    languages: Sequence[str],
    on: date,
    equipment: str | None = None,
    around: Surroundings | None = None,
    with_pdf: bool = True,
) -> Pack:
    """The pack of *facts*, with a document in each of *languages*.

    Args:
        facts: What both parties agreed.
        languages: Of `nl`, `fr`, `de`, `en`.
        on: The day that the documents bear.
        equipment: The partner's gateway; strongSwan where nobody said.
        around: The partner's own ports and addresses, as far as known.
        with_pdf: Whether a PDF is made beside the Markdown.

    Raises:
        IntentError: If the equipment is not known or cannot speak the tunnel's profile.
        FormError: If the PDF cannot be made here.
    """
    kind = equipment_called(equipment or _DEFAULT)
    listings = tuple(
        Listing(
            connection=tunnel.connection,
            equipment=kind,
            file_name=f"{facts.partner}-{tunnel.connection}-{kind.name}{kind.suffix}",
            text=configuration(kind, tunnel, around or Surroundings()),
        )
        for tunnel in facts.tunnels
    )
    files = {listing.file_name: listing.text.encode() for listing in listings}
    for language in languages:
        made = document(facts, listings, language=language, on=on)
        files[f"{facts.partner}-{language}.md"] = forms.markdown(made).encode()
        if with_pdf:
            files[f"{facts.partner}-{language}.pdf"] = forms.pdf(made)
    return Pack(files=files)


def write(pack: Pack, folder: Path) -> tuple[str, ...]:
    """Writes *pack* into *folder*, which is made; returns the names of the files.

    Raises:
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in sorted(pack.files.items()):
        replace_file(folder / name, content, mode=READABLE)
    return tuple(sorted(pack.files))
