"""How a refusal is said: with the value, the rule and the nearest thing that would do."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic_core import PydanticCustomError

from ksz_netops.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.errors import Origin

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indexes that lead from the top of a file to a value."""
Yaml: TypeAlias = Any
"""Whatever YAML holds."""


_LONGEST_NAME: Final = 80
"""Of what is compared with names that exist; the comparison takes the square of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a value breaks; whoever knows the file adds the place."""

    code: str
    what: str
    fix: str
    path: Path = ()
    """From the thing that was judged down to the value that is to blame."""
    rests_on: tuple[Path, ...] = ()
    """What else it was judged by: where that could not be read, nothing is said."""

    def below(self, *path: str | int) -> Violation:
        """The same, seen from further up."""
        return replace(
            self,
            path=(*path, *self.path),
            rests_on=tuple((*path, *each) for each in self.rests_on),
        )


def located(code: str, what: str, fix: str, origin: Origin) -> Problem:
    """A problem at a place in a file."""
    return Problem(code=code, what=what, fix=fix, origin=origin)


def refusal(*, code: str, what: str, fix: str, at: Path = ()) -> PydanticCustomError:
    """What a validator of a model raises; *at* leads on from the validated value."""
    context = {"what": what, "fix": fix, "at": at}
    return PydanticCustomError(code, "{what}; {fix}", context)


def closest(value: str, known: Iterable[str]) -> str | None:
    """The one of *known* that *value* was most likely meant to be."""
    names = {name.strip().casefold(): name for name in known}
    meant = value.strip().casefold()
    if len(meant) > _LONGEST_NAME:
        return None
    found = difflib.get_close_matches(meant, names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def suggestion(value: str, known: Iterable[str]) -> str:
    """What to write instead of *value*, which is none of *known*."""
    names = sorted(known)
    meant = closest(value, names)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"use one of: {', '.join(names)}" if names else "there is none yet; define it first"


def shown(value: object) -> str:
    """*value* as a message quotes it: short, on one line."""
    text = repr(value) if isinstance(value, str) else str(value)
    limit = 60
    return text if len(text) <= limit else f"{text[:limit]}…"
