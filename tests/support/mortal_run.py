"""Applies plans in processes that kill themselves with SIGKILL at their nth step.

    python tests/support/mortal_run.py

A step is anything sent to a hub or written to the disk: just before it, or just after it and before
the answer. The hubs are worked on at once, as in any run. Reads a
line of JSON for each run from standard input and answers `killed`, `lived` or `failed`; one that
lived leaves its steps in the file `log`. It forks, so that a run need not import what runs share.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import paramiko

from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.verification import verify_change
from ksz_netops.change.workflow import Workspace
from ksz_netops.platforms.ios_xe.device import driver as _slow_to_import  # noqa: F401 - once for all runs

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS: Final = (
    (os, "fsync"),
    (os, "rename"),
    (os, "replace"),
    (os, "unlink"),
    (paramiko.SSHClient, "connect"),
    (paramiko.SSHClient, "close"),
    (paramiko.Channel, "exec_command"),
    (paramiko.Channel, "invoke_shell"),
    (paramiko.Channel, "send"),
    (paramiko.Channel, "shutdown_write"),
)
REVERT_IN_S: Final = 120


@dataclass(slots=True)
class Mortality:
    """Counts the steps of this process, and ends it at its last."""

    last: int | str
    """Its number, or how its name begins."""
    passed: list[str] = field(default_factory=list)

    def tick(self, what: str) -> None:
        if what.startswith(self.last) if isinstance(self.last, str) else self._over(self.last):
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(what)

    def _over(self, last: int) -> bool:
        return len(self.passed) >= last >= 0

    def watches(self, owner: Any, name: str) -> None:  # noqa: ANN401 - a module or a class
        truly: Callable[..., object] = getattr(owner, name)

        @functools.wraps(truly)
        def watched(*given: object, **named: object) -> object:
            said = next((each for each in given if isinstance(each, str | bytes)), name)
            if not said.strip():
                # An empty line asks a router for its prompt, and for nothing else.
                return truly(*given, **named)
            text = said.decode(errors="replace") if isinstance(said, bytes) else said
            self.tick(f"before {name} {text.strip()}")
            answer = truly(*given, **named)
            self.tick(f"after {name} {text.strip()}")
            return answer

        setattr(owner, name, watched)


def applied(inventory: str, record: str, plan: str, step: int | str, log: str) -> None:
    """Applies *plan* and dies at *step*; a negative one never comes."""
    mortality = Mortality(last=step)
    for owner, name in STEPS:
        mortality.watches(owner, name)
    workspace = Workspace.open(Path(inventory), record=Path(record))
    settings = RunSettings(
        reveal=workspace.vault.reveal, verify=verify_change, revert_in_s=REVERT_IN_S
    )
    result = workspace.apply(Path(plan), now=lambda: datetime.now(UTC), settings=settings)
    said = {"end": result.end, "steps": mortality.passed, "problems": result.as_json()["problems"]}
    Path(log).write_text(json.dumps(said), encoding="utf-8")


def main() -> int:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                applied(**json.loads(line))
            except BaseException:  # noqa: BLE001 - whatever it is, a child ends here
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else "failed" if status else "lived", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
