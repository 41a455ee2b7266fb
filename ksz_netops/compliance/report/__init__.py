"""What an audit looks like, for people and for machines; each report is drawn from one `Audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.report.as_json import json_report
from ksz_netops.compliance.report.as_text import text_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ksz_netops.compliance.audit import Audit

REPORTS: Final[Mapping[str, Callable[[Audit], str]]] = {
    "text": text_report,
    "json": json_report,
}
"""By the name that `--format` takes."""
