"""The sample inventory with people and a policy, and a hub in memory for each of its hubs.

Everything but the connection is the product's own: platforms render, order and prove, and plans,
approvals and records are files.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from ksz_netops.change.approval.admission import APPROVAL
from ksz_netops.change.approval.files import sign_beside, write_plan
from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.workflow import Authoring, Workspace
from ksz_netops.cli import app
from ksz_netops.inventory.desired import desired_state
from ksz_netops.platforms import platforms
from support.change_desk import key_of, signers_text
from support.fake_session import FakeClock, FakeHub

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from click.testing import Result as CliResult

    from ksz_netops.change.fleet.result import Result
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.change.reading import Scope
    from ksz_netops.platforms import Target
    from ksz_netops.state.resources import DeviceState
    from support.fake_session import FakeSession

SAMPLE = Path(__file__).parents[2] / "inventory"


@cache
def _prepared() -> Path:
    """The sample inventory with keys, made once."""
    folder = Path(mkdtemp(prefix="ksz-test-site-"), "inventory")
    ignored = shutil.ignore_patterns(".lab", "secrets.yml", ".vault-password", "record", "former")
    shutil.copytree(SAMPLE, folder, ignore=ignored)
    done = run("secrets", "generate", "--inventory", str(folder))
    assert done.exit_code == 0, done.output
    (folder / "allowed_signers").write_text(signers_text(), encoding="utf-8")
    return folder


def run(*words: str) -> CliResult:
    return CliRunner().invoke(app, words, env={"ANSIBLE_VAULT_PASSWORD_FILE": None})


@dataclass(slots=True)
class Site:
    """An inventory of one's own, and hubs that hold what it asks for."""

    inventory: Path
    clock: FakeClock = field(default_factory=FakeClock)
    hubs: dict[str, FakeHub] = field(default_factory=dict)

    def workspace(self, record: Path | None = None) -> Workspace:
        return Workspace.open(self.inventory, record=record)

    def settings(self) -> RunSettings:
        hub = next(iter(self.hubs.values()))
        return RunSettings(reveal=lambda _: "key", timing=hub.timing, at_once=1)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.inventory / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def plan(self, scope: Scope | None = None, author: str = "alice") -> Plan:
        return self.workspace().plan(Authoring(author=author, now=now()), scope)

    def write(self, plan: Plan, *approvers: str, name: str = "plan.json") -> Path:
        """The file of *plan*, signed by its author and *approvers*."""
        path = self.inventory.parent / name
        for old in path.parent.glob(f"{name}*"):
            old.unlink()
        write_plan(path, plan, key=key_of(plan.author))
        for who in approvers:
            sign_beside(path, path.read_bytes(), key=key_of(who), name=who, namespace=APPROVAL)
        return path

    def apply(self, path: Path, record: Path | None = None) -> Result:
        return self.workspace(record).apply(path, now=now, settings=self.settings())

    def provision(self, scope: Scope | None = None, emergency: str = "") -> Result:
        workspace = self.workspace()
        settings = self.settings()
        return workspace.provision(scope, now=now, settings=settings, emergency=emergency)

    def run(self, command: str, *words: str) -> CliResult:
        return run(*command.split(), *words, "--inventory", str(self.inventory))

    def held(self) -> dict[str, DeviceState]:
        return {name: hub.running for name, hub in self.hubs.items()}


def now() -> datetime:
    return datetime.now(UTC)


def make_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site in *folder* whose hubs hold what the inventory asks for."""
    site = Site(Path(shutil.copytree(_prepared(), folder / "inventory")))
    workspace = site.workspace()
    secrets = workspace.vault.secrets()
    for name in workspace.intent.hubs:
        desired = desired_state(workspace.intent, name, secrets=secrets, on=now().date())
        site.hubs[name] = FakeHub(desired, clock=site.clock)

    @contextmanager
    def connect(_: object, target: Target) -> Iterator[FakeSession]:
        with site.hubs[target.name].connect(target) as session:
            yield session

    for platform in platforms().values():
        monkeypatch.setattr(type(platform), "connect", connect)
    return site
