"""One change on many hubs: all of them become new, or all stay old.

Every hub is locked and compared before the first is touched. Each undoes by itself what nobody
confirms, and nobody confirms before all were seen to hold what they must. Between that moment,
which is written down first, and the last confirmation, a crash leaves the rest to `recover`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ksz_netops.change.fleet.converge import settle
from ksz_netops.change.fleet.journal import unfinished
from ksz_netops.change.fleet.result import Result, written_down
from ksz_netops.change.hub.transaction import Commit, Staged, see
from ksz_netops.change.plan.plan import stale
from ksz_netops.change.plan.safety import reasons
from ksz_netops.errors import BusyError, KszError, Problem, RefusedError
from ksz_netops.state.diff import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ksz_netops.change.approval.admission import Admitted
    from ksz_netops.change.fleet.converge import Means, Party
    from ksz_netops.change.fleet.result import Desk
    from ksz_netops.change.hub.outcome import Seen
    from ksz_netops.platforms import Session
    from ksz_netops.state.resources import DeviceState


def apply_plan(
    admitted: Callable[[], Admitted],
    parties: Callable[[Admitted], Sequence[Party]],
    *,
    desk: Desk,
    means: Means,
) -> Result:
    """Applies a plan to all its hubs, or to none.

    Args:
        admitted: Judges the plan; called once no other run can use it.
        parties: The hubs of the plan that it gives.
        desk: Where it is written down.
        means: What the run works with.

    Raises:
        BusyError: If another run is at work, here or on a hub; no hub was changed.
        RefusedError: If the plan may not be applied, or is stale; no hub was changed.
        DeviceError: If a hub could not be prepared; no hub was changed.
    """
    with desk.journal.alone(desk.who):
        problems = [*unfinished(desk.journal), *desk.record.problems()]
        if problems:
            raise RefusedError(problems)
        allowed = admitted()
        hubs = parties(allowed)
        if not hubs:
            means.tell("the plan asks for nothing")
            return Result(plan=allowed.plan.digest, settled=(), record=str(desk.record.head()))
        commits = _committed(allowed, hubs, desk, means)
        problems = [each for commit in commits for each in commit.problems]
        if not problems:
            means.tell("all hubs hold the new state, unconfirmed: verifying over new connections")
            means.for_each(lambda commit: commit.look(), commits)
            problems = [each for commit in commits for each in commit.problems]
        if not problems:
            problems = list(_too_late(commits, means))
        if not problems:
            means.tell("verified: confirming all")
            desk.journal.decide(forward=True)
        else:
            for problem in problems:
                means.tell(str(problem))
            # What was sent over a connection that broke may still be on its way to the hub.
            means.pace.sleep(means.pace.between_s)
        settled = settle(
            hubs,
            forward=not problems,
            means=means,
            turn=lambda: desk.journal.decide(forward=False),
        )
        return written_down("ended", allowed.plan.digest, settled, problems, desk)


@dataclass(slots=True, kw_only=True)
class _Ready:
    """A hub that is locked, compared and staged, over a connection that is still open."""

    party: Party
    stack: ExitStack
    session: Session | None = None
    before: Seen | None = None
    intended: DeviceState | None = None
    diff: str = ""
    problems: list[KszError] = field(default_factory=list)

    def close(self) -> None:
        try:
            self.stack.close()
        except KszError as error:
            self.problems.append(error)


def _committed(allowed: Admitted, hubs: Sequence[Party], desk: Desk, means: Means) -> list[Commit]:
    """Every hub with its commit made or broken; none was touched where this raises."""
    with ExitStack() as stack:
        ready = [_Ready(party=party, stack=stack.enter_context(ExitStack())) for party in hubs]
        means.for_each(lambda each: _prepare(each, means), ready)
        _refuse(ready)
        # Written down before the first commit: from here on the plan is used.
        desk.journal.begin(allowed.plan, revert_in_s=means.revert_in_s, who=desk.who)
        desk.record.append("begun", _beginning(allowed, ready, desk), desk.now())

        def commit(each: _Ready) -> Commit:
            desk.journal.step(f"commit {each.party.name}")
            return _commit(each, means)

        return means.for_each(commit, ready)


def _prepare(each: _Ready, means: Means) -> None:
    party = each.party
    try:
        session = each.stack.enter_context(party.platform.connect(party.target))
        if session.pending():
            raise BusyError(_another_commit(party))
        each.before = see(session)
        each.intended = party.part.applied_to(each.before.state)
        party.platform.check(each.intended)
        if not _as_approved(party, each.before.state, each.intended):
            raise RefusedError(_other_commands(party))
        each.diff = session.stage(each.intended, means.reveal)
        each.session = session
        # The lock came with the staging; what was compared before it may have changed.
        if session.state() != each.before.state:
            raise RefusedError(stale(party.name))
    except KszError as error:
        each.problems.append(error)
    else:
        means.tell(f"{party.name}: locked, and as it was when the plan was made")


def _as_approved(party: Party, running: DeviceState, intended: DeviceState) -> bool:
    """Whether this program would send what was approved, and finds it as safe."""
    part, platform = party.part, party.platform
    return (
        platform.commands(running, intended) == part.commands
        and reasons(platform, running, intended) == part.safety
    )


def _another_commit(party: Party) -> Problem:
    return Problem(
        code="KSZ943",
        what=f"{party.name}: a commit of another run waits on it for its confirmation",
        fix="wait until that run has ended, or the hub has undone it; nothing was touched",
    )


def _other_commands(party: Party) -> Problem:
    return Problem(
        code="KSZ933",
        what=f"{party.name}: this program would send other commands than were approved",
        fix="use the version that made the plan, or make a new plan",
    )


def _refuse(ready: Sequence[_Ready]) -> None:
    """Lets go of every hub if one of them cannot be changed.

    Raises:
        KszError: Of the kind of the first; with the problems of all.
    """
    errors = [error for each in ready for error in each.problems]
    if not errors:
        return
    for each in ready:
        try:
            if each.session is not None:
                each.session.discard()
        except KszError as error:
            errors.append(error)
        each.close()
    raise type(errors[0])(problem for error in errors for problem in error.problems)


def _commit(each: _Ready, means: Means) -> Commit:
    party = each.party
    if each.session is None or each.before is None or each.intended is None:
        raise AssertionError(party.name)
    commit = Commit(
        platform=party.platform,
        target=party.target,
        intended=each.intended,
        before=each.before,
        staged=Staged(
            hub=party.name,
            change=difference(each.before.state, each.intended),
            diff=each.diff,
        ),
        verify=means.verify,
        revert_in_s=means.revert_in_s,
        pace=means.pace,
        asked_at=means.pace.now(),
    )
    try:
        each.session.commit(revert_in_s=means.revert_in_s)
    except KszError as error:
        commit.problems.extend(error.problems)
    else:
        means.tell(f"{party.name}: committed, undoes itself in {means.revert_in_s} s")
    # A connection that fails to close says nothing about the commit; a new one will tell.
    each.close()
    return commit


def _too_late(commits: Sequence[Commit], means: Means) -> Iterator[Problem]:
    """Why it is too late to confirm: a hub might undo itself before the last is confirmed."""
    first = min(commit.asked_at for commit in commits) + means.revert_in_s
    if means.pace.now() > first - means.revert_in_s / 4:
        yield Problem(
            code="KSZ961",
            what="verifying took so long that a hub might undo itself before all are confirmed",
            fix="make a new plan and apply it with a longer --revert-in-s",
        )


def _beginning(allowed: Admitted, ready: Sequence[_Ready], desk: Desk) -> dict[str, Any]:
    signed = [*allowed.approvals, *([allowed.authorship] if allowed.authorship else [])]
    return {
        "plan": allowed.plan.digest,
        "content": allowed.plan.model_dump(mode="json"),
        "signatures": [
            {
                "principal": each.principal,
                "for": each.namespace,
                "key": each.key,
                "signature": each.armored,
            }
            for each in signed
        ],
        "by": dict(desk.who),
        "partners": list(allowed.plan.partners),
        "hubs": {each.party.name: "old" for each in ready},
    }
