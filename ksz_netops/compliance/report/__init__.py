"""What an audit looks like, for people and for machines; each report is drawn from one `Audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.report.as_csv import csv_report
from ksz_netops.compliance.report.as_html import html_report
from ksz_netops.compliance.report.as_json import json_report
from ksz_netops.compliance.report.as_junit import junit_report
from ksz_netops.compliance.report.as_napalm import napalm_report
from ksz_netops.compliance.report.as_openmetrics import openmetrics_report
from ksz_netops.compliance.report.as_text import text_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ksz_netops.compliance.audit import Audit

REPORTS: Final[Mapping[str, Callable[[Audit], str]]] = {
    "text": text_report,
    "json": json_report,
    "junit": junit_report,
    "openmetrics": openmetrics_report,
    "csv": csv_report,
    "napalm": napalm_report,
    "html": html_report,
}
"""By the name that `--format` takes."""
