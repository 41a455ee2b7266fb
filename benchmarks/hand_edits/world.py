"""One live Linux hub of the lab with all its partners, as a random edit sees it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.mutation.lab import ROOT, on_free_ports, run_program
from ksz_netops.change.hub.transaction import provision
from ksz_netops.compliance.audit import Audit, audit
from ksz_netops.errors import KszError, LabError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault, generate_missing
from ksz_netops.lab.source import bench, plans
from ksz_netops.lab.topology import Line
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Intent
    from ksz_netops.lab.proofs import Bench
    from ksz_netops.lab.topology import Site
    from ksz_netops.state.resources import DeviceState

HUB: Final = "hub-bru-1"
_NOT_COPIED: Final = shutil.ignore_patterns(".lab", ".vault-password", "secrets.yml", "reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The running lab."""

    inventory: Path
    intent: Intent
    desired: DeviceState
    bench: Bench

    @classmethod
    def of(cls, inventory: Path) -> World:
        """The lab of *inventory*, which runs."""
        intent = load_intent(inventory)
        today = datetime.now(BRUSSELS).date()
        return cls(
            inventory=inventory,
            intent=intent,
            desired=desired_state(intent, HUB, secrets=Vault.open(inventory).secrets(), on=today),
            bench=bench(plans(inventory, today), patience_s=3),
        )

    @property
    def sites(self) -> tuple[Site, ...]:
        """Those of the partners."""
        return self.bench.topology.sites

    def ports(self) -> list[str]:
        """The hub's ports but the one that it is managed by."""
        lines = {
            uplink.end.port.interface
            for site in self.sites
            for uplink in site.uplinks
            if isinstance(uplink.end, Line)
        }
        return [*sorted(lines), "ext0", "wan0"]

    def run(self, script: str) -> str:
        """Runs *script* on the hub; why it failed, or nothing."""
        try:
            self.bench.inside(HUB).run("/bin/sh", "-c", script)
        except LabError as error:
            return str(error)
        return ""

    def audited(self) -> Audit:
        """What an audit of the hub says now."""
        return audit(
            self.intent,
            self.inventory,
            secrets=Vault.open(self.inventory).secrets(),
            at=datetime.now(BRUSSELS),
            hubs=(HUB,),
        )

    def provisioned(self) -> bool:
        """Whether provisioning left the hub as intended."""
        vault = Vault.open(self.inventory)
        try:
            outcome = provision(
                platforms()[self.intent.hubs[HUB].platform],
                target_of(self.intent, HUB, self.inventory),
                self.desired,
                reveal=vault.reveal,
                revert_in_s=120,
            )
        except KszError:
            return False
        return outcome.status in {"confirmed", "unchanged"}


@contextmanager
def connected() -> Iterator[World]:
    """A lab of that hub and its partners alone, all connected."""
    with tempfile.TemporaryDirectory(prefix="ksz-hand-edits-") as folder:
        inventory = Path(shutil.copytree(ROOT / "inventory", Path(folder, "i"), ignore=_NOT_COPIED))
        _leave_one_hub(inventory)
        on_free_ports(inventory)
        generate_missing(load_intent(inventory), inventory)
        try:
            boot(inventory)
            yield World.of(inventory)
        finally:
            run_program("ksz-netops", "lab", "down", "--inventory", inventory)


def boot(inventory: Path) -> None:
    """Boots the lab and connects its partners."""
    run_program("ksz-netops", "lab", "up", "--inventory", inventory)
    for name in ("prepare", "provision"):
        run_program("ansible-playbook", "-i", inventory / "hubs.yml", f"playbooks/{name}.yml")


def reboot(inventory: Path) -> None:
    """The same with hosts that nobody has edited."""
    run_program("ksz-netops", "lab", "down", "--inventory", inventory)
    boot(inventory)


def _leave_one_hub(inventory: Path) -> None:
    intent = load_intent(inventory)
    for partner in intent.partners:
        hubs = {hub for connection in partner.connections for hub in connection.hubs()}
        if hubs != {HUB}:
            (inventory / f"partners/{partner.id}.yml").unlink()
    for file in (inventory / "host_vars").glob("*.yml"):
        if file.stem != HUB:
            file.unlink()
