"""An audit with every verdict, and with the texts that break careless writers."""

from __future__ import annotations

from datetime import UTC, datetime

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.errors import Origin

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
NASTY = "=1+1 <script>alert('x')</script> & \"quoted\"\x1b[31m\x00\\n\nsecond line ✗ é"


def finding(
    check: str,
    verdict: Verdict,
    partner: str | None = "P00005",
    hub: str | None = "hub-bru-1",
    reason: str = "",
    **more: str,
) -> Finding:
    return Finding(
        check=check,
        verdict=verdict,
        hub=hub,
        partner=partner,
        connection="S1" if partner and hub else None,
        reason=reason,
        origin=Origin(f"partners/{partner}.yml", 11, 5) if partner else None,
        expected=more.get("expected", ""),
        observed=more.get("observed", ""),
        waiver=more.get("waiver", ""),
        evidence="nft -j list table inet ksz" if hub else "",
    )


FINDINGS = (
    finding("perimeter", Verdict.COMPLIANT, partner=None),
    finding("filter", Verdict.COMPLIANT),
    finding("flows", Verdict.VIOLATED, reason=NASTY, expected=NASTY, observed=NASTY),
    finding(
        "shaper",
        Verdict.VIOLATED,
        reason="rate 1024 kbit/s instead of 512",
        expected="512 kbit/s over tunnel 5",
        observed="1024 kbit/s over tunnel 5",
    ),
    finding("tunnel-up", Verdict.UNKNOWN, reason="KSZ401 hub-bru-1: no answer"),
    finding("sftp", Verdict.NOT_APPLICABLE),
    finding(
        "flows", Verdict.WAIVED, partner="P00003", reason=NASTY, waiver=f"W-9, by alice: {NASTY}"
    ),
    finding("filter", Verdict.COMPLIANT, partner="P00003"),
    finding("filter", Verdict.COMPLIANT, partner="P00003", hub="hub-bru-2"),
    finding("orphans", Verdict.VIOLATED, partner="P00099", reason="tunnel KSZ-P00099-S1"),
    finding("orphans", Verdict.VIOLATED, partner="P00099", reason="filter KSZ-P00099-S1"),
    finding("orphans", Verdict.VIOLATED, partner=None, hub="hub-bru-2", reason="+ a stray"),
    finding("helpdesk", Verdict.COMPLIANT, hub=None),
    finding("authorisation", Verdict.VIOLATED, hub=None, reason="flow web: ended on 2026-01-31"),
)
AUDIT = Audit.of(AT, ("hub-bru-1", "hub-bru-2", "sftp-1"), FINDINGS)
CLEAN = Audit.of(AT, ("hub-bru-1",), (each for each in FINDINGS if each.verdict.good))
EMPTY = Audit.of(AT, ("hub-bru-1",), ())
