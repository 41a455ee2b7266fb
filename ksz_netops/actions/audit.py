"""All hubs are read at once and judged; whatever is not compliant fails the task."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail

from ksz_netops.actions.base import Action, Arguments, Inventory, open_vault
from ksz_netops.compliance.audit import audit
from ksz_netops.compliance.report.as_json import json_report
from ksz_netops.compliance.report.as_text import text_report
from ksz_netops.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Mapping


class AuditArguments(Arguments):
    """See `plugins/modules/audit.py`."""

    inventory: Inventory
    hubs: tuple[str, ...]
    partners: tuple[str, ...] = ()
    report: Path | None = None


class AuditAction(Action[AuditArguments]):
    """Reads the hubs of the play in one task, and reports once."""

    arguments = AuditArguments

    def act(self, arguments: AuditArguments) -> Mapping[str, Any]:
        """The verdicts, counted, and a table of what is not compliant."""
        intent = load_intent(arguments.inventory)
        result = audit(
            intent,
            arguments.inventory,
            secrets=open_vault(arguments.inventory).secrets(),
            at=datetime.now(UTC),
            hubs=arguments.hubs,
            partners=arguments.partners,
        )
        if arguments.report is not None:
            arguments.report.write_text(json_report(result), encoding="utf-8")
        counts = {str(verdict): count for verdict, count in result.counts.items()}
        facts = {"changed": False, "counts": counts, "findings": text_report(result)}
        if result.exit_code:
            headline = f"{len(result.bad)} of {len(result.findings)} checks are not compliant"
            raise AnsibleActionFail(headline, result=facts)
        headline = f"{len(result.findings)} checks, nothing that is not compliant"
        return {**facts, "msg": headline, "_ansible_verbose_always": True}
