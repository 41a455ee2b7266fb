"""Inventories for tests: a good one, copied, and changed where a test wants it wrong."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from ksz_netops.errors import Problem

GOOD = Path(__file__).parents[1] / "intent/good"
"""One partner at least for each method and each way of using it; nothing in it is wrong."""

MARK = "«"
"""Stands in a new text before the place that the problem should name."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """A copy of the good inventory."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> Inventory:
        """A new one in *folder*, which does not exist yet."""
        return cls(Path(shutil.copytree(GOOD, folder)))

    def edit(self, file: str, old: str, new: str) -> str | None:
        """Puts *new* in place of the one *old*; returns `file:line:column` of the mark in it."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        return self.write(file, text.replace(old, new))

    def write(self, file: str, text: str) -> str | None:
        """Writes the file whole; returns `file:line:column` of the mark in *text*."""
        path = self.folder / file
        place = None
        if MARK in text:
            before = text[: text.index(MARK)]
            column = len(before) - before.rfind("\n")
            place = f"{path}:{before.count(chr(10)) + 1}:{column}"
        path.write_text(text.replace(MARK, ""), encoding="utf-8")
        return place

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong with it; none where it is good."""
        try:
            load_intent(self.folder)
        except IntentError as error:
            return error.problems
        return ()
