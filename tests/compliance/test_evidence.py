"""What a finding rests on is kept, and shows whether it is the one."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.evidence import Evidence, keep
from ksz_netops.compliance.report.written import Background, write_reports
from support.sample_audit import AUDIT

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = Evidence.of("hub-bru-1", {"show running-config": "hostname hub-bru-1\nend\n"})


def test_evidence_lies_beside_each_report_under_the_hash_of_its_bytes(tmp_path: Path) -> None:
    audit = Audit.of(AUDIT.at, AUDIT.hubs, AUDIT.findings, [SHOWN])
    forms = {tmp_path / "a/audit.json": "json", tmp_path / "b/audit.csv": "csv"}

    write_reports(audit, forms, Background())

    for folder in ("a", "b"):
        [kept] = (tmp_path / folder / "evidence").iterdir()
        assert kept.stem == hashlib.sha256(kept.read_bytes()).hexdigest() == SHOWN.digest
        assert kept.stat().st_mode & 0o077 == 0
        assert json.loads(kept.read_text("utf-8"))["hub"] == "hub-bru-1"


def test_the_same_answers_are_kept_once_and_others_have_another_name() -> None:
    again = Evidence.of("hub-bru-1", {"show running-config": "hostname hub-bru-1\nend\n"})
    other = Evidence.of("hub-bru-1", {"show running-config": "hostname hub-bru-2\nend\n"})

    assert again.digest == SHOWN.digest != other.digest


def test_a_hub_that_said_nothing_leaves_no_file(tmp_path: Path) -> None:
    keep([Evidence.of("hub-bru-1", {})], tmp_path / "evidence")

    assert Evidence.of("hub-bru-1", {}).digest == ""
    assert not (tmp_path / "evidence").exists()
