"""Edits of what `look.py` said on a Linux hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ksz_netops.platforms.linux.config import tc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Look = dict[str, Any]
    Edit = Callable[[Look], object]
    Found = Iterator[tuple[str, str, Edit]]
    """Kind of mutant, where it is, and what makes it."""


def in_json(tool: str, change: Callable[[Any], object]) -> Edit:
    """Changes the document that *tool* gave."""

    def edit(look: Look) -> None:
        answer = look["tools"][tool]
        said = json.loads(answer["out"] or "[]")
        change(said)
        answer["out"] = json.dumps(said) + "\n"

    return edit


def in_text(tool: str, old: str, new: str, nth: int = 0) -> Edit:
    """Puts *new* in the place of the *nth* *old* in the text that *tool* gave."""

    def edit(look: Look) -> None:
        answer = look["tools"][tool]
        parts = answer["out"].split(old)
        answer["out"] = old.join(parts[: nth + 1]) + new + old.join(parts[nth + 1 :])

    return edit


def listed_classes(answer: str) -> list[dict[str, Any]]:
    """The classes in an answer of `tc -j class show`, which is JSON from iproute2 6.15 on."""
    if answer.startswith("["):
        found: list[dict[str, Any]] = json.loads(answer)
        return found
    return [tc.dumped(line) for line in answer.splitlines()]


def put(path: tuple[Any, ...], value: object, whole: Any) -> None:  # noqa: ANN401 - JSON
    """Sets what is at *path*."""
    for step in path[:-1]:
        whole = whole[step]
    whole[path[-1]] = value


def take(path: tuple[Any, ...], whole: Any) -> None:  # noqa: ANN401 - JSON
    """Deletes what is at *path*."""
    for step in path[:-1]:
        whole = whole[step]
    del whole[path[-1]]


def add(path: tuple[Any, ...], value: object, whole: Any) -> None:  # noqa: ANN401 - JSON
    """Appends to the list at *path*."""
    for step in path:
        whole = whole[step]
    whole.append(value)
