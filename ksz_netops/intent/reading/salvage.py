"""As much as can be read of a file that is partly wrong.

What is wrong is replaced by a part of an example and remembered as tainted, and the file is read
again, until it is whole. So whatever else is wrong in it comes to light in the same run, and rules
between files can judge the rest.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from ksz_netops.intent.reading import refusals
from ksz_netops.intent.words import Yaml

if TYPE_CHECKING:
    from collections.abc import Collection

    from ksz_netops.errors import Problem
    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path

_MOST_PASSES: Final = 20

ModelT = TypeVar("ModelT", bound=BaseModel)


class ByMethod(dict[str, dict[str, Yaml]]):
    """Examples of connections by their method; stands where an example has a list of them."""


def salvage(
    model: type[ModelT], source: Source, example: dict[str, Yaml]
) -> tuple[ModelT | None, frozenset[Path], list[Problem]]:
    """What remains of *source* as a *model*, the tainted paths in it, and what is wrong.

    Args:
        model: What the file should hold.
        source: The file.
        example: A valid file. Every list in it has an item, and no value in it meets a rule
            between files.
    """
    data = copy.deepcopy(source.data)
    tainted = {_heal(data, example, path) for path in source.spoiled}
    problems: list[Problem] = []
    for _ in range(_MOST_PASSES):
        try:
            return model.model_validate(data), frozenset(tainted), problems
        except ValidationError as error:
            found = refusals.refusals(error, data, model)
            problems += [
                each.problem(source)
                for each in found
                if not each.follows and not within(each.path, tainted)
            ]
            for each in found:
                if not each.healed_at:
                    return None, frozenset(tainted), problems
                tainted.add(_heal(data, example, each.healed_at))
    return None, frozenset(tainted), problems


def within(path: Path, tainted: Collection[Path]) -> bool:
    """Whether *path* leads to, or into, one of the *tainted* ones."""
    return any(path[:length] in tainted for length in range(len(path) + 1))


def _heal(data: Yaml, example: Yaml, path: Path) -> Path:
    """Puts the example's part in place of what *path* leads to; returns the path replaced.

    That is *path* or, where the example does not reach as far, the nearest thing above it.
    """
    step, rest = path[0], path[1:]
    part = _part(example, step, data)
    inner = data[step] if _holds(data, step) else None
    if rest and type(inner) is type(_plain(part)) and isinstance(inner, dict | list):
        return (step, *_heal(inner, part, rest))
    if part is None:
        data.pop(step, None)
    else:
        data[step] = copy.deepcopy(_plain(part))
    return (step,)


def _holds(data: Yaml, step: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _part(example: Yaml, step: str | int, data: Yaml) -> Yaml:
    """What the *example* has for *step*; the same for every item of a list."""
    if isinstance(example, ByMethod):
        item = data[step] if _holds(data, step) else None
        method = item.get("method") if isinstance(item, dict) else None
        if isinstance(method, str) and method in example:
            return example[method]
        return next(iter(example.values()))
    if isinstance(example, list):
        return example[0]
    return example.get(step)


def _plain(part: Yaml) -> Yaml:
    """*part* as YAML would hold it."""
    return [next(iter(part.values()))] if isinstance(part, ByMethod) else part
