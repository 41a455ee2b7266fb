"""`ksz-netops history`, as an operator and as a job call it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ksz_netops.cli import app
from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.history import opened
from ksz_netops.errors import KszError
from support.sample_audit import AT, finding

if TYPE_CHECKING:
    from pathlib import Path

GOOD, BAD = Verdict.COMPLIANT, Verdict.VIOLATED


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """P00005 was in violation for two days and is again; P00003 was once, for an hour."""
    kept = tmp_path / "history.sqlite"
    rows = {0: (BAD, GOOD), 48: (GOOD, GOOD), 49: (GOOD, BAD), 50: (BAD, GOOD), 52: (BAD, GOOD)}
    with opened(kept, create=True) as history:
        for hours, (one, other) in rows.items():
            findings = [finding("shaper", one), finding("flows", other, partner="P00003")]
            moment = AT + timedelta(hours=hours)
            history.append(Audit.of(moment, ("hub-bru-1",), findings), whole=True)
    return kept


def test_the_table_begins_with_those_who_are_in_violation(file: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--file", str(file)], env={"COLUMNS": "140"})

    lines = result.output.splitlines()
    assert result.exit_code == 2
    assert lines[1].split() == [
        *("P00005", "2026-11-26", "09:30+01:00", "2", "2", "d", "2", "h", "2", "d", "2", "h"),
        "shaper",
    ]
    assert lines[2].split() == [
        "P00003",
        "-",
        "1",
        "1",
        "h",
        "0",
        "min",
        "1",
        "h",
        "0",
        "min",
        "flows",
    ]
    assert lines[3] == "5 audits from 2026-11-24 07:30+01:00 to 2026-11-26 11:30+01:00"


def test_one_partner_shows_each_of_its_violations(file: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--file", str(file), "--partner", "P00005"])

    assert result.exit_code == 2
    assert "still open" in result.output
    assert "2 d 0 h" in result.output
    assert "P00003" not in result.output


def test_a_partner_who_is_well_again_exits_zero(file: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--file", str(file), "--partner", "P00003"])

    assert result.exit_code == 0


def test_json_has_the_seconds_of_each_month(file: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--file", str(file), "--format", "json"])

    data = json.loads(result.output)
    assert data["partners"]["P00005"]["violated_s_by_month"] == {"2026-11": 50 * 3600}
    assert data["partners"]["P00005"]["in_violation"] is True
    assert data["partners"]["P00003"]["in_violation"] is False
    assert [each["counts"]["violated"] for each in data["audits"]] == [1, 0, 1, 1, 1]


def test_no_history_is_an_error_and_not_a_clean_record(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["history", "--file", str(tmp_path / "none.sqlite")])

    assert isinstance(result.exception, KszError)
    assert result.exception.problems[0].code == "KSZ802"
