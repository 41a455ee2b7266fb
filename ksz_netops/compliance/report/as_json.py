"""The audit as JSON, after `audit.schema.json` beside this file, and back."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.compliance.audit import Audit
from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.explanation import answers
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.errors import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.compliance.explanation import Cause

FORMAT: Final = 1
"""Grows when a reader of the former would misread the new."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the report."""
    text = files(__package__).joinpath("audit.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def json_report(audit: Audit) -> str:
    """*audit* as one JSON document."""
    return json.dumps(as_data(audit), indent=2, ensure_ascii=False) + "\n"


def as_data(audit: Audit) -> dict[str, Any]:
    """*audit* as JSON types."""
    return {
        "format": FORMAT,
        "at": audit.at.isoformat(),
        "hubs": list(audit.hubs),
        "compliant": audit.exit_code == 0,
        "counts": {str(verdict): count for verdict, count in audit.counts.items()},
        "answers": {
            str(question): str(verdict) for question, verdict in answers(audit.findings).items()
        },
        "causes": [_cause(cause) for cause in audit.causes],
        "checks": [
            {
                "id": check.id,
                "title": check.title,
                "reads": check.reads,
                "criterion": check.criterion,
                "source": check.source,
            }
            for check in CATALOGUE
        ],
        "findings": [finding.as_json() for finding in audit.findings],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.kind.id,
        "verdict": str(cause.verdict),
        "hub": cause.hub,
        "partners": list(cause.partners),
        "title": cause.title,
        "means": cause.means,
        "next": cause.next_step,
        "checks": list(cause.checks),
        "findings": len(cause.findings),
    }


def from_data(data: Mapping[str, Any]) -> Audit:
    """The audit that `as_data` wrote."""
    return Audit.of(
        datetime.fromisoformat(data["at"]),
        data["hubs"],
        (_finding(each) for each in data["findings"]),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        check=data["check"],
        verdict=Verdict(data["verdict"]),
        hub=data["hub"],
        partner=data["partner"],
        connection=data["connection"],
        expected=data["expected"],
        observed=data["observed"],
        reason=data["reason"],
        origin=_origin(data["origin"]),
        waiver=data.get("waiver", ""),
        evidence=data["evidence"],
        evidence_sha256=data.get("evidence_sha256", ""),
        cause=data.get("cause", ""),
        advice=data.get("advice", ""),
    )


def _origin(text: str | None) -> Origin | None:
    if text is None:
        return None
    file, line, column = text.rsplit(":", 2)
    return Origin(file, int(line), int(column))
