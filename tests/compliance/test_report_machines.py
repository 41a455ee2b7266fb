"""Reports for machines, read by parsers that are not ours; all say the same."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from lxml import etree
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.report import REPORTS
from ksz_netops.compliance.report.as_json import schema
from ksz_netops.printable import printable
from support.sample_audit import AUDIT, CLEAN, EMPTY, NASTY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.compliance.audit import Audit

XSD = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit-10.xsd")))
"""The schema by which Jenkins reads JUnit results (MIT licence)."""
AUDITS = pytest.mark.parametrize("audit", [AUDIT, CLEAN, EMPTY], ids=["bad", "clean", "empty"])


def junit(audit: Audit) -> etree._Element:
    document = etree.fromstring(REPORTS["junit"](audit).encode())
    XSD.assertValid(document)
    return document


def counts_of_junit(audit: Audit) -> Counter[str]:
    names = {"failure": "violated", "error": "unknown", "skipped": "not_applicable"}
    cases = junit(audit).iter("testcase")
    return Counter(
        case[0].get("type") or names[case[0].tag] if len(case) else "compliant" for case in cases
    )


def samples(audit: Audit, name: str) -> list[tuple[dict[str, str], float]]:
    families = openmetrics(REPORTS["openmetrics"](audit))
    return [
        (each.labels, each.value) for one in families for each in one.samples if each.name == name
    ]


def counts_of_openmetrics(audit: Audit) -> Counter[str]:
    found = samples(audit, "ksz_audit_findings")
    return Counter({labels["verdict"]: int(value) for labels, value in found})


def rows(audit: Audit) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(REPORTS["csv"](audit), newline=""), strict=True))


def counts_of_csv(audit: Audit) -> Counter[str]:
    return Counter(row["verdict"] for row in rows(audit))


def napalm(audit: Audit) -> dict[str, dict]:
    return json.loads(REPORTS["napalm"](audit))


def counts_of_napalm(audit: Audit) -> Counter[str]:
    return Counter(
        entry["verdict"]
        for report in napalm(audit).values()
        for result in report.values()
        if isinstance(result, dict)
        for entry in result["present"].values()
    )


def counts_of_json(audit: Audit) -> Counter[str]:
    document = json.loads(REPORTS["json"](audit))
    jsonschema.validate(document, schema())
    assert Counter(each["verdict"] for each in document["findings"]) == +Counter(document["counts"])
    return Counter(document["counts"])


@AUDITS
@pytest.mark.parametrize(
    "counts",
    [counts_of_junit, counts_of_openmetrics, counts_of_csv, counts_of_napalm, counts_of_json],
)
def test_every_format_counts_the_same_findings(
    counts: Callable[[Audit], Counter[str]], audit: Audit
) -> None:
    expected = Counter({str(verdict): count for verdict, count in audit.counts.items()})

    assert +counts(audit) == +expected


def test_junit_totals_are_the_sums_of_its_suites() -> None:
    document = junit(AUDIT)

    for total in ("tests", "failures", "errors"):
        assert int(document.get(total)) == sum(int(suite.get(total)) for suite in document)


def test_no_two_test_cases_of_a_suite_have_one_name() -> None:
    for suite in junit(AUDIT):
        names = [(case.get("classname"), case.get("name")) for case in suite]

        assert len(names) == len(set(names))


def test_a_failure_in_junit_says_what_was_expected_and_where_it_was_asked_for() -> None:
    failure = next(each for each in junit(AUDIT).iter("failure") if "P00005 S1" in each.text)

    assert "expected: =1+1 " in failure.text
    assert "asked for in: partners/P00005.yml:11:5" in failure.text


def test_a_hub_without_findings_has_its_place_in_every_report_by_hub() -> None:
    assert "sftp-1" in {suite.get("name") for suite in junit(AUDIT)}
    assert napalm(AUDIT)["sftp-1"]["complies"] is False
    assert {"hub": "sftp-1", "verdict": "violated"} in [
        labels for labels, _ in samples(AUDIT, "ksz_audit_hub_findings")
    ]


def test_metrics_say_whether_the_audit_passes_and_how_old_it_is() -> None:
    assert samples(AUDIT, "ksz_audit_compliant") == [({}, 0)]
    assert samples(CLEAN, "ksz_audit_compliant") == [({}, 1)]
    assert samples(EMPTY, "ksz_audit_compliant") == [({}, 0)]
    assert samples(AUDIT, "ksz_audit_timestamp_seconds") == [({}, AUDIT.at.timestamp())]


def test_metrics_name_each_partner_with_each_verdict() -> None:
    found = {
        (labels["partner"], labels["verdict"]): value
        for labels, value in samples(AUDIT, "ksz_audit_partner_findings")
    }

    assert found["P00005", "violated"] == 3
    assert found["P00003", "violated"] == 0
    assert sum(value for _, value in samples(AUDIT, "ksz_audit_cause_findings")) == len(AUDIT.bad)


@AUDITS
def test_the_older_prometheus_format_reads_the_metrics_alike(audit: Audit) -> None:
    text = REPORTS["openmetrics"](audit)

    def flat(families: object) -> list[tuple]:
        return [(each.name, each.labels, each.value) for one in families for each in one.samples]

    assert flat(prometheus(text)) == flat(openmetrics(text))


def test_csv_keeps_every_text_on_one_line_and_never_begins_like_a_formula() -> None:
    row = next(row for row in rows(AUDIT) if row["check"] == "flows")

    assert row["expected"] == f"'{printable(NASTY)}"
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for row in rows(AUDIT) for cell in row.values()
    )


def test_a_napalm_report_complies_where_nothing_is_bad_and_skips_nothing() -> None:
    assert {hub: report["complies"] for hub, report in napalm(CLEAN).items()} == {
        "hub-bru-1": True,
        "hub-bru-2": True,
        "inventory": True,
    }
    tunnel = napalm(AUDIT)["hub-bru-1"]["tunnel-up"]["present"]["P00005 S1"]
    assert tunnel["complies"] is False
    assert tunnel["actual_value"].startswith("unknown: ")
    assert all(report["skipped"] == [] for report in napalm(AUDIT).values())


def test_every_verdict_is_in_the_sample() -> None:
    assert all(AUDIT.counts[verdict] for verdict in Verdict)
