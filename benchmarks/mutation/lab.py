"""A lab of the sample inventory for as long as its hubs are recorded."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.mutation.world import RecordedHub, answers_in
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault, generate_missing
from ksz_netops.platforms.ios_xe.device.driver import KszIosDriver
from ksz_netops.platforms.ios_xe.observe.show import READ

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.platforms import Target

ROOT = Path(__file__).resolve().parents[2]
_NOT_COPIED = shutil.ignore_patterns(".lab", ".vault-password", "secrets.yml", "reports")


@contextmanager
def connected() -> Iterator[Path]:
    """A copy of the sample inventory whose lab runs, with every partner connected."""
    with tempfile.TemporaryDirectory(prefix="ksz-mutation-") as folder:
        inventory = Path(shutil.copytree(ROOT / "inventory", Path(folder, "i"), ignore=_NOT_COPIED))
        on_free_ports(inventory)
        generate_missing(load_intent(inventory), inventory)
        try:
            run_program("ksz-netops", "lab", "up", "--inventory", inventory)
            for name in ("prepare", "provision"):
                run_program(
                    "ansible-playbook", "-i", inventory / "hubs.yml", f"playbooks/{name}.yml"
                )
            yield inventory
        finally:
            run_program("ksz-netops", "lab", "down", "--inventory", inventory)


def recorded_hubs(inventory: Path) -> list[RecordedHub]:
    """Its hubs as one audit sees them, which must find nothing wrong."""
    with tempfile.TemporaryDirectory(prefix="ksz-mutation-") as folder:
        report = Path(folder, "audit.json")
        run_program("ksz-netops", "audit", "--inventory", inventory, "--report", report)
        answers = answers_in(report.parent / "evidence")
    intent = load_intent(inventory)
    # The evidence of a router holds no line of others; a mutant changes the whole answer.
    for name, hub in intent.hubs.items():
        if hub.platform == "ios_xe":
            answers[name] = router_answers(target_of(intent, name, inventory))
    secrets = Vault.open(inventory).secrets()
    today = datetime.now(BRUSSELS).date()
    return [
        RecordedHub(
            name=name,
            platform=intent.hubs[name].platform,
            desired=desired_state(intent, name, secrets=secrets, on=today),
            answers=answers[name],
        )
        for name in sorted(intent.hubs)
    ]


def router_answers(target: Target) -> Mapping[str, str]:
    """What the router at *target* answers to every command of one reading."""
    driver = KszIosDriver.to(target)
    driver.open()
    try:
        return {command: driver.show(command) for command in READ}
    finally:
        driver.close()


def on_free_ports(inventory: Path) -> None:
    """Other labs of this machine may hold the ports of the sample."""
    with ExitStack() as held:
        for file in sorted((inventory / "host_vars").glob("*.yml")):
            free = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            hub = yaml.safe_load(file.read_text("utf-8"))
            hub["ksz_hub"]["management"]["port"] = free.getsockname()[1]
            file.write_text(yaml.safe_dump(hub), encoding="utf-8")


def run_program(program: str, *words: str | Path) -> None:
    """Runs one of our own programs, and ends where it fails."""
    scripts = Path(sys.executable).parent
    done = subprocess.run(  # noqa: S603 - our own commands
        [scripts / program, *words],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{program} {words[0]} failed:\n{done.stdout[-4000:]}")
