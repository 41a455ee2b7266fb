"""The pack's texts in the languages of the partners' helpdesks, from one catalogue.

English is the language of the source; `locale/LANG.po` holds the others. A text without translation
is an error of the catalogue, so that a pack never mixes languages.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Protocol

from babel.dates import format_date
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from datetime import date

SOURCE: Final = "en"
LANGUAGES: Final = (SOURCE, "nl", "fr", "de")


class Say(Protocol):
    """Gives a text in the language of the pack."""

    def __call__(self, text: str, **values: object) -> str:
        """The translation of *text*, with *values* in place of its `{names}`."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """The translations into *language*, by their English texts."""
    if language == SOURCE:
        return {}
    with files(__package__).joinpath(f"locale/{language}.po").open("rb") as source:
        return {
            str(message.id): str(message.string)
            for message in read_po(source)
            if message.id and message.string and not message.fuzzy
        }


def sayer(language: str) -> Say:
    """What gives texts in *language*.

    Raises:
        KeyError: When a text is asked for that the catalogue lacks.
    """
    known = catalogue(language)

    def say(text: str, **values: object) -> str:
        said = text if language == SOURCE else known[text]
        return said.format(**values)

    return say


def day(moment: date, language: str) -> str:
    """*moment* as people write it in *language*."""
    return format_date(moment, format="long", locale="en_GB" if language == SOURCE else language)
