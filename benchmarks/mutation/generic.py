"""Mutants that nobody thought of: made from what the hubs answer, whatever that is.

Of each JSON document every value is changed, removed, and one is added beside it; of each other
text every line is removed. Of a router's configuration each of our lines is removed, doubled,
negated and moved. Which of them make no difference is said in `indifferent.py`, each with a reason.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.mutation.edits import in_json, put, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.mutation.edits import Found, Look

Path = tuple[Any, ...]

CHANGED, REMOVED, ADDED = "any value changed", "any value removed", "any value added"
LINE_REMOVED = "any line of an answer removed"
OPERATORS = frozenset({CHANGED, REMOVED, ADDED, LINE_REMOVED})


def on_linux(look: Look) -> Found:
    """Every value in what each tool said."""
    for tool, answer in sorted(look["tools"].items()):
        try:
            said = json.loads(answer["out"])
        except ValueError:
            yield from _lines(tool, answer["out"])
            continue
        for operator, path, change in _changes(said):
            yield operator, f"{tool}: {written(path, said)}", in_json(tool, change)


def written(path: Path, said: Any) -> str:  # noqa: ANN401 - JSON
    """*path* in one line, each thing with a name by that: `(set line_in4).elem[0].val`."""
    text = ""
    for step in path:
        said = said[step]
        name = _name(said)
        text += f"({name})" if name else f"[{step}]" if isinstance(step, int) else f".{step}"
    return text


def _name(said: Any) -> str:  # noqa: ANN401 - JSON
    """What *said* is called, as a port or a thing of nft is."""
    if not isinstance(said, dict):
        return ""
    for key, below in said.items():
        if isinstance(below, dict) and len(said) == 1:
            name = below.get("name", below.get("chain"))
            if name:
                return f"{below.get('table', '')} {key} {name}".strip()
    if "dst" in said and "protocol" in said:
        return f"route of {said['protocol']}"
    return str(said.get("ifname", ""))


def _changes(said: Any) -> Iterator[tuple[str, Path, Callable[[Any], object]]]:  # noqa: ANN401 - JSON
    for path, value in _values(said):
        if not isinstance(value, dict | list) and path:
            yield CHANGED, path, partial(put, path, _other(value))
        if path:
            yield REMOVED, path, partial(take, path)
        if isinstance(value, dict):
            yield ADDED, path, partial(_put_in, path)


def _values(said: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - JSON
    yield path, said
    if isinstance(said, dict | list):
        steps = said.items() if isinstance(said, dict) else enumerate(said)
        for step, below in steps:
            yield from _values(below, (*path, step))


def _other(value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case None:
            return "something"
        case _:
            return f"{value}x"


def _put_in(path: Path, whole: Any) -> None:  # noqa: ANN401 - JSON
    for step in path:
        whole = whole[step]
    whole["unheard_of"] = "something"


def _lines(tool: str, text: str) -> Found:
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        rest = "".join(lines[:number] + lines[number + 1 :])
        yield LINE_REMOVED, f"{tool}: {line.strip()[:80]}", partial(_say, tool, rest)


def _say(tool: str, text: str, look: Look) -> None:
    look["tools"][tool]["out"] = text


def on_router(lines: Sequence[str], own: Sequence[int]) -> Iterator[tuple[str, str, str]]:
    """Kind, place, and the configuration with one of our lines treated."""
    for number in own:
        line, end = lines[number], _end(lines, number)
        words = line.strip()
        block = list(lines[number:end])
        before, after = list(lines[:number]), list(lines[end:])
        indent = line[: len(line) - len(line.lstrip())]
        yield "any line doubled", words, "".join([*before, *block, *block, *after])
        negated = words.removeprefix("no ") if words.startswith("no ") else f"no {words}"
        yield "any line negated", words, "".join([*before, f"{indent}{negated}\n", *after])
        place = _next_section(lines, end, indent)
        if indent and place is not None:
            moved = [*lines[:number], *lines[end:place], *block, *lines[place:]]
            yield "any line moved", f"{words} to {lines[place - 1].strip()}", "".join(moved)


def _end(lines: Sequence[str], number: int) -> int:
    """Behind the line and all that stands below it."""
    depth = len(lines[number]) - len(lines[number].lstrip())
    end = number + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > depth:
        end += 1
    return end


def _next_section(lines: Sequence[str], start: int, indent: str) -> int | None:
    """Below the next header of the same kind as the one above *start*."""
    if not indent:
        return None
    above = next(line for line in reversed(lines[:start]) if not line.startswith(" "))
    kind = above.split()[0]
    for number in range(start, len(lines)):
        if lines[number].startswith(f"{kind} ") and lines[number] != above:
            return number + 1
    return None
