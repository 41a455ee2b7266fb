"""How much work something is, counted in calls, so that it is the same on every machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def calls(work: Callable[[], object]) -> int:
    """How many functions *work* calls, those written in C among them."""
    count = 0

    def note(_frame: object, event: str, _argument: Any) -> None:  # noqa: ANN401 - the profiler's
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
