"""Changes the hubs in one task; another task says how each hub ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from ksz_netops.actions.base import (
    Action,
    Arguments,
    Inventory,
    Words,
    failure,
    vault_password_file,
)
from ksz_netops.actions.compiled import load_bytes, private_folder, store_bytes
from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.reading import Scope
from ksz_netops.change.workflow import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ksz_netops.change.fleet.result import HubEnd
    from ksz_netops.change.hub.outcome import Outcome

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
_CHANGED: Final = frozenset({Status.WOULD_CHANGE, Status.CONFIRMED, Status.UNCONFIRMED})
_GOOD: Final = frozenset({Status.UNCHANGED, Status.WOULD_CHANGE, Status.CONFIRMED})


class ProvisionArguments(Arguments):
    """See `plugins/modules/provision.py`."""

    inventory: Inventory
    hubs: tuple[str, ...]
    partners: Words = ()
    without: str = ""
    expect_removal: Words = ()
    emergency: str = ""
    revert_in_s: Annotated[int, Field(ge=10, le=3600)] = 60
    record: Path | None = None


class ProvisionAction(Action[ProvisionArguments]):
    """Changes the hubs of the play in one run, each on its own, and keeps how each ended."""

    arguments = ProvisionArguments

    def act(self, arguments: ProvisionArguments) -> Mapping[str, Any]:
        """Where the end of each hub is kept, for `ksz.netops.outcome`."""
        workspace = Workspace.open(
            arguments.inventory, record=arguments.record, password_file=vault_password_file()
        )
        scope = Scope(
            hubs=arguments.hubs,
            partners=arguments.partners,
            expected_removals=arguments.expect_removal,
            without=arguments.without,
        )
        settings = RunSettings(reveal=workspace.vault.reveal, revert_in_s=arguments.revert_in_s)
        folder = private_folder()
        if self.check_mode:
            outcomes = workspace.preview(scope, now=lambda: datetime.now(UTC), settings=settings)
            return _kept(folder, outcomes)
        result = workspace.provision(
            scope,
            now=lambda: datetime.now(UTC),
            settings=settings,
            emergency=arguments.emergency,
        )
        if not result.is_recorded:
            headline = "the end is not in the record"
            raise failure(headline, result.problems, record=result.record)
        return {**_kept(folder, result.ends), "record": result.record}


def _kept(folder: Path, ends: Sequence[HubEnd | Outcome]) -> dict[str, Any]:
    digests = {end.hub: store_bytes(folder, json.dumps(_facts(end)).encode()) for end in ends}
    return {"changed": False, "folder": str(folder), "digests": digests}


def _facts(end: HubEnd | Outcome) -> dict[str, Any]:
    return {
        "hub": end.hub,
        "status": str(end.status),
        "partners": list(end.partners),
        "changes": list(end.changes),
        "diff": end.diff,
        "problems": [str(problem) for problem in end.problems],
    }


class OutcomeArguments(Arguments):
    """See `plugins/modules/outcome.py`."""

    folder: Path
    digest: str


class OutcomeAction(Action[OutcomeArguments]):
    """Says how one hub ended; it does not speak to the hub."""

    arguments = OutcomeArguments

    def act(self, arguments: OutcomeArguments) -> Mapping[str, Any]:
        """How it ended, what changed and for whom."""
        kept: dict[str, Any] = json.loads(load_bytes(arguments.folder, arguments.digest))
        status = Status(kept["status"])
        facts = {
            "changed": status in _CHANGED,
            "hub": kept["hub"],
            "status": str(status),
            "partners": kept["partners"],
            "changes": kept["changes"],
            **({"diff": [{"prepared": kept["diff"]}]} if kept["diff"] else {}),
        }
        headline = f"{kept['hub']} {HEADLINES[status]}"
        if status not in _GOOD:
            raise failure(headline, kept["problems"], **facts)
        touched = f": {', '.join(kept['partners'])}" if kept["partners"] else ""
        shown = facts["changed"] and len(kept["changes"]) <= MOST_SHOWN
        return {**facts, "msg": headline + touched, "_ansible_verbose_always": shown}
