"""What a run over several hubs is about to do, on disk before it does it.

The journal exists from before the first commit until the end stands in the record. After a crash
it tells `recover` whether to roll each group of hubs forward or back. The lock is the kernel's and
ends with its process; the file only names its holder.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from ksz_netops.change.plan.plan import Plan
from ksz_netops.change.record.chain import unwritable
from ksz_netops.errors import BusyError, Problem, RefusedError
from ksz_netops.state.encoding import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_BEGUN: Final = "begun"
_COMMIT: Final = "commit"
_DECIDED: Final = "verified: to become new"
_GIVEN_UP: Final = "to be old again"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run that did not end, as its journal tells it."""

    plan: Plan
    groups: tuple[tuple[str, ...], ...]
    """The hubs that end alike, by name."""
    revert_in_s: int
    who: Mapping[str, str]
    forward: frozenset[str]
    """The hubs that were verified and were to become new."""
    commit_ids: Mapping[str, str]
    """The id of each hub's commit, where it came to one."""

    def is_forward(self, group: Sequence[str]) -> bool:
        """Whether the hubs of *group* were to become new."""
        return self.forward.issuperset(group)


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in the folder of a record."""

    folder: Path

    @property
    def file(self) -> Path:
        """Exists while a run is not at its end."""
        return self.folder / "journal.jsonl"

    @property
    def is_open(self) -> bool:
        """Whether a run has begun and has not ended."""
        return self.file.exists()

    @contextmanager
    def alone(self, who: Mapping[str, str]) -> Iterator[None]:
        """Keeps other runners out.

        Raises:
            BusyError: If another one is at work, with its name.
        """
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise BusyError(_held(lock.read())) from error
            # Who holds the lock is only for people: a full disk does not stop a recovery.
            with suppress(OSError):
                lock.truncate(0)
                lock.write(canonical_json(dict(who)))
                lock.flush()
            yield
            with suppress(OSError):
                lock.truncate(0)

    @contextmanager
    def _lock_file(self) -> Iterator[IO[str]]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "runner.lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise RefusedError(unwritable(self.folder, error)) from error
        try:
            yield lock
        finally:
            with suppress(OSError):
                lock.close()

    def begin(
        self,
        plan: Plan,
        groups: Sequence[Sequence[str]],
        *,
        revert_in_s: int,
        who: Mapping[str, str],
    ) -> None:
        """Writes down what is about to be done.

        Raises:
            RefusedError: If it cannot be written, as with every other step.
        """
        self._write(
            step=_BEGUN,
            plan=plan.model_dump(mode="json"),
            groups=[list(group) for group in groups],
            revert_in_s=revert_in_s,
            who=dict(who),
        )

    def commit(self, hub: str, commit_id: str) -> None:
        """Writes down that *hub* is about to take the commit called *commit_id*."""
        self._write(step=_COMMIT, hub=hub, commit_id=commit_id)

    def decide(self, hubs: Sequence[str], *, forward: bool) -> None:
        """Writes down what the *hubs* of one group are to become."""
        self._write(step=_DECIDED if forward else _GIVEN_UP, hubs=list(hubs))

    def end(self) -> None:
        """Forgets a run whose end stands in the record.

        Raises:
            RefusedError: If the file cannot be removed.
        """
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            raise RefusedError(unwritable(self.folder, error)) from error

    def open_run(self) -> OpenRun | None:
        """The run that did not end; None where there is none.

        Raises:
            RefusedError: If the journal cannot be read.
        """
        if not self.is_open:
            return None
        # The last line may be torn; what it would have said was then not yet done.
        lines = self.file.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        if not whole:
            self.end()
            return None
        try:
            return _open_run([json.loads(line) for line in whole])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RefusedError(
                Problem(
                    code="KSZ942",
                    what=f"{self.file} cannot be read: {error}",
                    fix="look at each hub with `ksz-netops audit`, then move the file away",
                )
            ) from error

    def _write(self, **said: Any) -> None:  # noqa: ANN401 - JSON types
        line = canonical_json(said).encode() + b"\n"
        try:
            with self.file.open("ab", buffering=0) as file:
                file.write(line)
                os.fsync(file.fileno())
        except OSError as error:
            raise RefusedError(unwritable(self.folder, error)) from error


def _open_run(said: Sequence[Mapping[str, Any]]) -> OpenRun:
    first = said[0]
    forward: set[str] = set()
    for each in said:
        if each["step"] == _DECIDED:
            forward.update(each["hubs"])
        elif each["step"] == _GIVEN_UP:
            forward.difference_update(each["hubs"])
    return OpenRun(
        plan=Plan.model_validate(first["plan"]),
        groups=tuple(tuple(group) for group in first["groups"]),
        revert_in_s=first["revert_in_s"],
        who=first["who"],
        forward=frozenset(forward),
        commit_ids={each["hub"]: each["commit_id"] for each in said if each["step"] == _COMMIT},
    )


def unfinished(journal: Journal) -> Iterator[Problem]:
    """Why nothing new may begin: a run did not end."""
    if journal.open_run() is not None:
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
