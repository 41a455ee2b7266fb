"""A violation is allowed for a while by a signature, and shown as that everywhere."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.history import opened
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.as_json import as_data, from_data
from ksz_netops.compliance.waivers import NAMESPACE, with_waivers
from ksz_netops.signing.ssh_signatures import sign
from support.change_desk import key_of
from support.sample_audit import AUDIT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
partner: P00005
connection: S1
hub: hub-bru-1
check: shaper
reason: The carrier delivers the new line in December.
until: 2026-12-31
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    (tmp_path / "waivers").mkdir()
    public = key_of("alice").with_suffix(".pub").read_text("utf-8")
    (tmp_path / "allowed_signers").write_text(f"alice {public}", "utf-8")
    return tmp_path


def waive(inventory: Path, text: str = TEXT, *, who: str = "alice", use: str = NAMESPACE) -> Path:
    file = inventory / "waivers/W-1.yml"
    file.write_text(text, "utf-8")
    signature = sign(text.encode(), key=key_of(who), namespace=use)
    file.with_name("W-1.yml.sig").write_text(signature, "utf-8")
    return file


def codes(inventory: Path, audit: Audit = AUDIT) -> list[str]:
    found, refused = with_waivers(audit, inventory)
    assert found == audit
    return [problem.code for problem in refused]


def test_a_signed_waiver_turns_its_violation_into_a_documented_one(inventory: Path) -> None:
    waive(inventory)

    audit, refused = with_waivers(AUDIT, inventory)

    assert refused == ()
    assert AUDIT.waived[0] in audit.waived
    [waived] = set(audit.waived) - set(AUDIT.waived)
    assert (waived.partner, waived.check) == ("P00005", "shaper")
    assert waived.waiver.startswith("W-1 until 2026-12-31, signed by alice: The carrier")
    assert audit.counts[Verdict.WAIVED] == AUDIT.counts[Verdict.WAIVED] + 1
    assert audit.counts[Verdict.VIOLATED] == AUDIT.counts[Verdict.VIOLATED] - 1
    assert audit.exit_code == 2


def test_an_audit_with_nothing_wrong_but_what_is_waived_passes(inventory: Path) -> None:
    waive(inventory)
    only = Audit.of(
        AUDIT.at,
        AUDIT.hubs,
        (each for each in AUDIT.findings if each.verdict.good or each.check == "shaper"),
    )

    audit, _ = with_waivers(only, inventory)

    assert (only.exit_code, audit.exit_code) == (2, 0)


@pytest.mark.parametrize("form", sorted(REPORTS))
def test_every_report_tells_what_is_waived_and_by_whom(form: str, inventory: Path) -> None:
    waive(inventory)
    audit, _ = with_waivers(AUDIT, inventory)

    report = REPORTS[form](audit)

    assert "waived" in report
    if form != "openmetrics":
        assert "signed by alice" in report.replace("\n", " ")


def test_json_brings_a_waiver_back(inventory: Path) -> None:
    waive(inventory)
    audit, _ = with_waivers(AUDIT, inventory)

    assert from_data(as_data(audit)) == audit


def test_a_waiver_that_nobody_signed_is_refused(inventory: Path) -> None:
    waive(inventory).with_name("W-1.yml.sig").unlink()

    assert codes(inventory) == ["KSZ811"]


@pytest.mark.parametrize("change", ["text", "signer", "use"])
def test_a_signature_that_says_something_else_is_refused(change: str, inventory: Path) -> None:
    who = "bob" if change == "signer" else "alice"
    use = "approval@ksz-netops" if change == "use" else NAMESPACE
    file = waive(inventory, who=who, use=use)
    if change == "text":
        file.write_text(TEXT.replace("2026-12-31", "2027-06-30"), "utf-8")

    assert codes(inventory) == ["KSZ811"]


def test_a_waiver_past_its_last_day_is_refused(inventory: Path) -> None:
    waive(inventory)
    later = replace(AUDIT, at=AUDIT.at + timedelta(days=60))

    assert codes(inventory, later) == ["KSZ812"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("hub: hub-bru-1\n", "", "KSZ810"),
        ("partner: P00005", "partner: '*'", "KSZ810"),
        ("check: shaper", "check: [shaper, flows]", "KSZ810"),
        ("until: 2026-12-31", "until: 2028-01-01", "KSZ813"),
        ("check: shaper", "check: proof", "KSZ813"),
        ("check: shaper", "check: everything", "KSZ813"),
        ("partner: P00005\n", "", "KSZ810"),
        ("partner: P00005\nconnection: S1\n", "", "KSZ810"),
        ("connection: S1\n", "", "KSZ810"),
    ],
)
def test_a_waiver_for_more_than_one_thing_is_refused(
    old: str, new: str, code: str, inventory: Path
) -> None:
    waive(inventory, TEXT.replace(old, new))

    assert codes(inventory) == [code]


FOREIGN = Finding(
    check="bypass",
    verdict=Verdict.VIOLATED,
    hub="hub-bru-1",
    expected="none",
    observed="interface Tunnel9001",
    reason="not ours: `interface Tunnel9001` lets in IPv4 packets by no list of ours",
)


def test_one_thing_on_a_hub_is_waived_and_no_other(inventory: Path) -> None:
    waive(
        inventory,
        "hub: hub-bru-1\ncheck: bypass\nobserved: interface Tunnel9001\n"
        "reason: The regional office's line, until it has a hub.\nuntil: 2026-12-31\n",
    )
    other = replace(FOREIGN, observed="interface Tunnel9002")

    audit, refused = with_waivers(Audit.of(AUDIT.at, AUDIT.hubs, [FOREIGN, other]), inventory)

    assert refused == ()
    assert [(each.observed, each.verdict) for each in audit.findings] == [
        ("interface Tunnel9002", Verdict.VIOLATED),
        ("interface Tunnel9001", Verdict.WAIVED),
    ]


def test_a_waiver_for_what_was_observed_is_for_nothing_else(inventory: Path) -> None:
    waive(inventory, f"{TEXT}observed: another rate\n")

    audit, refused = with_waivers(AUDIT, inventory)

    assert (audit, refused) == (AUDIT, ())


def test_what_could_not_be_seen_cannot_be_waived(inventory: Path) -> None:
    waive(inventory, TEXT.replace("shaper", "tunnel-up"))

    audit, refused = with_waivers(AUDIT, inventory)

    assert (audit, refused) == (AUDIT, ())


def test_a_history_of_the_former_form_goes_on(inventory: Path, tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - to make a former file

    waive(inventory)
    audit, _ = with_waivers(AUDIT, inventory)
    file = tmp_path / "history.sqlite"
    with opened(file, create=True) as history:
        history.append(AUDIT, whole=True)
    with closing(sqlite3.connect(file)) as former:
        former.executescript(
            "ALTER TABLE audits DROP COLUMN waived; DROP TABLE drops; DROP TABLE losses;"
            "PRAGMA user_version = 1;"
        )

    with opened(file) as history:
        history.append(replace(audit, at=AUDIT.at + timedelta(hours=1)), whole=True)
        first, second = history.audits()

    assert first.counts[Verdict.WAIVED] == 0
    assert second.counts[Verdict.WAIVED] == audit.counts[Verdict.WAIVED]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{TEXT}until: 2026-11-30\n", "KSZ100"),
        (TEXT.replace("check: shaper", "check: !x shaper"), "KSZ100"),
        (f"{TEXT}x: {'[' * 5000}", "KSZ125"),
        (f"{TEXT}---\n{TEXT}", "KSZ100"),
        (TEXT.replace("until: 2026-12-31", "until: 2026-13-31"), "KSZ100"),
        ("# " + "x" * 2_000_000, "KSZ810"),
    ],
)
def test_a_waiver_is_read_as_strictly_as_every_other_file(
    text: str, code: str, inventory: Path
) -> None:
    waive(inventory).write_text(text)

    audit, refused = with_waivers(AUDIT, inventory)

    assert audit == AUDIT
    assert code in {each.code for each in refused}


def test_a_waiver_with_a_name_that_is_not_read_is_told(inventory: Path) -> None:
    waive(inventory).rename(inventory / "waivers" / "W-1.yaml")

    assert codes(inventory) == ["KSZ126"]
