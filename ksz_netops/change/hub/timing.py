"""How long a transaction waits for what, and by which clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the transaction waits for what, and by which clock."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    between_s: float = 2
    """Between two attempts at the same thing."""
    settle_s: float = 10
    """For what was pushed, or restored, to be seen."""
    grace_s: float = 30
    """For the hub's own restore, beyond its timer."""


SYSTEM_TIMING: Final = Timing()
