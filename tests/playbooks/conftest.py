"""A lab of the sample inventory with every partner connected, as `make demo` leaves it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playbook_run import ROOT, PlaybookRun, run_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = ROOT / ".venv/bin/ksz-netops"


@dataclass(frozen=True, slots=True)
class Lab:
    """A running lab and the inventory it was made of."""

    inventory: Path

    def ksz_netops(self, *words: str) -> str:
        """What the command prints; it must succeed."""
        argv = [COMMAND, *words, "--inventory", self.inventory]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command, going on while the test does other things."""
        argv = [COMMAND, *words, "--inventory", self.inventory]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours

    def on(self, host: str, script: str) -> str:
        """What the shell *script* prints on the *host*."""
        argv = [
            COMMAND,
            "lab",
            "exec",
            "--inventory",
            self.inventory,
            host,
            "--",
            "sh",
            "-c",
            script,
        ]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def playbook(self, name: str, *options: str) -> PlaybookRun:
        """How the playbook ended."""
        return run_playbook(name, self.inventory, *options)


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def copy_of_the_sample(folder: Path) -> Path:
    """The sample inventory, with management ports of its own."""
    ignored = shutil.ignore_patterns(".lab", "secrets.yml", ".vault-password", "former")
    inventory = Path(shutil.copytree(ROOT / "inventory", folder / "inventory", ignore=ignored))
    for hub in (inventory / "host_vars").glob("*.yml"):
        text = hub.read_text(encoding="utf-8")
        hub.write_text(re.sub(r"port: \d+", f"port: {free_port()}", text), encoding="utf-8")
    return inventory


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(copy_of_the_sample(tmp_path_factory.mktemp("connected")))
    running.ksz_netops("secrets", "generate")
    running.ksz_netops("lab", "up")
    try:
        for name in ("prepare", "provision"):
            run = running.playbook(name)
            assert run.exit_code == 0, run.output
        yield running
    finally:
        running.ksz_netops("lab", "down")
