"""The audit as JUnit XML, so that a pipeline shows it where it shows its tests."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ksz_netops.compliance.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ksz_netops.compliance.audit import Audit

_OUTCOMES: Final[Mapping[Verdict, str]] = {
    Verdict.VIOLATED: "failure",
    Verdict.UNKNOWN: "error",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.WAIVED: "skipped",
}
"""The child of a test case that tells what became of it; a compliant one has none."""
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold; a device's answer may."""


def junit_report(audit: Audit) -> str:
    """*audit* as one suite for each hub and one for the inventory, after Jenkins' junit-10.xsd.

    Violated is a failure, unknown an error, not applicable is skipped.
    """
    root = Element("testsuites", {"name": "ksz-netops audit", **_counts(audit.findings)})
    by_hub: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in audit.findings:
        by_hub[finding.hub or "inventory"].append(finding)
    for hub in sorted({*audit.hubs, *by_hub}):
        findings = by_hub[hub]
        skipped = sum(_OUTCOMES.get(each.verdict) == "skipped" for each in findings)
        suite = SubElement(root, "testsuite", {"name": hub, **_counts(findings)})
        suite.set("skipped", str(skipped))
        suite.set("timestamp", audit.at.isoformat(timespec="seconds"))
        seen: Counter[tuple[str, str]] = Counter()
        for finding in findings:
            seen[finding.subject, finding.check] += 1
            again = seen[finding.subject, finding.check]
            name = finding.check if again == 1 else f"{finding.check} ({again})"
            case = SubElement(suite, "testcase", classname=finding.subject, name=name)
            outcome = _OUTCOMES.get(finding.verdict)
            if outcome is not None:
                told = SubElement(case, outcome, message=_clean(_message(finding)))
                if finding.verdict is not Verdict.NOT_APPLICABLE:
                    told.set("type", str(finding.verdict))
                    told.text = _clean(_details(finding))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _message(finding: Finding) -> str:
    return f"waived by {finding.waiver}: {finding.reason}" if finding.waiver else finding.reason


def _counts(findings: Collection[Finding]) -> dict[str, str]:
    found = Counter(finding.verdict for finding in findings)
    return {
        "tests": str(len(findings)),
        "failures": str(found[Verdict.VIOLATED]),
        "errors": str(found[Verdict.UNKNOWN]),
    }


def _details(finding: Finding) -> str:
    lines = {
        "expected": finding.expected,
        "observed": finding.observed,
        "asked for in": str(finding.origin or ""),
        "look with": finding.evidence,
        "evidence": finding.evidence_sha256,
    }
    return "\n".join((str(finding), *(f"{name}: {text}" for name, text in lines.items() if text)))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
