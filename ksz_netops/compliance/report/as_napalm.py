"""The audit in the shape of NAPALM's `compliance_report`, one report for each hub.

For those who already read that shape. Two things are stricter than NAPALM's own: what is unknown
does not comply, and nothing is skipped.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ksz_netops.compliance.findings import Verdict

if TYPE_CHECKING:
    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.findings import Finding


def napalm_report(audit: Audit) -> str:
    """*audit* as `{hub: compliance_report}`; what no hub was asked about is below `inventory`."""
    by_hub: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in audit.findings:
        by_hub[finding.hub or "inventory"].append(finding)
    reports = {hub: _report(by_hub[hub]) for hub in sorted({*audit.hubs, *by_hub})}
    return json.dumps(reports, indent=2, ensure_ascii=False) + "\n"


def _report(findings: list[Finding]) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    for finding in findings:
        result = checks.setdefault(
            finding.check, {"complies": True, "present": {}, "missing": [], "extra": []}
        )
        result["complies"] = result["complies"] and finding.verdict.good
        present = result["present"]
        key = finding.subject
        number = 1
        while key in present:
            number += 1
            key = f"{finding.subject} ({number})"
        present[key] = _entry(finding)
    # A hub on which nothing was judged has not complied.
    complies = bool(findings) and all(each["complies"] for each in checks.values())
    return {**checks, "skipped": [], "complies": complies}


def _entry(finding: Finding) -> dict[str, Any]:
    """What NAPALM says of one compared value, and beside it our verdict."""
    entry: dict[str, Any] = {
        "complies": finding.verdict.good,
        "nested": False,
        "verdict": str(finding.verdict),
    }
    if finding.waiver:
        entry["waiver"] = finding.waiver
    if not finding.verdict.good:
        observed = finding.observed
        if finding.verdict is Verdict.UNKNOWN:
            observed = f"unknown: {finding.reason}"
        entry |= {
            "expected_value": finding.expected,
            "actual_value": observed,
            "reason": finding.reason,
        }
    return entry
