"""Reads the inventory once and works out what each hub must hold."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ksz_netops.actions.base import Action, Arguments, Inventory, open_vault
from ksz_netops.actions.compiled import Compiled, private_folder
from ksz_netops.actions.departure import Departure
from ksz_netops.errors import IntentError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.platforms import admit, platforms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ksz_netops.errors import Problem
    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import Secret

KEPT_S = 24 * 3600
"""How long a compiled intent may wait for its hub."""


class CompileArguments(Arguments):
    """See `plugins/modules/compile.py`."""

    inventory: Inventory
    without: str | None = None


class CompileAction(Action[CompileArguments]):
    """Validates the whole inventory and writes down what each hub must hold; touches no hub."""

    arguments = CompileArguments

    def act(self, arguments: CompileArguments) -> Mapping[str, Any]:
        """Counts of partners and hubs, the folder, and a digest for each hub."""
        intent = load_intent(arguments.inventory)
        if arguments.without is not None:
            Departure.of(intent, arguments.inventory, arguments.without)
            staying = [each for each in intent.partners if each.id != arguments.without]
            intent = dataclasses.replace(intent, partners=tuple(staying))
        secrets = open_vault(arguments.inventory).secrets()
        hubs = list(_compiled(intent, arguments.inventory, secrets))
        folder = private_folder()
        _forget_old(folder)
        digests = {compiled.target.name: compiled.store(folder) for compiled in hubs}
        return {
            "changed": False,
            "msg": f"{len(intent.partners)} partners on {len(digests)} hubs",
            "folder": str(folder),
            "digests": digests,
        }


def _compiled(intent: Intent, inventory: Path, secrets: Mapping[str, Secret]) -> Iterator[Compiled]:
    """Every hub's part.

    Raises:
        IntentError: With the problems of all hubs, after the last of them.
    """
    today = datetime.now(BRUSSELS).date()
    problems: list[Problem] = []
    for name, hub in intent.hubs.items():
        try:
            intended = desired_state(intent, name, secrets=secrets, on=today)
            admit(platforms()[hub.platform], intended)
            yield Compiled(
                platform=hub.platform,
                target=target_of(intent, name, inventory.absolute()),
                intended=intended,
            )
        except IntentError as error:
            problems.extend(error.problems)
    if problems:
        raise IntentError(problems)


def _forget_old(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_S:
            path.unlink(missing_ok=True)
