"""The one engine of every change: a plan is admitted, and each of its groups of hubs is changed.

An approved plan is one group. In a direct change hubs end independently: one that is down or is
rolled back does not stop the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import Basis
from ksz_netops.change.fleet.group import change_group
from ksz_netops.change.fleet.groups import groups_of
from ksz_netops.change.fleet.journal import unfinished
from ksz_netops.change.fleet.result import Holds, HubEnd, Result, write_down
from ksz_netops.errors import BusyError, InterruptError, KszError, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.change.approval.admission import Admitted
    from ksz_netops.change.fleet.groups import Group
    from ksz_netops.change.fleet.result import RunLog
    from ksz_netops.change.fleet.settings import HubTask, RunSettings


def apply_plan(
    admitted: Callable[[], Admitted],
    tasks: Callable[[Admitted], Sequence[HubTask]],
    *,
    log: RunLog,
    settings: RunSettings,
) -> Result:
    """Applies a plan: an approved one to all its hubs or to none, a direct one hub by hub.

    Args:
        admitted: Judges the plan; called once no other run can use it.
        tasks: The hubs of the plan that it gives.
        log: Where the run is written down.
        settings: What the run works with.

    Raises:
        BusyError: If another run is at work, here or on a hub; no hub was changed.
        RefusedError: If the plan may not be applied, or is stale; no hub was changed.
        DeviceError: If a hub could not be prepared; no hub was changed.
        InterruptError: If the run was interrupted, with what holds.
    """
    with log.journal.alone(log.who):
        problems = [*unfinished(log.journal), *log.record.problems()]
        if problems:
            raise RefusedError(problems)
        allowed = admitted()
        independent = allowed.basis is not Basis.APPROVED
        groups = groups_of(tasks(allowed), independent=independent)
        if not groups:
            settings.tell("the plan asks for nothing")
            record = str(log.record.head())
            return Result(plan=allowed.plan.digest, ends=(), record=record, basis=allowed.basis)
        try:
            ended = _change_groups(groups, allowed, log, settings)
        except KeyboardInterrupt as error:
            raise _interrupted(log, settings) from error
        ends = tuple(end for of_group, _ in ended for end in of_group)
        result = Result(
            plan=allowed.plan.digest,
            ends=ends,
            problems=tuple(problem for _, why in ended for problem in why),
            basis=allowed.basis,
        )
        if not log.journal.is_open:
            # Nothing was begun on any hub, so there is nothing to write down.
            return replace(result, record=str(log.record.head()))
        return write_down("ended", result, allowed.plan, log)


def _change_groups(
    groups: Sequence[Group], allowed: Admitted, log: RunLog, settings: RunSettings
) -> list[tuple[tuple[HubEnd, ...], tuple[Problem, ...]]]:
    def begin() -> None:
        log.begin(allowed, groups, revert_in_s=settings.revert_in_s)

    def change(group: Group) -> tuple[tuple[HubEnd, ...], tuple[Problem, ...]]:
        try:
            return change_group(group, begin=begin, log=log, settings=settings)
        except KszError as error:
            if allowed.basis is Basis.APPROVED:
                raise
            return _not_begun(group, error), ()

    return settings.for_each(change, groups)


def _not_begun(group: Group, error: KszError) -> tuple[HubEnd, ...]:
    """The ends of a group of which no hub was changed."""
    named = [
        tuple(each for each in error.problems if each.what.startswith(f"{name}:"))
        for name in group.names
    ]
    return tuple(
        HubEnd(
            hub=name,
            holds=Holds.OLD,
            problems=own or error.problems,
            is_begun=False,
            is_busy=isinstance(error, BusyError),
        )
        for name, own in zip(group.names, named, strict=True)
    )


def _interrupted(log: RunLog, settings: RunSettings) -> InterruptError:
    """What holds after somebody stopped the run, and the next command."""
    if not log.journal.is_open:
        return InterruptError(
            Problem(
                code="KSZ944",
                what="the run was interrupted before any hub was changed",
                fix="run it again",
            )
        )
    run = log.journal.open_run()
    hubs = [name for group in run.groups for name in group] if run else []
    forward = sorted(run.forward) if run else []
    back = [name for name in hubs if name not in forward]
    said = []
    if forward:
        said.append(f"{', '.join(forward)} were verified and hold the new state or were about to")
    if back:
        said.append(
            f"{', '.join(back)} hold what they held before, or undo the change by themselves "
            f"within {settings.revert_in_s} s"
        )
    return InterruptError(
        Problem(
            code="KSZ944",
            what=f"the run was interrupted after it had begun: {'; '.join(said)}",
            fix="run `ksz-netops recover`, which brings them to one end and says what each holds",
        ),
        is_begun=True,
    )
