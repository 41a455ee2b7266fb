"""Changes over the hubs of a lab, made by a runner that dies."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from change_desk import key_of
from playbook_run import ROOT

from ksz_netops.canonical import fingerprint
from ksz_netops.change.approval import APPROVAL, AUTHORSHIP
from ksz_netops.change.settle import Means
from ksz_netops.change.sshsig import sign
from ksz_netops.change.workflow import Authoring, Office

if TYPE_CHECKING:
    from ksz_netops.change.plan import Plan
    from ksz_netops.change.result import Result

EDITS = {"P00007": ("capacity_kbps: 256", "384"), "P00008": ("capacity_kbps: 512", "640")}
"""One partner on each of two hubs, and another capacity for it."""


def now() -> datetime:
    return datetime.now(UTC)


def with_people(inventory: Path) -> Path:
    """The same inventory, with a policy and two people: Alice plans, Bob approves."""
    publics = {who: key_of(who).with_suffix(".pub").read_text("utf-8") for who in ("alice", "bob")}
    text = "".join(f"{who} {public}" for who, public in publics.items())
    (inventory / "allowed_signers").write_text(text, "utf-8")
    (inventory / "approval.yml").write_text("approvers: 1\n", "utf-8")
    return inventory


def with_other_capacities(inventory: Path, folder: Path) -> Path:
    """A copy of *inventory* for the same hubs, in which two partners have another capacity."""
    other = Path(shutil.copytree(inventory, folder, ignore=shutil.ignore_patterns(".lab")))
    (other / ".lab").symlink_to(inventory / ".lab")
    for partner, (old, new) in EDITS.items():
        path = other / f"partners/{partner}.yml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, f"capacity_kbps: {new}"), "utf-8")
    return other


@dataclass(slots=True)
class Bench:
    """Two inventories for the same hubs, between which changes go to and fro."""

    inventories: tuple[Path, Path]
    folder: Path
    made: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def record(self) -> Path:
        return self.folder / "record"

    def office(self, inventory: Path) -> Office:
        return Office.open(inventory, record=self.record)

    def approved(self) -> tuple[Path, Plan, Path]:
        """An inventory that the hubs do not hold, the plan for it, and the file of the plan."""
        for inventory in self.inventories:
            office = self.office(inventory)
            plan = office.plan(Authoring(author="alice", now=now()))
            if plan.hubs:
                break
        self.made += 1
        path = self.folder / f"plan-{self.made}.json"
        raw = plan.as_bytes()
        path.write_bytes(raw)
        for who, use in (("alice", AUTHORSHIP), ("bob", APPROVAL)):
            signature = sign(raw, key=key_of(who), namespace=use)
            path.with_name(f"{path.name}.{who}.sig").write_text(signature, "utf-8")
        return inventory, plan, path

    def killed_at(self, inventory: Path, path: Path, step: int) -> bool:
        """Applies the plan by a runner that dies at *step*; false where it lived to the end."""
        argv = [sys.executable, "tests/mortal_run.py", str(inventory), str(self.record)]
        done = subprocess.run(  # noqa: S603 - argv is ours
            [*argv, str(path), str(step)],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {-signal.SIGKILL, 99}, done.stdout + done.stderr
        return done.returncode == -signal.SIGKILL

    def recovered(self, inventory: Path) -> Result | None:
        office = self.office(inventory)
        means = Means(reveal=office.vault.reveal, revert_in_s=30, tell=self.said.append)
        return office.recover(now=now, means=means)

    def held(self, inventory: Path, plan: Plan) -> list[str]:
        """Of each hub of *plan*: old, new or other."""
        office = self.office(inventory)
        words = []
        for party in office.parties(plan):
            with party.platform.connect(party.target) as session:
                assert not session.pending()
                mark = fingerprint(session.state())
            known = {party.part.before: "old", party.part.after: "new"}
            words.append(known.get(mark, "other"))
        return words

    def dies_at(self, step: int) -> str:
        """What all hubs hold once a run that died at *step* was recovered, or `lived`."""
        inventory, plan, path = self.approved()
        if not self.killed_at(inventory, path, step):
            return "lived"
        result = self.recovered(inventory)
        held = set(self.held(inventory, plan))
        assert len(held) == 1, f"step {step}: {held}"
        (word,) = held
        if result is None:
            assert word == "old", f"step {step}"
        else:
            assert result.end == {"old": "undone", "new": "done"}[word], f"step {step}"
        return word
