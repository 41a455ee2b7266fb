"""All hubs are read at once and judged; whatever is not compliant fails the task."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ansible.errors import AnsibleActionFail
from pydantic import BeforeValidator

from ksz_netops.actions.base import Action, Arguments, Inventory, Words, open_vault, words
from ksz_netops.change.record.emergencies import open_emergencies
from ksz_netops.compliance.audit import audit
from ksz_netops.compliance.report.as_text import text_report
from ksz_netops.compliance.report.names import Names
from ksz_netops.compliance.report.written import form_of, former_counts, recorded, write_reports
from ksz_netops.compliance.waivers import with_waivers
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Mapping


class AuditArguments(Arguments):
    """See `plugins/modules/audit.py`."""

    inventory: Inventory
    hubs: tuple[str, ...]
    partners: Words = ()
    checks: Words = ()
    report: Annotated[tuple[Path, ...], BeforeValidator(words)] = ()
    history: Path | None = None
    record: Path | None = None


class AuditAction(Action[AuditArguments]):
    """Reads the hubs of the play in one task, and reports once."""

    arguments = AuditArguments

    def act(self, arguments: AuditArguments) -> Mapping[str, Any]:
        """The verdicts, counted, and a table of what is not compliant."""
        forms = {file: form_of(file) for file in arguments.report}
        intent = load_intent(arguments.inventory)
        result = audit(
            intent,
            arguments.inventory,
            secrets=open_vault(arguments.inventory).secrets(),
            at=datetime.now(BRUSSELS),
            hubs=arguments.hubs,
            partners=arguments.partners,
            checks=arguments.checks,
            former=former_counts(arguments.history),
        )
        result, refused = with_waivers(result, arguments.inventory)
        part = arguments.partners or arguments.checks
        whole = not part and set(arguments.hubs) == set(intent.hubs)
        background, unkept = recorded(
            result, arguments.history, whole=whole, names=Names.of(intent)
        )
        write_reports(result, forms, background)
        if unkept is not None:
            raise unkept
        counts = {str(verdict): count for verdict, count in result.counts.items()}
        facts = {
            "changed": False,
            "counts": counts,
            "findings": text_report(result),
            "warnings": [
                str(problem)
                for problem in (*refused, *open_emergencies(arguments.inventory, arguments.record))
            ],
        }
        if result.exit_code:
            headline = f"{len(result.bad)} of {len(result.findings)} checks are not compliant"
            raise AnsibleActionFail(headline, result=facts)
        headline = f"{len(result.findings)} checks, nothing that is not compliant"
        return {**facts, "msg": headline, "_ansible_verbose_always": True}
