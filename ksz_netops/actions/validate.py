"""The action `ksz.netops.validate`: what the command `ksz-netops validate` says."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ksz_netops.actions.base import Action, Arguments, Inventory, vault_password_file
from ksz_netops.errors import IntentError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.validation import validate

if TYPE_CHECKING:
    from collections.abc import Mapping


class ValidateArguments(Arguments):
    """See `plugins/modules/validate.py`."""

    inventory: Inventory


class ValidateAction(Action[ValidateArguments]):
    """Lists everything that is wrong with an inventory; reaches no hub and writes nothing."""

    arguments = ValidateArguments

    def act(self, arguments: ValidateArguments) -> Mapping[str, Any]:
        """Counts of partners and hubs."""
        today = datetime.now(BRUSSELS).date()
        judged = validate(arguments.inventory, today, vault_password_file())
        if judged.intent is None or judged.problems:
            raise IntentError(judged.problems)
        counted = f"{len(judged.intent.partners)} partners on {len(judged.intent.hubs)} hubs"
        return {"changed": False, "msg": f"valid; {counted}"}
