"""How big and how deep a YAML file may be, found out before a tree of it is made.

libyaml makes that tree by recursion, which ends the process where the text is nested too deeply.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import yaml

from ksz_netops.errors import IntentError, Origin
from ksz_netops.intent.words import located

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 32
"""Lists and mappings within each other."""
_MOST_VALUES: Final = 30_000
"""Keys and values of a file."""
_CODE: Final = "KSZ125"
_INDENTED: Final = re.compile(rf"^[ ?-]{{{_DEEPEST}}}", re.MULTILINE)
_OPENING: Final = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def check_bounds(text: str, file: str) -> None:
    """Accepts the *text* of *file* that can be read in little time and memory.

    Raises:
        IntentError: If it is nested too deeply, or holds too much.
    """
    openers = text.count("[") + text.count("{")
    few = text.count("\n") + text.count(",") + text.count(":") < _MOST_VALUES
    if few and openers < _DEEPEST and not _INDENTED.search(text):
        return
    try:
        for what, fix, event in _excesses(text):
            mark = event.start_mark
            origin = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file, 1)
            raise IntentError(located(_CODE, what, fix, origin))
    except yaml.YAMLError:
        return  # what is wrong with it is said, with its place, when it is read


def _excesses(text: str) -> Iterator[tuple[str, str, yaml.Event]]:
    """What is too much, what to do, and where it begins."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, _CLOSING):
            depth -= 1
            continue
        values += 1
        depth += isinstance(event, _OPENING)
        if depth > _DEEPEST:
            what = f"more than {_DEEPEST} lists and mappings within each other"
            yield what, "write it flat", event
        if values > _MOST_VALUES:
            yield f"more than {_MOST_VALUES} values", "split it into several files", event
