"""What a finding rests on is kept, and shows whether it is the one."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.evidence import Evidence, keep
from ksz_netops.compliance.report.written import Background, write_reports
from ksz_netops.platforms.ios_xe.observe.masking import masked
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


def test_nobodys_key_on_a_router_is_kept() -> None:
    running = """\
enable secret 9 $9$Zq1UmSecret
username netops privilege 15 secret 9 $9$another
snmp-server community s3cret RO 99
password encryption aes
  description KSZ-P00014-S1 psk 0123456789abcdef
  pre-shared-key local 6 ABCDEFsecret
  pre-shared-key remote secretinclear
 neighbor 192.0.2.9 password 7 0822455Dsecret
 key 7 13061E010803secret
"""

    kept = masked(running)

    assert "ecret" not in kept.replace("secret 9 ***", "")
    assert "pre-shared-key local 6 ***\n" in kept
    assert "pre-shared-key remote ***\n" in kept
    assert "password encryption aes\n" in kept
    assert "psk 0123456789abcdef\n" in kept
    assert "snmp-server community *** RO 99\n" in kept
