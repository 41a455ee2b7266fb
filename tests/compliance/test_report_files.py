"""Reports as files: from the audit itself, or later from what was kept as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from lxml import html
from typer.testing import CliRunner

from ksz_netops.cli import app
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.written import ENDINGS, form_of, write_whole
from ksz_netops.errors import KszError
from support.sample_audit import AUDIT, CLEAN, EMPTY

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from ksz_netops.compliance.audit import Audit


def code_of(result: Result) -> str:
    assert isinstance(result.exception, KszError)
    return result.exception.problems[0].code


def reported(tmp_path: Path, audit: Audit, *more: str) -> Result:
    kept = tmp_path / "audit.json"
    kept.write_text(REPORTS["json"](audit), encoding="utf-8")
    return CliRunner().invoke(app, ["report", str(kept), *more])


def test_every_format_has_an_ending_and_every_ending_a_format() -> None:
    assert set(ENDINGS.values()) == set(REPORTS)


def test_a_kept_audit_gives_every_report_that_the_audit_itself_gives(tmp_path: Path) -> None:
    files = {form: tmp_path / "out" / f"audit{ending}" for ending, form in ENDINGS.items()}

    result = reported(tmp_path, AUDIT, *map(str, files.values()))

    assert result.exit_code == 2, result.output
    for form, file in files.items():
        assert file.read_bytes().decode() == REPORTS[form](AUDIT), form


@pytest.mark.parametrize(("audit", "code"), [(AUDIT, 2), (CLEAN, 0), (EMPTY, 2)])
def test_the_exit_code_is_that_of_the_audit(tmp_path: Path, audit: Audit, code: int) -> None:
    assert reported(tmp_path, audit, str(tmp_path / "audit.csv")).exit_code == code


def test_the_page_shows_names_and_trend_where_they_are_given(tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    with opened(tmp_path / "history.sqlite", create=True) as history:
        history.append(AUDIT, whole=True)

    reported(tmp_path, AUDIT, str(page), "--history", str(tmp_path / "history.sqlite"))

    assert "In violation since" in html.parse(page).getroot().text_content()


def test_an_unknown_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    first = tmp_path / "audit.csv"

    result = reported(tmp_path, AUDIT, str(first), str(tmp_path / "audit.pdf"))

    assert code_of(result) == "KSZ804"
    assert not first.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", json.dumps({"at": 1, "hubs": [], "findings": []})]
)
def test_a_file_that_is_no_audit_is_refused(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "audit.json"
    kept.write_text(text, encoding="utf-8")

    assert code_of(CliRunner().invoke(app, ["report", str(kept), "x.csv"])) == "KSZ806"


def test_a_report_that_cannot_be_written_leaves_the_former_one(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(KszError, match="KSZ805"):
        write_whole(tmp_path / "taken" / "audit.csv", "text")

    assert (tmp_path / "taken").read_text(encoding="utf-8") == "a file, not a folder"


def test_a_report_may_be_read_by_others_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "audit.prom"

    write_whole(file, "one")
    write_whole(file, "two")

    assert file.read_text(encoding="utf-8") == "two"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["audit.prom"]


def test_the_longer_ending_wins(tmp_path: Path) -> None:
    assert form_of(tmp_path / "audit.napalm.json") == "napalm"
    assert form_of(tmp_path / "audit.json") == "json"
