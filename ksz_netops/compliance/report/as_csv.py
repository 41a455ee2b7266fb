"""The audit as a table for a spreadsheet: one row for each finding, RFC 4180, UTF-8."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from ksz_netops.printable import printable

if TYPE_CHECKING:
    from ksz_netops.compliance.audit import Audit

COLUMNS: Final = (
    "at",
    "verdict",
    "partner",
    "connection",
    "hub",
    "check",
    "cause",
    "reason",
    "expected",
    "observed",
    "origin",
    "waiver",
    "evidence",
    "evidence_sha256",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate instead of show."""


def csv_report(audit: Audit) -> str:
    """*audit* as rows, worst first, each cell on one line.

    A cell that a spreadsheet would calculate instead of show gets an apostrophe in front.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    at = audit.at.isoformat(timespec="seconds")
    for finding in audit.findings:
        data = {"at": at, **finding.as_json()}
        writer.writerow([_cell(data[column]) for column in COLUMNS])
    return out.getvalue()


def _cell(value: str | None) -> str:
    text = printable(value or "")
    return f"'{text}" if text.startswith(_FORMULA) else text
