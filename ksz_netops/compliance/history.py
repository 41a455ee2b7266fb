"""What former audits said: since when a partner is in violation, how often, and for how long.

Kept in one SQLite file as spans: as long as a check says the same of the same subject, one row
grows. What happened between two audits is not known, so a verdict holds until another is seen, and
one that nobody looked at again ends when it was last seen.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.findings import SEVERITY, Finding, Verdict
from ksz_netops.compliance.former import Former
from ksz_netops.compliance.periods import Period, merged
from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from ksz_netops.compliance.audit import Audit

    Key: TypeAlias = tuple[str, str, str, str]
    """Partner, connection, hub and check; empty where there is none."""

_VERSION: Final = 3
_SCHEMA: Final = """
CREATE TABLE audits (
    at INTEGER PRIMARY KEY,
    violated INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    compliant INTEGER NOT NULL,
    not_applicable INTEGER NOT NULL,
    waived INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    partner TEXT NOT NULL,
    connection TEXT NOT NULL,
    hub TEXT NOT NULL,
    "check" TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    gone INTEGER
);
CREATE INDEX of_subject ON spans (partner, connection, hub, "check", first);
"""
_DROPS: Final = """
CREATE TABLE drops (
    hub TEXT NOT NULL,
    cause TEXT NOT NULL,
    packets INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hub, cause)
);
"""
"""What each hub had refused when it was seen last."""
_LOSSES: Final = """
CREATE TABLE losses (
    hub TEXT NOT NULL,
    bundle TEXT NOT NULL,
    fragments INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hub, bundle)
);
"""
"""What each bundle had lost when its hub was seen last."""
_UPGRADES: Final = {
    1: f"ALTER TABLE audits ADD COLUMN waived INTEGER NOT NULL DEFAULT 0; {_DROPS}",
    2: _LOSSES,
}
"""From each former form to the next."""
_LATEST: Final = """
SELECT partner, connection, hub, "check", verdict, reason, id, gone, max(first) FROM spans
GROUP BY partner, connection, hub, "check"
"""
"""SQLite takes the other columns from the row that has the maximum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One former audit."""

    at: datetime
    counts: dict[Verdict, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A time during which at least one check on a partner was violated."""

    partner: str
    period: Period
    """Until the first audit that saw all of it healed, or the last that looked."""
    open: bool
    """Whether nothing better was seen since."""
    checks: tuple[str, ...]
    """The checks that were violated in it."""


class History:
    """Former audits, in one file; made by `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, audit: Audit, *, whole: bool) -> None:
        """Adds *audit*, which must be newer than all before it.

        Args:
            audit: What was found.
            whole: Whether all hubs, partners and checks were asked; what is not said any more is
                then gone, such as an orphan that was cleared away.

        Raises:
            KszError: If a later audit was added before.
        """
        at = int(audit.at.timestamp())
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        with self._connection:
            (latest,) = run("SELECT max(at) FROM audits").fetchone()
            if latest is not None and latest >= at:
                raise KszError(
                    Problem(
                        code="KSZ801",
                        what=f"the history already holds an audit of {_moment(latest)}",
                        fix="add audits in the order in which they were taken, each once",
                    )
                )
            counts = [audit.counts[verdict] for verdict in _COLUMNS]
            run("INSERT INTO audits VALUES (?, ?, ?, ?, ?, ?)", (at, *counts))
            held = {row[:4]: row[4:7] for row in run(_LATEST) if row[7] is None}
            said = _by_key(audit.findings)
            same, new = [], []
            for key, (verdict, reason) in said.items():
                before = held.get(key)
                if before is not None and before[:2] == (verdict, reason):
                    same.append((at, before[2]))
                else:
                    new.append((*key, verdict, reason, at, at))
            many = self._connection.executemany
            many("UPDATE spans SET last = ? WHERE id = ?", same)
            many(
                'INSERT INTO spans (partner, connection, hub, "check", verdict, reason, first,'
                " last) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                new,
            )
            if whole:
                gone = [(at, row[2]) for key, row in held.items() if key not in said]
                many("UPDATE spans SET gone = ? WHERE id = ?", gone)

            for table in ("drops", "losses"):
                many(f"DELETE FROM {table} WHERE hub = ?", [(hub,) for hub in audit.counted])  # noqa: S608 - of the two above
            for hub, counted in audit.counted.items():
                refused = [(hub, cause, count, at) for cause, count in counted.packets.items()]
                lost = [(hub, bundle, count, at) for bundle, count in counted.fragments.items()]
                many("INSERT INTO drops VALUES (?, ?, ?, ?)", refused)
                many("INSERT INTO losses VALUES (?, ?, ?, ?)", lost)

    def counted(self) -> dict[str, Former]:
        """By hub, what it had counted when it was seen last."""
        found: dict[str, Former] = {}
        for table in ("drops", "losses"):
            rows = self._connection.execute(f"SELECT * FROM {table} ORDER BY hub")  # noqa: S608 - of the two above
            for hub, of_hub in groupby(rows, key=lambda row: row[0]):
                counts = list(of_hub)
                told = {name: count for _, name, count, _ in counts}
                seen = found.setdefault(hub, Former(at=_moment(counts[0][3]), packets={}))
                found[hub] = (
                    replace(seen, packets=told)
                    if table == "drops"
                    else replace(seen, fragments=told)
                )
        return found

    def audits(self) -> tuple[Taken, ...]:
        """The former audits, oldest first."""
        rows = self._connection.execute("SELECT * FROM audits ORDER BY at")
        return tuple(
            Taken(at=_moment(at), counts=dict(zip(_COLUMNS, counts, strict=True)))
            for at, *counts in rows
        )

    def violations(self, partner: str | None = None) -> tuple[Violation, ...]:
        """Every time of violation, by partner and then oldest first; of *partner* alone if given.

        One that overlaps another of the same partner is one with it. While a violated check could
        not be looked at, nothing shows that it was healed.
        """
        rows = self._connection.execute(
            'SELECT partner, connection, hub, "check", verdict, first, last, gone FROM spans'
            " WHERE partner != '' AND (?1 IS NULL OR partner = ?1)"
            ' ORDER BY partner, connection, hub, "check", first',
            (partner,),
        )
        found: list[Violation] = []
        for name, of_partner in groupby(rows, key=lambda row: row[0]):
            single = [
                violation
                for _, spans in groupby(of_partner, key=lambda row: row[:4])
                for violation in _of_check(name, list(spans))
            ]
            for periods in merged((each.period, each) for each in single):
                among = [each for _, each in periods]
                found.append(
                    Violation(
                        partner=name,
                        period=Period(
                            min(each.period.start for each in among),
                            max(each.period.end for each in among),
                        ),
                        open=any(each.open for each in among),
                        checks=tuple(sorted({check for each in among for check in each.checks})),
                    )
                )
        return tuple(found)


_COLUMNS: Final = (
    Verdict.VIOLATED,
    Verdict.UNKNOWN,
    Verdict.COMPLIANT,
    Verdict.NOT_APPLICABLE,
    Verdict.WAIVED,
)


@contextmanager
def opened(file: Path, *, create: bool = False) -> Iterator[History]:
    """The history in *file*.

    Raises:
        KszError: If the file is missing (unless *create*), is not a history, or is a newer one.
    """
    if not create and not file.exists():
        raise KszError(
            Problem(
                code="KSZ802",
                what=f"{file}: there is no history of audits",
                fix="record one with `ksz-netops audit --history FILE`",
            )
        )
    if create:
        file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    try:
        _prepare(connection, file)
        yield History(connection)
    except sqlite3.DatabaseError as error:
        raise KszError(
            Problem(
                code="KSZ803",
                what=f"{file}: {error}",
                fix="name a history that this version of ksz-netops wrote and may write",
            )
        ) from error
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.executescript(
            f"BEGIN; {_SCHEMA} {_DROPS} {_LOSSES} PRAGMA user_version = {_VERSION}; COMMIT;"
        )
    elif version in _UPGRADES:
        steps = "".join(_UPGRADES[each] for each in range(version, _VERSION))
        connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {_VERSION}; COMMIT;")
    elif version != _VERSION:
        message = f"not a history of form {_VERSION}: {file} has form {version}"
        raise sqlite3.DatabaseError(message)


def _by_key(findings: Iterable[Finding]) -> dict[Key, tuple[str, str]]:
    """The worst verdict on each subject of each check, and its reasons."""
    found: dict[Key, list[Finding]] = {}
    for each in findings:
        key = (each.partner or "", each.connection or "", each.hub or "", each.check)
        found.setdefault(key, []).append(each)
    return {key: _worst(some) for key, some in found.items()}


def _worst(findings: list[Finding]) -> tuple[str, str]:
    worst = min((each.verdict for each in findings), key=SEVERITY.__getitem__)
    reasons = sorted({each.reason for each in findings if each.verdict is worst})
    return str(worst), "; ".join(reasons)


def _of_check(
    partner: str, spans: list[tuple[str, str, str, str, str, int, int, int | None]]
) -> Iterator[Violation]:
    """The times in which one check was violated; *spans* are all of it, oldest first."""
    check = spans[0][3]
    start: int | None = None
    for _, _, _, _, verdict, first, _, gone in spans:
        if verdict == Verdict.VIOLATED and start is None:
            start = first
        elif start is not None and Verdict(verdict).good:
            yield _violation(partner, check, start, first, still=False)
            start = None
        if start is not None and gone is not None:
            yield _violation(partner, check, start, gone, still=False)
            start = None
    if start is not None:
        yield _violation(partner, check, start, spans[-1][6], still=True)


def _violation(partner: str, check: str, start: int, end: int, *, still: bool) -> Violation:
    period = Period(_moment(start), _moment(end))
    return Violation(partner=partner, period=period, open=still, checks=(check,))


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
