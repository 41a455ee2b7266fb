"""All hubs are read at once and judged; whatever is not compliant fails the task."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ansible.errors import AnsibleActionFail

from ksz_netops.actions.base import Action, Arguments, Inventory, open_vault
from ksz_netops.compliance.audit import audit
from ksz_netops.load import load_intent
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Mapping

# Imported with the module, once: the workers are forked afterwards.
PLATFORMS: Final = platforms()


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
        counts = {str(verdict): count for verdict, count in result.counts.items()}
        headline = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        facts = {"changed": False, "counts": counts}
        if result.exit_code:
            findings = "".join(f"{finding}\n" for finding in result.bad)
            raise AnsibleActionFail(headline, result={**facts, "findings": findings})
        return {**facts, "msg": headline}
