"""After a run that did not end: what each hub holds, and all of them brought to one end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.fleet.converge import settle
from ksz_netops.change.fleet.result import written_down

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.change.fleet.converge import Means, Party
    from ksz_netops.change.fleet.result import Desk, Result
    from ksz_netops.change.plan.plan import Plan


def recover(
    parties: Callable[[Plan], Sequence[Party]], *, desk: Desk, means: Means
) -> Result | None:
    """Finishes or undoes the run that did not end; None where every run ended.

    It goes forward only where the dead run had verified every hub and had begun to confirm; in any
    other case all hubs are to be as they were.

    Raises:
        BusyError: If the run is still at work.
        RefusedError: If the journal cannot be read.
    """
    with desk.journal.alone(desk.who):
        story = desk.journal.story()
        if story is None:
            return None
        means.tell(
            f"a run of {story.who.get('user', 'somebody')} did not end; all hubs are to "
            + ("become new" if story.forward else "be as they were")
        )
        # What the dead run sent may still be on its way to a hub.
        means.pace.sleep(means.pace.between_s)
        settled = settle(
            parties(story.plan),
            forward=story.forward,
            means=means,
            turn=lambda: desk.journal.decide(forward=False),
        )
        return written_down("recovered", story.plan.digest, settled, (), desk)
