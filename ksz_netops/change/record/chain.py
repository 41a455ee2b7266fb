"""What was done, as a chain: each line of `record.jsonl` holds the digest of the line before it.

An edit, a line dropped from the middle or two lines that changed places break the chain. Lines cut
from the end do not; `head.json` beside it says how far the chain went. Whoever can write both is
caught by heads kept elsewhere: every run prints its head, and every plan holds the head of the day,
which the approvers sign with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.borders.files import replace_file
from ksz_netops.errors import Origin, Problem, RefusedError
from ksz_netops.state.encoding import canonical_json, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FOLDER: Final = "record"
"""Folder of the record below an inventory, unless another is named."""
_NOTHING: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the record."""

    number: int
    """From 1."""
    previous: str
    """Digest of the line before it."""
    at: datetime
    event: str
    body: Mapping[str, Any]

    def line(self) -> bytes:
        """As it stands in the file, without the line's end."""
        written = {
            "number": self.number,
            "previous": self.previous,
            "at": f"{self.at.astimezone(UTC):%FT%TZ}",
            "event": self.event,
            "body": dict(self.body),
        }
        return canonical_json(written).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the chain goes."""

    number: int = 0
    digest: str = _NOTHING
    size: int = 0
    """Of the file, in octets."""

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True, slots=True)
class Record:
    """The record in one folder; only what is added here is ever written."""

    folder: Path

    @property
    def file(self) -> Path:
        """The chain."""
        return self.folder / "record.jsonl"

    @property
    def head_file(self) -> Path:
        """How far the chain goes."""
        return self.folder / "head.json"

    def head(self) -> Head:
        """How far the record goes.

        Raises:
            RefusedError: If that cannot be told.
        """
        if not self.head_file.exists() and not (self.file.exists() and self.file.stat().st_size):
            return Head()
        try:
            said = json.loads(self.head_file.read_bytes())
            return Head(number=int(said["number"]), digest=said["digest"], size=int(said["size"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RefusedError(
                Problem(
                    code="KSZ953",
                    what=f"{self.head_file} does not say how far the record goes: {error}",
                    fix="restore it from a copy; compare the record with a head kept elsewhere",
                )
            ) from error

    def start(self, at: datetime) -> Head:
        """The head of the record, which gets a first entry of its own where it is empty.

        The entry holds a random number. A plan that names its digest is for this record alone, even
        where nothing was done yet.

        Raises:
            RefusedError: If the record cannot be read or written.
        """
        if self.head() == Head():
            self.append("opened", {"id": secrets.token_hex(16)}, at)
        return self.head()

    def leads_through(self, head: str) -> bool:
        """Whether *head*, as a plan names it, is the head of this record, now or once."""
        heads = (
            f"{number}:{digest(line)}" for number, (_, line, _) in enumerate(self._lines(), start=1)
        )
        return head in heads

    def append(self, event: str, body: Mapping[str, Any], at: datetime) -> Entry:
        """Adds what happened, on disk when this returns.

        Raises:
            RefusedError: If the end of the record is not as it was left, or it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                head = self._healed(at)
                return self._append(head, event, body, at)
        except OSError as error:
            raise RefusedError(unwritable(self.folder, error)) from error

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be read, in order; `problems` says whether to believe them."""
        for _, line, _ in self._lines():
            entry = _entry(line)
            if entry is not None:
                yield entry

    def problems(self, heads: Mapping[str, str] | None = None) -> Iterator[Problem]:
        """What was edited, dropped, put elsewhere or cut off.

        Args:
            heads: Heads that were kept elsewhere, each with where it was kept.
        """
        try:
            head = self.head()
        except RefusedError as error:
            yield from error.problems
            return
        seen = {str(Head())}
        number, previous, size = 0, _NOTHING, 0
        broken = False
        for place, line, whole in self._lines():
            if size >= head.size and not whole:
                yield self._unfinished(place)
                break
            entry = _entry(line)
            if entry is None or (entry.number, entry.previous) != (number + 1, previous):
                broken = True
                yield Problem(
                    code="KSZ950",
                    what=f"entry {number + 1} is not the one that followed entry {number}: the "
                    "record was edited, or entries were dropped or put elsewhere",
                    fix="do not trust it from here on; restore it from a copy",
                    origin=Origin(str(self.file), place),
                )
                break
            number, previous, size = number + 1, digest(line), size + len(line) + 1
            seen.add(f"{number}:{previous}")
        if not broken and str(head) not in seen:
            yield self._cut_off(head, number)
        for kept, where in (heads or {}).items():
            if kept not in seen:
                yield Problem(
                    code="KSZ952",
                    what=f"the record does not lead through {kept}, as {where} says it did",
                    fix="do not trust it; look for a copy that does",
                )

    def _cut_off(self, head: Head, number: int) -> Problem:
        what = (
            f"the record ends at entry {number}, but went to entry {head.number}"
            if number < head.number
            else f"entry {head.number} is not the one that the head names"
        )
        return Problem(
            code="KSZ951",
            what=what,
            fix="restore the record from a copy",
            origin=Origin(str(self.file), max(number, 1)),
        )

    def _unfinished(self, place: int) -> Problem:
        return Problem(
            code="KSZ954",
            what="the last line was never finished: a run died while it wrote it",
            fix="nothing; the next run takes it away and says so in the record",
            origin=Origin(str(self.file), place),
        )

    def _lines(self) -> Iterator[tuple[int, bytes, bool]]:
        """Each line with its number, without its end, and whether it has one."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            for place, line in enumerate(file, start=1):
                yield place, line.removesuffix(b"\n"), line.endswith(b"\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _healed(self, at: datetime) -> Head:
        """The head, after what a dead run left behind it was taken in or away.

        Raises:
            RefusedError: If what the head names is not there.
        """
        head = self.head()
        if not self.file.exists() and head == Head():
            # A first entry without any head could not be told from a record that lost its head.
            self._write_head(head)
            return head
        with self.file.open("rb") as file:
            kept = file.read(head.size)
            tail = file.read()
        last = kept.rstrip(b"\n").rpartition(b"\n")[2]
        if len(kept) != head.size or (head.number and digest(last) != head.digest):
            raise RefusedError(self._cut_off(head, kept.count(b"\n")))
        while (line := tail.partition(b"\n")) and line[1]:
            entry = _entry(line[0])
            if entry is None or (entry.number, entry.previous) != (head.number + 1, head.digest):
                break
            head = _after(head, line[0])
            tail = line[2]
        self._write_head(head)
        if tail:
            os.truncate(self.file, head.size)
            self._append(head, "healed", {"octets": len(tail), "digest": digest(tail)}, at)
            head = self.head()
        return head

    def _append(self, head: Head, event: str, body: Mapping[str, Any], at: datetime) -> Entry:
        entry = Entry(number=head.number + 1, previous=head.digest, at=at, event=event, body=body)
        line = entry.line()
        with self.file.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._write_head(_after(head, line))
        return entry

    def _write_head(self, head: Head) -> None:
        written = {"number": head.number, "digest": head.digest, "size": head.size}
        replace_file(self.head_file, canonical_json(written).encode() + b"\n")


def unwritable(folder: Path, error: OSError) -> Problem:
    """Why nothing can be written down in *folder*."""
    return Problem(
        code="KSZ956",
        what=f"{folder} cannot be written: {error.strerror or error}",
        fix="free space there or mend its permissions, then run `ksz-netops recover`",
    )


def _after(head: Head, line: bytes) -> Head:
    return Head(number=head.number + 1, digest=digest(line), size=head.size + len(line) + 1)


def _entry(line: bytes) -> Entry | None:
    """The entry that *line* is, or None where it is none."""
    try:
        said = json.loads(line)
        entry = Entry(
            number=said["number"],
            previous=said["previous"],
            at=datetime.fromisoformat(said["at"]),
            event=said["event"],
            body=said["body"],
        )
        return entry if entry.line() == line else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
