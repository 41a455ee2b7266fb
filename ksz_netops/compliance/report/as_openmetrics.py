"""The audit as OpenMetrics, for the textfile collector of a node exporter.

Gauges only, so that the older Prometheus text format reads it alike.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ksz_netops.compliance.findings import SEVERITY, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.explanation import Cause

_VERDICTS = sorted(Verdict, key=SEVERITY.__getitem__)


def openmetrics_report(audit: Audit) -> str:
    """*audit* as metrics; a partner or hub has every verdict, so that none vanishes at zero."""
    lines = [
        *_family(
            "ksz_audit_timestamp_seconds",
            "When the audit was begun, since 1970; it is stale where this stands still.",
            [({}, int(audit.at.timestamp()))],
            unit="seconds",
        ),
        *_family(
            "ksz_audit_compliant",
            "1 where nothing is violated or unknown.",
            [({}, int(audit.exit_code == 0))],
        ),
        *_family(
            "ksz_audit_findings",
            "Findings by verdict.",
            [({"verdict": str(each)}, count) for each, count in audit.counts.items()],
        ),
        *_family(
            "ksz_audit_hub_findings",
            "Findings on one hub by verdict.",
            _by("hub", ((each.hub, each.verdict) for each in audit.findings), audit.hubs),
        ),
        *_family(
            "ksz_audit_partner_findings",
            "Findings on one partner by verdict.",
            _by("partner", ((each.partner, each.verdict) for each in audit.findings)),
        ),
        *_family(
            "ksz_audit_cause_findings",
            "How many findings come from one cause; several partners with one cause have no label.",
            _by_cause(audit.causes),
        ),
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


def _by_cause(causes: Iterable[Cause]) -> list[tuple[dict[str, str], int]]:
    """One series for each cause, so that an alert comes once."""
    return [
        (
            {
                "cause": cause.kind.id,
                "hub": cause.hub or "",
                "partner": cause.partners[0] if len(cause.partners) == 1 else "",
                "verdict": str(cause.verdict),
            },
            len(cause.findings),
        )
        for cause in causes
    ]


def _by(
    label: str, found: Iterable[tuple[str | None, Verdict]], names: Iterable[str] = ()
) -> list[tuple[dict[str, str], int]]:
    counts = Counter(pair for pair in found if pair[0] is not None)
    return [
        ({label: name, "verdict": str(verdict)}, counts[name, verdict])
        for name in sorted({*names, *(name for name, _ in counts if name)})
        for verdict in _VERDICTS
    ]


def _family(
    name: str, about: str, samples: Iterable[tuple[Mapping[str, str], int]], unit: str = ""
) -> list[str]:
    head = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    if unit:
        head.append(f"# UNIT {name} {unit}")
    return [*head, *(f"{name}{_labels(labels)} {value}" for labels, value in samples)]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
