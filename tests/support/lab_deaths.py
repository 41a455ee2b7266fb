"""Runs over hubs of a lab that die at a step, and what becomes of the hubs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.hub.timing import Timing
from ksz_netops.change.record.audit_trail import verify_record
from ksz_netops.change.record.chain import Record
from ksz_netops.change.verification import verify_change
from ksz_netops.change.workflow import Workspace
from ksz_netops.lab.running import Running
from ksz_netops.signing.signers import read_signers
from ksz_netops.state.encoding import fingerprint
from support.lab_change import Bench, now
from support.playbook_run import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.change.fleet.settings import HubTask
    from ksz_netops.change.plan.plan import Plan
    from support.emulated_pair import Pair

_AGENT: Final = "/usr/local/lib/ksz-netops/agent"
_RUN_OUT: Final = r"""
pending=/run/ksz/pending.json
[ -e $pending ] && sed -i 's/"deadline": [0-9.]*/"deadline": 0/' $pending
while [ -e $pending ]; do sleep 0.1; done
"""
"""The hub's own watchdog does the rest: it reads the deadline again all the time."""
NEVER: Final = -1


@dataclass(slots=True)
class Approved:
    """A plan that may be applied whenever the hubs hold what it starts from."""

    inventory: Path
    plan: Plan
    path: Path
    record: Path
    """The record as it was when the plan was made; each run has a copy of it."""


@dataclass(slots=True)
class Deaths:
    """Two plans, each of which undoes the other, and the runs of them that died."""

    pair: Pair
    bench: Bench
    there: Approved
    back: Approved
    runner: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def steps(self) -> list[str]:
        """Every step of a run that goes well."""
        record = self._fresh_record(self.there)
        log = record / "steps.json"
        assert self._applied(self.there, record, NEVER, log) == "lived"
        said = json.loads(log.read_text("utf-8"))
        assert said["end"] == "done", said["problems"]
        self.there, self.back = self.back, self.there
        return said["steps"]

    def dies_at(self, step: int | str, *, timers: bool) -> str:
        """What all hubs hold once a run that died at *step* was recovered.

        With *timers* every hub has undone by itself what it held unconfirmed, before the recovery.
        """
        trial, record = self.there, self._fresh_record(self.there)
        ended = self._applied(trial, record, step, record / "steps.json")
        # Threads come to a step in any order, and one run has a few more of them than another.
        assert ended in {"killed", "lived"}, step
        if timers:
            self.let_the_timers_run_out()
        workspace = Workspace.open(trial.inventory, record=record)
        heard: list[str] = []
        settings = RunSettings(
            reveal=workspace.vault.reveal,
            verify=verify_change,
            timing=Timing(between_s=1),
            revert_in_s=30,
            tell=heard.append,
        )
        result = workspace.recover(now=now, settings=settings)

        held = self.held(trial)
        where = f"step {step}, timers {timers}: {held}, {heard}"
        assert set(held.values()) in ({"old"}, {"new"}), where
        (word,) = set(held.values())
        kept = Record(record)
        signers = read_signers(trial.inventory)
        assert list(verify_record(kept, signers=signers)) == [], where
        entries = list(kept.entries())
        if "begun" not in {entry.event for entry in entries}:
            assert (word, result) == ("old", None), where
            word = "never begun"
        else:
            assert entries[-1].body["end"] == {"old": "undone", "new": "done"}[word], where
            assert set(entries[-1].body["hubs"].values()) == {word}, where
        assert not (record / "journal.jsonl").exists(), where
        if word == "new":
            self.there, self.back = self.back, self.there
        shutil.rmtree(record)
        return word

    def left_behind(self) -> list[str]:
        """The files on the routers."""
        return [name for router in self.pair.routers.values() for name in router.files]

    def let_the_timers_run_out(self) -> None:
        self.pair.let_the_timers_run_out()
        for part in self.there.plan.hubs:
            if part.hub not in self.pair.routers:
                self._run(part.hub, "sh", "-c", _RUN_OUT)

    def held(self, trial: Approved) -> dict[str, str]:
        """Of each hub: old, new, or what else it holds, now or after it started anew."""
        routers = self.pair.started_anew()

        def look(task: HubTask) -> str:
            with task.platform.connect(task.target) as session:
                pending, mark = session.pending(), fingerprint(session.state())
            known = {task.part.before: "old", task.part.after: "new"}
            said = "pending" if pending else known.get(mark, "other")
            if task.name in routers:
                return said if routers[task.name] == mark else f"{said}, not saved"
            status = json.loads(self._run(task.name, _AGENT, "status"))
            return said if status["running"] == status["startup"] else f"{said}, not kept"

        tasks = Workspace.open(trial.inventory).tasks(trial.plan)
        with ThreadPoolExecutor() as threads:
            found = threads.map(look, tasks)
            return {task.name: word for task, word in zip(tasks, found, strict=True)}

    def _run(self, host: str, *command: str) -> str:
        return Running.of(self.pair.inventory).host(host).inside.run(*command)

    def _fresh_record(self, trial: Approved) -> Path:
        return Path(
            shutil.copytree(trial.record, self.bench.folder / f"record-{next(self.numbers)}")
        )

    def _applied(self, trial: Approved, record: Path, step: int | str, log: Path) -> str:
        run = {
            "inventory": str(trial.inventory),
            "record": str(record),
            "plan": str(trial.path),
            "step": step,
            "log": str(log),
        }
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(f"{json.dumps(run)}\n")
        self.runner.stdin.flush()
        return self.runner.stdout.readline().strip()


def _approved(bench: Bench, name: str) -> Approved:
    bench.record = bench.folder / name
    inventory, plan, path = bench.approved()
    kept = Path(shutil.copytree(bench.record, bench.folder / f"{name}-unused"))
    return Approved(inventory, plan, path, kept)


@contextmanager
def deaths(bench: Bench, pair: Pair) -> Iterator[Deaths]:
    """Runs to and fro between the two inventories of *bench*; the hubs hold one of them first."""
    bench.settle()
    # Each run has a record that was copied before the plan was used: so a plan can be used again.
    there = _approved(bench, "first")
    assert bench.apply(there.inventory, there.path).done
    back = _approved(bench, "second")
    argv = [sys.executable, "tests/support/mortal_run.py"]
    with subprocess.Popen(  # noqa: S603 - argv is ours
        argv,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as runner:
        # The hubs hold by now what the first plan made.
        yield Deaths(pair=pair, bench=bench, there=back, back=there, runner=runner)
