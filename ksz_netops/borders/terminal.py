"""The one door to the terminal: what is written there moves no cursor and hides nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.printable import printable_lines

if TYPE_CHECKING:
    from typing import TextIO

_ONE: Final = r"(?:[0-4]|2[2-4]|3[1-6]|39|9[1-6])"
_STYLE: Final = re.compile(rf"(\x1b\[(?:{_ONE}(?:;{_ONE})*)?m)")
"""Bold, dim and plain colours: our own tables have them, and they hide no text."""


class Terminal:
    """A text stream that shows every other control character as its escape."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes *text*; what could move the cursor or hide other text is written out."""
        shown = "".join(
            part if _STYLE.fullmatch(part) else printable_lines(part)
            for part in _STYLE.split(text.replace("\r\n", "\n"))
        )
        self._stream.write(shown)
        return len(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)
