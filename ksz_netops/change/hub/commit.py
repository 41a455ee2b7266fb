"""A commit that a hub was asked for: verified over a new connection, confirmed or rolled back."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.change.hub.outcome import ChangeEvidence, Outcome, Snapshot, Status
from ksz_netops.errors import BusyError, CommitError, ConnectError, KszError, Problem
from ksz_netops.state.diff import StateDifference, difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.change.hub.outcome import Verify
    from ksz_netops.change.hub.timing import Timing
    from ksz_netops.platforms import Platform, Session, Target
    from ksz_netops.state.resources import DeviceState


def new_commit_id() -> str:
    """A name for a commit, which no other run gives to one of its own."""
    return secrets.token_hex(4)


def is_ours(pending_id: str | None, commit_id: str) -> bool:
    """Whether the commit that waits on a hub is the one called *commit_id*.

    Where the platform keeps no ids, every waiting commit counts as ours.
    """
    return pending_id is not None and (not pending_id or pending_id == commit_id)


def take_snapshot(session: Session) -> Snapshot:
    """Reads what the hub holds and does."""
    return Snapshot(state=session.state(), observations=session.observe())


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What is to be done, as the platform and as the resources say it."""

    hub: str
    change: StateDifference
    diff: str

    def nothing_to_do(self) -> Outcome:
        """The end where the platform found nothing to do."""
        if not self.change:
            return self.outcome(Status.UNCHANGED)
        problem = Problem(
            code="KSZ301",
            what=f"{self.hub}: it does not hold what is intended, but no change was found: "
            + "; ".join(self.change.lines()),
            fix="report a fault of the platform; the hub was not touched",
        )
        return self.outcome(Status.FAILED, problem)

    def outcome(self, status: Status, *problems: Problem) -> Outcome:
        """The end of this change with *status*."""
        return Outcome(
            hub=self.hub,
            status=status,
            diff=self.diff,
            changes=tuple(self.change.lines()),
            partners=self.change.partners,
            problems=problems,
        )


@dataclass(slots=True, kw_only=True)
class Commit:
    """A commit that was asked for: from here on the hub may hold something new."""

    platform: Platform
    target: Target
    intended: DeviceState
    before: Snapshot
    staged: Staged
    verify: Verify
    revert_in_s: int
    timing: Timing
    asked_at: float
    commit_id: str = field(default_factory=new_commit_id)
    """By which the hub knows the commit, where its platform keeps ids."""
    confirm_asked: bool = False
    is_busy: bool = False
    """Whether the hub said that another run's commit waits on it."""
    is_refused: bool = False
    """Whether the hub refused the commit and went back by itself."""
    problems: list[Problem] = field(default_factory=list)

    def broken(self, error: KszError) -> Outcome:
        """The end of a commit that was refused, or whose end was not seen."""
        self.problems.extend(error.problems)
        if isinstance(error, BusyError):
            # What waits on the hub is another run's commit: it is not ours to undo.
            return self.staged.outcome(Status.BUSY, *self.problems)
        if isinstance(error, CommitError):
            return self._roll_back(Status.FAILED)
        self._blame(
            "KSZ303",
            "the connection broke during the commit, so that its end was not seen",
            "see whether the hub is reached well, then run the change again",
        )
        # What was sent may still be on its way to the hub.
        self.timing.sleep(self.timing.between_s)
        return self._roll_back(Status.REVERTED)

    def finish(self) -> Outcome:
        """Verifies and confirms a commit that the hub has taken, or rolls it back."""

        def verify_and_confirm(session: Session) -> bool:
            return self._verify(session) and self._confirm(session)

        if self._over_a_new_connection(verify_and_confirm):
            return self.staged.outcome(Status.CONFIRMED)
        return self._roll_back(Status.REVERTED)

    def verify_anew(self) -> bool:
        """True if verification passed over a new connection; otherwise see `problems`."""
        return self._over_a_new_connection(self._verify)

    def check_state(self) -> bool:
        """True if the hub holds the new state, asked over a new connection and once only."""

        def holds(session: Session) -> bool:
            self.problems.extend(self._unlike(session.state()))
            return not self.problems

        return self._over_a_new_connection(holds)

    def _over_a_new_connection(self, act: Callable[[Session], bool]) -> bool:
        """What *act* says; false where the connection fails, with the reason in `problems`."""
        try:
            with ExitStack() as stack:
                return act(self._connect_anew(stack))
        except ConnectError as error:
            self.problems.extend(error.problems)
            self._blame(
                "KSZ304",
                "after the commit it was not reached to the end over a new connection",
                "see whether the change cuts off management",
            )
        except KszError as error:
            self.problems.extend(error.problems)
        return False

    def _verify(self, session: Session) -> bool:
        self.problems.extend(self._doubts(session))
        return not self.problems

    def _confirm(self, session: Session) -> bool:
        self.confirm_asked = True
        session.confirm()
        if not session.pending() and session.state() == self.intended:
            return True
        self._blame(
            "KSZ309",
            "it took the confirmation, but does not hold what was confirmed",
            "see whether its timer ran out, then run the change again",
        )
        return False

    def _connect_anew(self, stack: ExitStack) -> Session:
        """A new connection, tried for until half of the hub's timer has run."""
        last = self.asked_at + self.revert_in_s / 2
        while True:
            try:
                return stack.enter_context(self.platform.connect(self.target))
            except ConnectError:
                if self.timing.now() + self.timing.between_s > last:
                    raise
            self.timing.sleep(self.timing.between_s)

    def _doubts(self, session: Session) -> list[Problem]:
        """What forbids to confirm, once what was pushed had its time to settle."""
        last = self.asked_at + min(self.timing.settle_s, self.revert_in_s / 2)
        while True:
            doubts = list(self._judged(take_snapshot(session)))
            if not doubts or self.timing.now() + self.timing.between_s > last:
                return doubts
            self.timing.sleep(self.timing.between_s)

    def _judged(self, after: Snapshot) -> Iterator[Problem]:
        yield from self._unlike(after.state)
        yield from self.verify(
            ChangeEvidence(
                hub=self.target.name,
                before=self.before,
                after=after,
                intended=self.intended,
                change=self.staged.change,
            )
        )

    def _unlike(self, state: DeviceState) -> Iterator[Problem]:
        for line in difference(state, self.intended).lines():
            yield Problem(
                code="KSZ302",
                what=f"{self.target.name}: after the commit there is still to do: {line}",
                fix="look for what else writes on the hub, or report a fault of the platform",
            )

    def _roll_back(self, when_restored: Status) -> Outcome:
        """Undoes what is pending, or waits until the hub has, and says what the hub then holds."""
        last = max(self.asked_at + self.revert_in_s, self.timing.now()) + self.timing.grace_s
        seen = False
        while True:
            state: DeviceState | None = None
            trouble: tuple[Problem, ...] = ()
            try:
                with self.platform.connect(self.target) as session:
                    if is_ours(session.pending_id(), self.commit_id):
                        session.rollback()
                    if not session.pending():
                        state = session.state()
            except KszError as error:
                trouble = error.problems
            if state == self.before.state:
                return self.staged.outcome(when_restored, *self.problems)
            if state == self.intended and self.confirm_asked:
                return self.staged.outcome(Status.CONFIRMED)
            if state is not None and not seen:
                seen = True
                last = min(last, self.timing.now() + self.timing.settle_s)
            if self.timing.now() >= last:
                return self._unconfirmed(state, trouble)
            self.timing.sleep(self.timing.between_s)

    def _unconfirmed(self, state: DeviceState | None, trouble: tuple[Problem, ...]) -> Outcome:
        look = "look at the hub, then run the audit and the change again"
        if state is None:
            self.problems.extend(each for each in trouble if each not in self.problems)
            self._blame("KSZ305", "what it holds after the change could not be learned", look)
        elif state == self.intended:
            self._blame("KSZ308", "it holds the new state although nobody confirmed it", look)
        else:
            left = "; ".join(difference(self.before.state, state).lines())
            self._blame(
                "KSZ307",
                f"it holds neither the old nor the new state; against the old: {left}",
                look,
            )
        return self.staged.outcome(Status.UNCONFIRMED, *self.problems)

    def _blame(self, code: str, what: str, fix: str) -> None:
        self.problems.append(Problem(code=code, what=f"{self.target.name}: {what}", fix=fix))
