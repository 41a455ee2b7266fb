"""The transaction on one hub: stage, commit, verify over a new connection, confirm or roll back.

Every end that can be expected is an `Outcome`. The hub's own timer backs each of them: if this side
dies or loses the hub for good, the hub undoes an unconfirmed commit by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.hub.commit import Commit, Staged, take_snapshot
from ksz_netops.change.hub.outcome import Outcome, Status
from ksz_netops.change.hub.timing import SYSTEM_TIMING, Timing
from ksz_netops.change.hub.undisturbed import undisturbed
from ksz_netops.errors import BusyError, IntentError, KszError, SecretError
from ksz_netops.platforms import admit
from ksz_netops.state.diff import difference

if TYPE_CHECKING:
    from ksz_netops.change.hub.outcome import Verify
    from ksz_netops.platforms import Platform, Reveal, Target
    from ksz_netops.state.resources import DeviceState


def provision(  # noqa: PLR0913 - the parts of a transaction, all but three by keyword
    platform: Platform,
    target: Target,
    intended: DeviceState,
    *,
    reveal: Reveal,
    verify: Verify = undisturbed,
    revert_in_s: int = 60,
    check: bool = False,
    timing: Timing = SYSTEM_TIMING,
) -> Outcome:
    """Makes the hub hold *intended*, or leaves it as it was, and says which.

    Args:
        platform: How this kind of hub is spoken to.
        target: The hub.
        intended: What it must hold.
        reveal: Gives a pre-shared key by its name.
        verify: What else must be true before the change may stay.
        revert_in_s: After how long the hub undoes by itself what nobody confirmed.
        check: Whether to stop before the commit, with the diff of what a run would do.
        timing: The waits, and the clock that measures them.

    Raises:
        UnsupportedError: If the platform cannot hold *intended*; the hub was not touched.
        SecretError: If a pre-shared key cannot be given; the hub was not changed.
    """
    admit(platform, intended)
    commit: Commit | None = None
    try:
        with platform.connect(target) as session:
            before = take_snapshot(session)
            staged = Staged(
                hub=target.name,
                change=difference(before.state, intended),
                diff=session.stage(intended, reveal),
            )
            if not staged.diff:
                return staged.nothing_to_do()
            if check:
                session.discard()
                return staged.outcome(Status.WOULD_CHANGE)
            commit = Commit(
                platform=platform,
                target=target,
                intended=intended,
                before=before,
                staged=staged,
                verify=verify,
                revert_in_s=revert_in_s,
                timing=timing,
                asked_at=timing.now(),
            )
            session.commit(revert_in_s=revert_in_s, commit_id=commit.commit_id)
    except KszError as error:
        if commit is not None:
            return commit.broken(error)
        if isinstance(error, IntentError | SecretError):
            raise
        status = Status.BUSY if isinstance(error, BusyError) else Status.FAILED
        return Outcome(hub=target.name, status=status, problems=error.problems)
    return commit.finish()
