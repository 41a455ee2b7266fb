"""The emulated routers beside the hosts in namespaces: one process, started and ended from here."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.neighbours import EMULATOR
from ksz_netops.lab.process import Process
from ksz_netops.lab.running import STATE
from ksz_netops.lab.sandbox import START_LIMIT_S, wait_for
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ksz_netops.intent.models import Intent

RECORD: Final = "routers.json"
"""In the lab's folder: which process plays the routers, and what it last made of the inventory."""
_LOG: Final = "routers.log"
_END_LIMIT_S: Final = 10


def emulated(intent: Intent) -> tuple[str, ...]:
    """The hubs that no host in namespaces can play."""
    return tuple(
        name for name, hub in intent.hubs.items() if not platforms()[hub.platform].namespaced
    )


@dataclass(frozen=True, slots=True)
class Routers:
    """The process that plays the routers of an inventory."""

    inventory: Path
    process: Process
    hubs: tuple[str, ...]
    """The hubs that it played when it last told."""
    answers: int = 0
    """How often it had told by then."""

    @classmethod
    def recorded(cls, inventory: Path) -> Routers | None:
        """Those of *inventory* that were started and not stopped; their process may have died."""
        record = _record(inventory)
        process = _process(record)
        if process is None:
            return None
        return cls(inventory, process, tuple(record["hubs"]), record["answers"])

    @classmethod
    def attach(cls, inventory: Path) -> Routers | None:
        """The routers of *inventory*, or None where they do not run."""
        routers = cls.recorded(inventory)
        return routers if routers is not None and routers.process.alive() else None

    @classmethod
    def start(cls, inventory: Path, password_file: Path | None) -> Routers:
        """A new process, which need not be ready yet.

        Raises:
            LabError: If this installation cannot emulate.
        """
        if importlib.util.find_spec("asyncssh") is None:
            fix = "`pip install 'ksz-netops[emulator]'`"
            raise LabError(_refused("asyncssh is not installed", fix))
        state = inventory / STATE
        (state / RECORD).unlink(missing_ok=True)
        options = ["--vault-password-file", str(password_file.absolute())] if password_file else []
        pid = os.posix_spawn(
            sys.executable,
            [
                *(sys.executable, "-m", EMULATOR),
                *(str(inventory.resolve()), *options),
            ],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (
                    os.POSIX_SPAWN_OPEN,
                    2,
                    state / _LOG,
                    os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                    0o600,
                ),
            ],
            setsid=True,
        )
        process = Process.of(pid)
        if process is None:
            raise LabError(_refused("the process did not start"))
        return cls(inventory, process, ())

    def read_again(self) -> None:
        """Makes it take up what the inventory says now; `settled` waits for that."""
        self.process.send(signal.SIGHUP)

    def settled(self) -> Mapping[str, tuple[str, ...]]:
        """Waits until it has read the inventory; which hubs it added, removed and changed.

        Raises:
            LabError: If it refused something, or does not run.
        """
        difference = self._answer()["difference"]
        return {word: tuple(names) for word, names in difference.items()}

    def up(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Of each router the `interfaces` and the `tunnels` that are up.

        Raises:
            LabError: If it does not run.
        """
        self.process.send(signal.SIGUSR1)
        return {
            hub: {kind: tuple(names) for kind, names in seen.items()}
            for hub, seen in self._answer()["hubs"].items()
        }

    def _answer(self) -> dict[str, Any]:
        def told() -> dict[str, Any] | None:
            record = _record(self.inventory)
            if _process(record) == self.process and record["answers"] > self.answers:
                return record
            if not self.process.alive():
                raise LabError(_refused(self._last_words()))
            return None

        record = wait_for(told, START_LIMIT_S)
        if record is None:
            raise LabError(_refused("it does not answer"))
        if record["problems"]:
            raise LabError(Problem(**each) for each in record["problems"])
        return record

    def stop(self) -> None:
        """Ends every router; the keys stay for the next time."""
        self.process.send(signal.SIGTERM, _END_LIMIT_S)
        self.process.send(signal.SIGKILL, _END_LIMIT_S)
        self.process.reap()
        for name in (RECORD, _LOG):
            (self.inventory / STATE / name).unlink(missing_ok=True)

    def _last_words(self) -> str:
        lines = (self.inventory / STATE / _LOG).read_text(encoding="utf-8").splitlines()
        return lines[-1] if lines else "it ended without a word"


def _record(inventory: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((inventory / STATE / RECORD).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record


def _process(record: Mapping[str, Any]) -> Process | None:
    try:
        return Process(**record["process"])
    except (KeyError, TypeError):
        return None


def _refused(
    said: str, fix: str = "see .lab/routers.log, then try `ksz-netops lab up` again"
) -> Problem:
    return Problem(code="KSZ513", what=f"the emulated routers do not run: {said}", fix=fix)
