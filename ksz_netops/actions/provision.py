"""One hub is brought to what it must hold, or left as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from ksz_netops.actions.base import Action, Arguments, Inventory, failure, open_vault
from ksz_netops.actions.compiled import Compiled, imported_platforms
from ksz_netops.change.hub.outcome import Outcome, Status
from ksz_netops.change.hub.transaction import provision
from ksz_netops.errors import BusyError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORMS: Final = imported_platforms()

MOST_SHOWN: Final = 50
"""Changes that a terminal shows in words; more are for `--diff` and the result itself."""

HEADLINES: Final[dict[Status, str]] = {
    Status.UNCHANGED: "holds what it must",
    Status.WOULD_CHANGE: "would change",
    Status.CONFIRMED: "changed and confirmed",
    Status.BUSY: "busy with another change, not touched",
    Status.FAILED: "not changed",
    Status.REVERTED: "rolled back, it holds what it held before",
    Status.UNCONFIRMED: "outcome unknown, look at it",
}


class ProvisionArguments(Arguments):
    """See `plugins/modules/provision.py`."""

    inventory: Inventory
    folder: Path
    digest: str
    revert_in_s: Annotated[int, Field(ge=10, le=3600)] = 60
    only: str | None = None


class ProvisionAction(Action[ProvisionArguments]):
    """Stages, commits with a revert timer, verifies over a new connection, confirms."""

    arguments = ProvisionArguments

    def act(self, arguments: ProvisionArguments) -> Mapping[str, Any]:
        """How it ended, what changed and for whom."""
        compiled = Compiled.load(arguments.folder, arguments.digest)
        if arguments.only is not None:
            _refuse_other_changes(compiled, arguments)
        outcome = _provision(compiled, arguments, check=self.check_mode)
        facts = {
            "changed": outcome.changed,
            "hub": outcome.hub,
            "status": str(outcome.status),
            "partners": list(outcome.partners),
            "changes": list(outcome.changes),
            **({"diff": [{"prepared": outcome.diff}]} if outcome.diff else {}),
        }
        headline = f"{outcome.hub} {HEADLINES[outcome.status]}"
        if outcome.failed:
            raise failure(headline, outcome.problems, **facts)
        touched = f": {', '.join(outcome.partners)}" if outcome.partners else ""
        shown = outcome.changed and len(outcome.changes) <= MOST_SHOWN
        return {**facts, "msg": headline + touched, "_ansible_verbose_always": shown}


def _provision(compiled: Compiled, arguments: ProvisionArguments, *, check: bool) -> Outcome:
    def reveal(name: str) -> str:
        return open_vault(arguments.inventory).reveal(name)

    return provision(
        PLATFORMS[compiled.platform],
        compiled.target,
        compiled.intended,
        reveal=reveal,
        revert_in_s=arguments.revert_in_s,
        check=check,
    )


def _refuse_other_changes(compiled: Compiled, arguments: ProvisionArguments) -> None:
    """Lets nothing pass that touches another partner than the one of whom the run is.

    Raises:
        BusyError: If the hub waits for changes of other partners too.
    """
    foreseen = _provision(compiled, arguments, check=True)
    others = sorted(set(foreseen.partners) - {arguments.only})
    if others:
        raise BusyError(
            Problem(
                code="KSZ704",
                what=f"{foreseen.hub} differs from the intent in {', '.join(others)} too",
                fix="run `provision.yml` first, so that this run is about one partner alone",
            )
        )
