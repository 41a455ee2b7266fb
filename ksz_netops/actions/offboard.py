"""A partner leaves: no hub holds anything of it, then the inventory does not either."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from ksz_netops.actions.base import Action, Arguments, Inventory, failure, vault_password_file
from ksz_netops.actions.compiled import Compiled, imported_platforms
from ksz_netops.actions.departure import Departure, traces
from ksz_netops.errors import KszError, Problem
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import drop

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORMS: Final = imported_platforms()

PartnerId = Annotated[str, Field(pattern=r"^P\d{5}$")]


class TracesArguments(Arguments):
    """See `plugins/modules/traces.py`."""

    partner: PartnerId
    folder: Path
    digest: str


class TracesAction(Action[TracesArguments]):
    """Fails where a hub still holds or does anything for a partner; changes nothing."""

    arguments = TracesArguments

    def act(self, arguments: TracesArguments) -> Mapping[str, Any]:
        """That nothing was found."""
        compiled = Compiled.load(arguments.folder, arguments.digest)
        hub = compiled.target.name
        if self.check_mode:
            return {"changed": False, "msg": f"{hub} was not changed, so nothing is looked for"}
        with PLATFORMS[compiled.platform].connect(compiled.target) as session:
            left = list(traces(session, arguments.partner))
        if left:
            problems = [
                Problem(
                    code="KSZ705",
                    what=f"{hub} still has {trace} of {arguments.partner}",
                    fix="run `offboard.yml` again; if it stays, remove it by hand",
                )
                for trace in left
            ]
            headline = f"{arguments.partner} left traces on {hub}"
            raise failure(headline, problems, hub=hub)
        return {"changed": False, "msg": f"{hub} has no trace of {arguments.partner}"}


class OffboardArguments(Arguments):
    """See `plugins/modules/offboard.py`."""

    inventory: Inventory
    partner: PartnerId
    hubs: frozenset[str]


class OffboardAction(Action[OffboardArguments]):
    """Moves the partner's file to the former ones and drops its pre-shared keys."""

    arguments = OffboardArguments

    def act(self, arguments: OffboardArguments) -> Mapping[str, Any]:
        """Where the file is now, and which keys are gone."""
        intent = load_intent(arguments.inventory)
        departure = Departure.of(intent, arguments.inventory, arguments.partner)
        not_looked_at = sorted(intent.hubs.keys() - arguments.hubs)
        if not_looked_at:
            raise KszError(
                Problem(
                    code="KSZ706",
                    what=f"{arguments.partner} may be left on {', '.join(not_looked_at)}",
                    fix="run `offboard.yml` for all hubs, without --limit",
                )
            )
        if departure.file is None:
            return {"changed": False, "msg": f"{arguments.partner} has left already"}
        if not self.check_mode:
            # The keys first: what is cut short between the two is done by the next run.
            drop(departure.secrets, arguments.inventory, vault_password_file())
            departure.former.parent.mkdir(exist_ok=True)
            departure.file.replace(departure.former)
        return {
            "changed": True,
            "msg": f"{arguments.partner} is a former partner",
            "file": str(departure.former),
            "keys_dropped": list(departure.secrets),
        }
