"""What the agent on the box is asked to do, one step after the other."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TypeAlias

from ksz_netops.platforms.linux.stores.grammar import check_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command with its standard input; the agent knows the words that begin with `@`.

    Raises:
        GrammarError: If it is of none of the closed forms.
    """

    argv: tuple[str, ...]
    stdin: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        check_step(self.argv, self.stdin)

    def lines(self) -> tuple[str, ...]:
        """The step for a person: one line for each thing that it does."""
        command = shlex.join(self.argv)
        return tuple(f"{command}: {line}" for line in self.stdin.splitlines()) or (command,)

    def document(self) -> dict[str, object]:
        """The step as the agent reads it."""
        return {"argv": list(self.argv), "stdin": self.stdin}


Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one store does to a box, in two parts: permissions change between them."""

    early: Steps = ()
    """What must be there before it is used."""
    late: Steps = ()
    """What may go only after nothing uses it."""


def batch(tool: str, lines: list[str]) -> Steps:
    """One step that feeds *lines* to the batch mode of *tool*; none where there are none."""
    if not lines:
        return ()
    return (Step(argv=(tool, "-batch", "-"), stdin="".join(f"{line}\n" for line in lines)),)
