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
    from ksz_netops.compliance.explanation import Cause

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

    Each cause fails once: its first finding is a failure where it is violated and an error where it
    is unknown. The other findings with that cause are skipped and name it.
    """
    causes = {each: cause for cause in audit.causes for each in cause.findings}
    root = Element("testsuites", {"name": "ksz-netops audit", **_counts(audit.findings, causes)})
    by_hub: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in audit.findings:
        by_hub[finding.hub or "inventory"].append(finding)
    for hub in sorted({*audit.hubs, *by_hub}):
        findings = by_hub[hub]
        skipped = sum(_outcome(each, causes) == "skipped" for each in findings)
        suite = SubElement(root, "testsuite", {"name": hub, **_counts(findings, causes)})
        suite.set("skipped", str(skipped))
        suite.set("timestamp", audit.at.isoformat(timespec="seconds"))
        seen: Counter[tuple[str, str]] = Counter()
        for finding in findings:
            seen[finding.subject, finding.check] += 1
            again = seen[finding.subject, finding.check]
            name = finding.check if again == 1 else f"{finding.check} ({again})"
            case = SubElement(suite, "testcase", classname=finding.subject, name=name)
            _add_outcome(case, finding, causes)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(finding: Finding, causes: Mapping[Finding, Cause]) -> str | None:
    cause = causes.get(finding)
    if cause is not None and finding != cause.sample:
        return "skipped"
    return _OUTCOMES.get(finding.verdict)


def _add_outcome(case: Element, finding: Finding, causes: Mapping[Finding, Cause]) -> None:
    outcome = _outcome(finding, causes)
    if outcome is None:
        return
    cause = causes.get(finding)
    told = SubElement(case, outcome, message=_clean(_message(finding, cause)))
    if finding.verdict is Verdict.NOT_APPLICABLE:
        return
    told.set("type", str(finding.verdict))
    if cause is None or finding == cause.sample:
        told.text = _clean(_details(finding, cause))


def _message(finding: Finding, cause: Cause | None) -> str:
    if finding.waiver:
        return f"waived by {finding.waiver}: {finding.reason}"
    if cause is None:
        return finding.reason
    if finding == cause.sample:
        return f"{cause.title}: {finding.reason}"
    return f"a consequence of: {cause.title}"


def _counts(findings: Collection[Finding], causes: Mapping[Finding, Cause]) -> dict[str, str]:
    found = Counter(_outcome(finding, causes) for finding in findings)
    return {
        "tests": str(len(findings)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
    }


def _details(finding: Finding, cause: Cause | None) -> str:
    lines = {
        "means": cause.means if cause else "",
        "next": cause.next_step if cause else "",
        "findings with this cause": str(len(cause.findings)) if cause else "",
        "expected": finding.expected,
        "observed": finding.observed,
        "asked for in": str(finding.origin or ""),
        "look with": finding.evidence,
        "evidence": finding.evidence_sha256,
    }
    return "\n".join((str(finding), *(f"{name}: {text}" for name, text in lines.items() if text)))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
