"""Approved changes to and fro between two inventories for the same hubs of a lab."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.change.approval.admission import APPROVAL, AUTHORSHIP
from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.reading import Scope
from ksz_netops.change.verification import verify_change
from ksz_netops.change.workflow import Authoring, Workspace
from ksz_netops.signing.ssh_signatures import sign
from ksz_netops.state.encoding import fingerprint
from support.change_desk import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.change.fleet.result import Result
    from ksz_netops.change.plan.plan import Plan

CAPACITIES: Final = {
    "P00007": ("capacity_kbps: 256", "capacity_kbps: 384"),
    "P00008": ("capacity_kbps: 512", "capacity_kbps: 640"),
}
"""One partner on each of two Linux hubs, and another capacity for it."""


def now() -> datetime:
    return datetime.now(UTC)


def with_people(inventory: Path) -> Path:
    """The same inventory, with a policy and two people: Alice plans, Bob approves."""
    publics = {who: key_of(who).with_suffix(".pub").read_text("utf-8") for who in ("alice", "bob")}
    text = "".join(f"{who} {public}" for who, public in publics.items())
    (inventory / "allowed_signers").write_text(text, "utf-8")
    (inventory / "approval.yml").write_text("approvers: 1\n", "utf-8")
    return inventory


def with_edits(
    inventory: Path, folder: Path, edits: Mapping[str, tuple[str, str]] = CAPACITIES
) -> Path:
    """A copy of *inventory* for the same hubs, with *edits* in the files of partners."""
    other = Path(shutil.copytree(inventory, folder, ignore=shutil.ignore_patterns(".lab")))
    (other / ".lab").symlink_to(inventory / ".lab")
    for partner, (old, new) in edits.items():
        path = other / f"partners/{partner}.yml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    return other


@dataclass(slots=True)
class Bench:
    """Two inventories for the same hubs, between which changes go to and fro."""

    inventories: tuple[Path, Path]
    folder: Path
    leaving: tuple[str, ...] = ()
    """The partners that one of the two lacks."""
    record: Path = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.record = self.folder / "record"

    def workspace(self, inventory: Path) -> Workspace:
        return Workspace.open(inventory, record=self.record)

    def approved(self) -> tuple[Path, Plan, Path]:
        """An inventory that the hubs do not hold, the plan for it, and the file of the plan."""
        for inventory in self.inventories:
            workspace = self.workspace(inventory)
            scope = Scope(expected_removals=self.leaving)
            plan = workspace.plan(Authoring(author="alice", now=now()), scope)
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

    def apply(self, inventory: Path, path: Path, **settings: object) -> Result:
        """Applies the plan at *path*."""
        workspace = self.workspace(inventory)
        chosen = {"verify": verify_change, **settings}
        return workspace.apply(
            path, now=now, settings=RunSettings(reveal=workspace.vault.reveal, **chosen)
        )

    def settle(self) -> None:
        """Makes the hubs hold the first inventory."""
        inventory, _, path = self.approved()
        if inventory == self.inventories[0]:
            assert self.apply(inventory, path).done

    def held(self, inventory: Path, plan: Plan) -> list[str]:
        """Of each hub of *plan*: old, new or other."""
        workspace = self.workspace(inventory)
        words = []
        for task in workspace.tasks(plan):
            with task.platform.connect(task.target) as session:
                assert not session.pending()
                mark = fingerprint(session.state())
            known = {task.part.before: "old", task.part.after: "new"}
            words.append(known.get(mark, "other"))
        return words
