"""What a run over several hubs is about to do, on disk before it does it.

The journal exists from before the first commit until the end stands in the record. Whoever finds
one whose run is gone knows from it whether all hubs were to become new or old again. The runner's
lock is the kernel's and dies with its process; what the file says is only whose it is.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.change.plan.plan import Plan
from ksz_netops.errors import BusyError, Problem, RefusedError
from ksz_netops.state.encoding import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BEGUN: Final = "begun"
_DECIDED: Final = "all hubs are to become new"
_GIVEN_UP: Final = "all hubs are to be old again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a journal tells of a run that did not end."""

    plan: Plan
    revert_in_s: int
    who: Mapping[str, str]
    forward: bool
    """Whether every hub was verified and all were to become new."""
    steps: tuple[str, ...]
    """What was written down, in order, for a person."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in the folder of a record."""

    folder: Path

    @property
    def file(self) -> Path:
        """Exists while a run is not at its end."""
        return self.folder / "journal.jsonl"

    @contextmanager
    def alone(self, who: Mapping[str, str]) -> Iterator[None]:
        """Keeps other runners out.

        Raises:
            BusyError: If another one is at work, with its name.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "runner.lock").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise BusyError(_held(lock.read())) from error
            lock.truncate(0)
            lock.write(canonical_json(dict(who)))
            lock.flush()
            yield
            lock.truncate(0)

    def begin(self, plan: Plan, *, revert_in_s: int, who: Mapping[str, str]) -> None:
        """Writes down what is about to be done."""
        self._write(
            step=_BEGUN,
            plan=plan.model_dump(mode="json"),
            revert_in_s=revert_in_s,
            who=dict(who),
        )

    def step(self, what: str) -> None:
        """Writes down what is about to be done next."""
        self._write(step=what)

    def decide(self, *, forward: bool) -> None:
        """Writes down what all hubs are to become."""
        self._write(step=_DECIDED if forward else _GIVEN_UP)

    def end(self) -> None:
        """Forgets a run whose end stands in the record."""
        self.file.unlink(missing_ok=True)

    def story(self) -> Story | None:
        """The run that did not end; None where there is none.

        Raises:
            RefusedError: If the journal cannot be read.
        """
        if not self.file.exists():
            return None
        raw = self.file.read_bytes()
        # The last line may be torn; what it would have said was then not yet done.
        lines = raw.splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        if not whole:
            self.end()
            return None
        try:
            said = [json.loads(line) for line in whole]
            first = said[0]
            goals = [each["step"] for each in said if each["step"] in {_DECIDED, _GIVEN_UP}]
            return Story(
                plan=Plan.model_validate(first["plan"]),
                revert_in_s=first["revert_in_s"],
                who=first["who"],
                forward=bool(goals) and goals[-1] == _DECIDED,
                steps=tuple(each["step"] for each in said),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RefusedError(
                Problem(
                    code="KSZ942",
                    what=f"{self.file} cannot be read: {error}",
                    fix="look at each hub with `ksz-netops audit`, then move the file away",
                )
            ) from error

    def _write(self, **said: Any) -> None:  # noqa: ANN401 - JSON types
        line = canonical_json(said).encode() + b"\n"
        with self.file.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def unfinished(journal: Journal) -> Iterator[Problem]:
    """Why nothing new may begin: a run did not end."""
    if journal.story() is not None:
        yield Problem(
            code="KSZ941",
            what="a former run did not end, and its hubs may not be alike",
            fix="run `ksz-netops recover` first",
        )


def _held(said: str) -> Problem:
    try:
        who = json.loads(said)
        holder = f"{who['user']} on {who['host']}, process {who['process']}"
    except (ValueError, KeyError, TypeError):
        holder = "somebody who has not yet said who"
    return Problem(
        code="KSZ940",
        what=f"another run is at work: {holder}",
        fix="wait until it has ended; nothing was touched",
    )
