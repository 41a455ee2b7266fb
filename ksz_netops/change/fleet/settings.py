"""What a run over many hubs works with: the hubs, the verification, the waits, the threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ksz_netops.change.hub.commit import new_commit_id
from ksz_netops.change.hub.timing import SYSTEM_TIMING, Timing
from ksz_netops.change.verification import verify_change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.change.hub.outcome import Verify
    from ksz_netops.change.plan.plan import HubPlan
    from ksz_netops.platforms import Platform, Reveal, Target

    Item = TypeVar("Item")
    Answer = TypeVar("Answer")

AT_ONCE = 16
"""How many hubs are worked on at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTask:
    """One hub of a run: what will be done to it, and how it is reached."""

    part: HubPlan
    platform: Platform
    target: Target
    commit_id: str = field(default_factory=new_commit_id)
    """By which the hub knows the commit of this run, where its platform keeps ids."""

    @property
    def name(self) -> str:
        """The hub's."""
        return self.part.hub


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What a run works with, the same for all its hubs."""

    reveal: Reveal
    verify: Verify = verify_change
    timing: Timing = SYSTEM_TIMING
    revert_in_s: int = 120
    at_once: int = AT_ONCE
    """How many hubs are worked on at the same time; 1 keeps all in one thread."""
    tell: Callable[[str], None] = lambda _: None
    """Prints each step, in a line for a person."""

    def for_each(self, work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
        """The result of *work* for each of *items*, in their order; see `for_each`."""
        return for_each(work, items, at_once=self.at_once)


def for_each(
    work: Callable[[Item], Answer], items: Sequence[Item], *, at_once: int = AT_ONCE
) -> list[Answer]:
    """The result of *work* for each of *items*, in their order.

    Where it is interrupted, what has begun is ended first and nothing else begins.
    """
    if at_once == 1 or len(items) <= 1:
        return [work(item) for item in items]
    threads = ThreadPoolExecutor(max_workers=at_once)
    try:
        return list(threads.map(work, items))
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
