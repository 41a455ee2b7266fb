"""Whether a way is alive: it is while answers come back over it, and again when they stay.

No socket and no clock: whoever sends and receives says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a way is given up and trusted again."""

    interval_s: float = 0.5
    """Between two echo requests over one way."""
    lost: int = 4
    """So many requests in a row without an answer, and the way is dead: at most 2.5 s."""
    hold_s: float = 10
    """A way that answers again is trusted after it answered for so long without a gap."""
    longest_hold_s: float = 60
    """Each return doubles the hold, up to this, so that a flapping way does not carry."""
    calm_s: float = 300
    """A way that lived for so long starts with the short hold again."""


PACE: Final = Pace()


class Liveness:
    """One way, judged by its answers."""

    __slots__ = ("_answered_since", "_hold_s", "_pace", "_unanswered", "alive", "since")

    def __init__(self, *, alive: bool, at: float, pace: Pace = PACE) -> None:
        """A way that is known to be *alive* or dead, such as from the kernel's routes."""
        self.alive = alive
        self.since = at
        """When it came to be alive or dead."""
        self._pace = pace
        self._hold_s = pace.hold_s
        self._unanswered = 0
        self._answered_since: float | None = None

    def ask(self, now: float) -> bool:
        """Counts one request that is sent now; true where the way is found dead by it."""
        self._unanswered += 1
        if self._unanswered <= self._pace.lost:
            return False
        self._answered_since = None
        return self._die(now)

    def answer(self, now: float) -> bool:
        """Counts one answer; true where the way is trusted again by it."""
        self._unanswered = 0
        if self.alive:
            return False
        if self._answered_since is None:
            self._answered_since = now
        if now - self._answered_since < self._hold_s:
            return False
        self.alive, self.since = True, now
        self._hold_s = min(2 * self._hold_s, self._pace.longest_hold_s)
        return True

    def lose_carrier(self, now: float) -> bool:
        """The port of the way has no carrier: true where the way is found dead by it."""
        self._answered_since = None
        return self._die(now)

    def _die(self, now: float) -> bool:
        if not self.alive:
            return False
        if now - self.since >= self._pace.calm_s:
            self._hold_s = self._pace.hold_s
        self.alive, self.since = False, now
        return True
