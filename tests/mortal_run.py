"""Applies a plan in a process that kills itself with SIGKILL at its nth step.

    python tests/mortal_run.py INVENTORY RECORD PLAN STEP

A step is anything asked of a hub, before and after, and any write to the disk. Ends with 99 and the
number of steps where it was never killed.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from change_world import Fate, Mortal

from ksz_netops.change import workflow
from ksz_netops.change.settle import Means


class Mortality(Fate):
    """Dies for real."""

    def tick(self) -> None:
        if self.left is not None and self.passed >= self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


def main(inventory: str, record: str, plan: str, step: str) -> int:
    fate = Mortality(left=int(step))
    truly = os.fsync

    def fsync(descriptor: int) -> None:
        fate.tick()
        truly(descriptor)
        fate.tick()

    os.fsync = fsync
    mortal = {name: Mortal(each, fate) for name, each in workflow.platforms().items()}
    workflow.platforms = lambda: MappingProxyType(mortal)
    office = workflow.Office.open(Path(inventory), record=Path(record))
    means = Means(reveal=office.vault.reveal, revert_in_s=30, at_once=1)
    result = office.apply(Path(plan), now=lambda: datetime.now(UTC), means=means)
    print(result.end, fate.passed)  # noqa: T201 - for whoever counts the steps
    return 99


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
