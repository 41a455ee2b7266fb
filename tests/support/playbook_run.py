"""Runs the playbooks as an operator does, and reads what they print."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ksz_netops

ROOT = Path(ksz_netops.__file__).parents[1]
RECAP = re.compile(
    r"^(?P<hub>\S+)\s+: ok=\d+ +changed=(?P<changed>\d+) +unreachable=\d+ +failed=(?P<failed>\d+)",
    re.MULTILINE,
)
DIFF_LINE = re.compile(r"^[+-].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookRun:
    """How a playbook ended and what it printed."""

    exit_code: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        """By hub, how many tasks changed something."""
        return {each["hub"]: int(each["changed"]) for each in RECAP.finditer(self.output)}

    @property
    def failed(self) -> set[str]:
        """The hubs on which a task failed."""
        return {each["hub"] for each in RECAP.finditer(self.output) if each["failed"] != "0"}

    @property
    def diff(self) -> list[str]:
        """The lines of all differences shown, sorted, since hubs come in any order."""
        return sorted(DIFF_LINE.findall(self.output))


def run_playbook(name: str, inventory: Path, *options: str) -> PlaybookRun:
    """Runs `playbooks/<name>.yml` on *inventory*."""
    scripts = ROOT / ".venv/bin"
    done = subprocess.run(  # noqa: S603 - our own playbooks
        [
            scripts / "ansible-playbook",
            "-i",
            inventory / "hubs.yml",
            ROOT / "playbooks" / f"{name}.yml",
            *options,
        ],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return PlaybookRun(exit_code=done.returncode, output=done.stdout)
