"""What every part of the agent works with: the places of a hub, its commands, its log."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.platforms.linux.on_hub.agent import command, files
from ksz_netops.platforms.linux.on_hub.agent.generations import Store
from ksz_netops.platforms.linux.on_hub.agent.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.platforms.linux.on_hub.agent.command import Run


def uptime() -> float:
    """Seconds since the box was started; no one can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One hub, seen from itself."""

    places: Places = field(default_factory=Places)
    run: Run = command.run
    now: Callable[[], float] = uptime

    @property
    def running(self) -> Store:
        """The generations that run or ran."""
        return Store(self.places.run, self.places.running)

    @property
    def confirmed(self) -> Store:
        """The generations that are confirmed."""
        return Store(self.places.disk, self.places.startup)

    def say(self, text: str) -> None:
        """Writes *text* into the log; never raises."""
        files.note(self.places.log, text)


@dataclass(slots=True)
class Tries:
    """Acts of which each is tried although others fail."""

    failures: list[str] = field(default_factory=list)

    def __call__(self, act: Callable[..., object], *arguments: object) -> bool:
        """Whether *act* could be done; if not, its reason is kept."""
        try:
            act(*arguments)
        except Exception as error:  # noqa: BLE001 - no fault of one part may stop the way back
            self.failures.append(files.reason(error))
            return False
        return True
