"""One group of hubs in a run: all of them become new, or all stay old.

Every hub is locked and compared before the first is touched. Each undoes by itself what nobody
confirms, and nobody confirms before all were verified. The decision to confirm is journalled first;
between it and the last confirmation a crash leaves the rest to `recover`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ksz_netops.change.fleet.converge import converge
from ksz_netops.change.hub.commit import Commit, Staged, take_snapshot
from ksz_netops.change.plan.plan import stale
from ksz_netops.change.plan.safety import reasons
from ksz_netops.change.plan.view import view_of
from ksz_netops.errors import BusyError, CommitError, DeviceError, KszError, Problem, RefusedError
from ksz_netops.platforms import admit
from ksz_netops.state.diff import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ksz_netops.change.fleet.groups import Group
    from ksz_netops.change.fleet.result import HubEnd, RunLog
    from ksz_netops.change.fleet.settings import HubTask, RunSettings
    from ksz_netops.change.hub.outcome import Snapshot
    from ksz_netops.platforms import Session
    from ksz_netops.state.resources import DeviceState

_APART_S = 5
"""By how much the timer of a wave is shorter than that of the wave before it."""


@dataclass(slots=True, kw_only=True)
class _PreparedHub:
    """A hub that is locked, compared and staged, over a connection that is still open."""

    task: HubTask
    stack: ExitStack
    session: Session | None = None
    before: Snapshot | None = None
    intended: DeviceState | None = None
    diff: str = ""
    errors: list[KszError] = field(default_factory=list)

    def close(self) -> None:
        try:
            self.stack.close()
        except KszError as error:
            self.errors.append(error)


def change_group(
    group: Group, *, begin: Callable[[], None], log: RunLog, settings: RunSettings
) -> tuple[tuple[HubEnd, ...], tuple[Problem, ...]]:
    """Changes all hubs of *group* or none: how each ended, and why the group was rolled back.

    Args:
        group: The hubs.
        begin: Writes down that the run begins; called before the first commit.
        log: Where each step is written down.
        settings: What the run works with.

    Raises:
        KszError: If a hub could not be prepared, or the run could not be written down; no hub of
            the group was changed.
    """
    commits = _commit_all(group, begin, log, settings)
    problems = _verify_all(group, commits, settings) or _decide(group, log)
    if problems:
        for problem in problems:
            settings.tell(str(problem))
        # What was sent over a connection that broke may still be on its way to the hub.
        settings.timing.sleep(settings.timing.between_s)
    else:
        settings.tell("verified: confirming")
    unwritten: list[Problem] = []

    def journal_rollback() -> None:
        try:
            log.journal.decide(group.names, forward=False)
        except KszError as error:
            unwritten.extend(error.problems)

    ends = converge(
        group,
        forward=not problems,
        settings=settings,
        journal_rollback=journal_rollback,
        busy=frozenset(commit.target.name for commit in commits if commit.is_busy),
    )
    of_hub = {commit.target.name: commit for commit in commits}
    whole = tuple(_with_change(end, of_hub.get(end.hub)) for end in ends)
    return whole, (*problems, *unwritten)


def _verify_all(group: Group, commits: Sequence[Commit], settings: RunSettings) -> list[Problem]:
    """Verifies all hubs over new connections; why they may not stay new, or nothing."""
    problems = [each for commit in commits for each in commit.problems]
    if problems or len(commits) != len(group.tasks):
        return problems
    settings.tell("the hubs hold the new state, unconfirmed: verifying over new connections")
    settings.for_each(lambda commit: commit.verify_anew(), commits)
    problems = [each for commit in commits for each in commit.problems]
    return problems or list(_too_late(commits, settings))


def _decide(group: Group, log: RunLog) -> list[Problem]:
    """Journals that the hubs are to become new; why that cannot be written down, or nothing."""
    try:
        log.journal.decide(group.names, forward=True)
    except KszError as error:
        return list(error.problems)
    return []


def _with_change(end: HubEnd, commit: Commit | None) -> HubEnd:
    """*end* with what was to be done to the hub, and why that may not stay."""
    if commit is None:
        return end
    return replace(
        end,
        diff=commit.staged.diff,
        changes=tuple(commit.staged.change.lines()),
        partners=commit.staged.change.partners,
        problems=tuple(dict.fromkeys((*commit.problems, *end.problems))),
        is_begun=end.is_begun and not commit.is_refused,
    )


def _commit_all(
    group: Group, begin: Callable[[], None], log: RunLog, settings: RunSettings
) -> list[Commit]:
    """Commits to all hubs and returns one Commit each; raises only before the first commit.

    A wave is left out where a hub of the wave before it does not hold its new state.
    """
    with ExitStack() as stack:
        prepared = [
            _PreparedHub(task=task, stack=stack.enter_context(ExitStack())) for task in group.tasks
        ]
        settings.for_each(lambda hub: _prepare(hub, settings), prepared)
        _release_if_refused(prepared)
        try:
            begin()
        except KszError as error:
            prepared[0].errors.append(error)
            _release_if_refused(prepared)
        by_name = {hub.task.name: hub for hub in prepared}
        commits: list[Commit] = []
        for number, wave in enumerate(group.waves):
            hubs = [by_name[task.name] for task in wave]
            timer = _timer(commits, number, settings)
            if commits and timer < settings.revert_in_s / 4:
                commits[0].problems.append(_too_late_problem())
                break
            new = settings.for_each(lambda hub: _commit(hub, timer, log, settings), hubs)  # noqa: B023 - called at once
            commits += new
            if number + 1 < len(group.waves):
                settings.for_each(lambda commit: commit.problems or commit.check_state(), new)
            if any(commit.problems for commit in commits):
                break
        return commits


def _timer(commits: Sequence[Commit], wave: int, settings: RunSettings) -> int:
    """Seconds for the timer of a wave, which runs out before that of the wave before it."""
    if not commits:
        return settings.revert_in_s
    passed = settings.timing.now() - min(commit.asked_at for commit in commits)
    return int(settings.revert_in_s - passed - _APART_S * wave)


def _prepare(hub: _PreparedHub, settings: RunSettings) -> None:
    task = hub.task
    try:
        session = hub.stack.enter_context(task.platform.connect(task.target))
        if session.pending():
            raise BusyError(commit_pending(task.name))
        hub.before = take_snapshot(session)
        hub.intended = task.part.applied_to(hub.before.state)
        admit(task.platform, hub.intended)
        _refuse_other_commands(task, hub.before.state, hub.intended)
        hub.diff = session.stage(hub.intended, settings.reveal)
        hub.session = session
        if not hub.diff:
            raise DeviceError(_nothing_staged(task))
        # The lock came with the staging; what was compared before it may have changed.
        if session.state() != hub.before.state:
            raise RefusedError(stale(task.name))
    except KszError as error:
        hub.errors.append(error)
    else:
        settings.tell(f"{task.name}: locked, and as it was when the plan was made")


def _refuse_other_commands(task: HubTask, running: DeviceState, intended: DeviceState) -> None:
    """Accepts a hub for which this program would send what people were shown.

    Raises:
        CommitError: If the change is not safe throughout.
        RefusedError: If it would send anything else.
    """
    reasons(task.platform, running, intended)
    shown = view_of(task.part, task.platform).commands
    if task.platform.commands(running, intended) != shown:
        raise RefusedError(
            Problem(
                code="KSZ933",
                what=f"{task.name}: this program would send other commands than were approved",
                fix="use the version that made the plan, or make a new plan",
            )
        )


def commit_pending(hub: str) -> Problem:
    """Why *hub* is busy: another run has committed and not confirmed."""
    return Problem(
        code="KSZ943",
        what=f"{hub}: a commit of another run waits on it for its confirmation",
        fix="wait until that run has ended, or the hub has undone it; nothing was touched",
    )


def _nothing_staged(task: HubTask) -> Problem:
    changes = "; ".join(difference(task.part.running, task.part.intended).lines())
    return Problem(
        code="KSZ301",
        what=f"{task.name}: it does not hold what is intended, but no change was found: {changes}",
        fix="report a fault of the platform; the hub was not touched",
    )


def _release_if_refused(prepared: Sequence[_PreparedHub]) -> None:
    """Lets go of every hub if one of them cannot be changed.

    Raises:
        KszError: Of the kind of the first; with the problems of all.
    """
    errors = [error for hub in prepared for error in hub.errors]
    if not errors:
        return
    for hub in prepared:
        try:
            if hub.session is not None:
                hub.session.discard()
        except KszError as error:
            errors.append(error)
        hub.close()
    raise type(errors[0])(problem for error in errors for problem in error.problems)


def _commit(hub: _PreparedHub, timer_s: int, log: RunLog, settings: RunSettings) -> Commit:
    task = hub.task
    if hub.session is None or hub.before is None or hub.intended is None:
        raise AssertionError(task.name)
    commit = Commit(
        platform=task.platform,
        target=task.target,
        intended=hub.intended,
        before=hub.before,
        staged=Staged(
            hub=task.name,
            change=difference(hub.before.state, hub.intended),
            diff=hub.diff,
        ),
        verify=settings.verify,
        revert_in_s=timer_s,
        timing=settings.timing,
        asked_at=settings.timing.now(),
        commit_id=task.commit_id,
    )
    try:
        log.journal.commit(task.name, task.commit_id)
        hub.session.commit(revert_in_s=timer_s, commit_id=task.commit_id)
    except KszError as error:
        commit.problems.extend(error.problems)
        commit.is_busy = isinstance(error, BusyError)
        commit.is_refused = isinstance(error, CommitError)
    else:
        settings.tell(f"{task.name}: committed, undoes itself in {timer_s} s")
    # A connection that fails to close says nothing about the commit; a new one will tell.
    hub.close()
    return commit


def _too_late(commits: Sequence[Commit], settings: RunSettings) -> Iterator[Problem]:
    """Why it is too late to confirm: a hub might undo itself before the last is confirmed."""
    now = settings.timing.now()
    ends = min(commit.asked_at + commit.revert_in_s for commit in commits)
    if now > ends - settings.revert_in_s / 4:
        yield _too_late_problem()


def _too_late_problem() -> Problem:
    return Problem(
        code="KSZ961",
        what="verifying took so long that a hub might undo itself before all are confirmed",
        fix="make a new plan and apply it with a longer --revert-in-s",
    )
