"""After a run that did not end: what each hub holds, and each group brought to one end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import Basis
from ksz_netops.change.fleet.converge import converge
from ksz_netops.change.fleet.groups import Group, groups_of
from ksz_netops.change.fleet.result import Result, write_down
from ksz_netops.errors import KszError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.change.fleet.result import HubEnd, RunLog
    from ksz_netops.change.fleet.settings import HubTask, RunSettings
    from ksz_netops.change.plan.plan import Plan


def recover(
    tasks: Callable[[Plan], Sequence[HubTask]], *, log: RunLog, settings: RunSettings
) -> Result | None:
    """Rolls the hubs of an interrupted run forward or back; None where every run ended.

    A group goes forward only where the dead run had verified every hub of it and had begun to
    confirm; in any other case its hubs are to be as they were.

    Raises:
        BusyError: If the run is still at work.
        RefusedError: If the journal cannot be read.
    """
    with log.journal.alone(log.who):
        run = log.journal.open_run()
        if run is None:
            return None
        settings.tell(
            f"a run of {run.who.get('user', 'somebody')} did not end; "
            f"{', '.join(sorted(run.forward)) or 'no hub'} is to become new, all others are to be "
            "as they were"
        )
        # What the dead run sent may still be on its way to a hub.
        settings.timing.sleep(settings.timing.between_s)
        ids = run.commit_ids
        # A hub that did not come to a commit of the run has none that is the run's.
        known = {
            task.name: replace(task, commit_id=ids.get(task.name, task.commit_id))
            for task in tasks(run.plan)
        }

        def end(names: Sequence[str]) -> tuple[HubEnd, ...]:
            (group,) = groups_of([known[name] for name in names], independent=False)
            return converge(
                group,
                forward=run.is_forward(names),
                settings=settings,
                journal_rollback=lambda: _journal_rollback(group, log),
            )

        ends = [each for found in settings.for_each(end, run.groups) for each in found]
        basis = Basis.APPROVED if len(run.groups) == 1 else Basis.DIRECT
        result = Result(plan=run.plan.digest, ends=tuple(ends), basis=basis)
        return write_down("recovered", result, run.plan, log)


def _journal_rollback(group: Group, log: RunLog) -> None:
    """Journals the decision; where the disk is full the hubs go back all the same."""
    try:
        log.journal.decide(group.names, forward=False)
    except KszError:
        return
