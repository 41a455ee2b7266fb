#!/usr/bin/env -S .venv/bin/python
"""Connects the sample partners before your eyes, proves it with packets, and audits it.

    scripts/demo.py [INVENTORY]        from the root of the clone; by default `inventory`

The lab stays up, so that you can look around; `make lab-down` takes it away.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
RECAP = re.compile(
    r"^\S+\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE
)
console = Console(soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of the demonstration."""

    title: str
    command: tuple[str, ...]
    changes_allowed: bool = True
    """Whether a playbook may find something to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step ended."""

    step: Step
    good: bool
    result: str
    seconds: float


def steps(inventory: str) -> tuple[Step, ...]:
    """The demonstration, in order."""

    def playbook(name: str) -> tuple[str, ...]:
        return ("ansible-playbook", "-i", f"{inventory}/hubs.yml", f"playbooks/{name}.yml")

    # Under emulation a rate says nothing of the hub, and everything takes many times longer.
    slow = os.environ.get("KSZ_EMULATED_KERNEL")
    haste = ("--no-rates", "--patience", "120") if slow else ()

    def ksz_netops(*words: str) -> tuple[str, ...]:
        return ("ksz-netops", *words, "--inventory", inventory)

    return (
        Step(title="pre-shared keys that lack are made", command=ksz_netops("secrets", "generate")),
        Step(title="lab is up", command=ksz_netops("lab", "up")),
        Step(title="bare boxes become hubs", command=playbook("prepare")),
        Step(title="partners are connected", command=playbook("provision")),
        Step(title="packets prove it", command=ksz_netops("lab", "prove", *haste)),
        Step(title="hubs are audited", command=playbook("audit")),
        Step(
            title="a second run changes nothing",
            command=playbook("provision"),
            changes_allowed=False,
        ),
    )


def perform(step: Step) -> Done:
    """Runs *step*, its output shown as it comes."""
    console.rule(f"[bold]{step.title}[/]: {' '.join(step.command)}", align="left")
    started = time.monotonic()
    output = []
    with subprocess.Popen(  # noqa: S603 - the commands above
        step.command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            output.append(line)
    good = process.returncode == 0
    result = "done" if good else f"exit code {process.returncode}"
    recap = RECAP.findall(re.sub(r"\x1b\[[0-9;]*m", "", "".join(output)))
    if recap:
        changed = sum(int(each[0]) for each in recap)
        result = f"{changed} changes" if good else f"{result}, {changed} changes"
        good = good and (step.changes_allowed or changed == 0)
    return Done(step=step, good=good, result=result, seconds=time.monotonic() - started)


def main() -> int:
    """Performs all steps, up to the first that fails."""
    inventory = sys.argv[1] if len(sys.argv) > 1 else "inventory"
    os.environ["PATH"] = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}:/usr/sbin:/sbin"
    if sys.stdout.isatty():
        os.environ.setdefault("ANSIBLE_FORCE_COLOR", "1")
        os.environ.setdefault("COLUMNS", str(console.width))
    done: list[Done] = []
    for step in steps(inventory):
        done.append(perform(step))
        if not done[-1].good:
            break
    table = Table(title="ksz-netops demo", title_justify="left")
    table.add_column("what")
    table.add_column("result")
    table.add_column("seconds", justify="right")
    for each in done:
        mark = "[green]ok[/]" if each.good else "[red]failed[/]"
        table.add_row(each.step.title, f"{mark}, {each.result}", f"{each.seconds:.1f}")
    table.add_section()
    table.add_row("all", "", f"{sum(each.seconds for each in done):.1f}")
    console.print(table)
    good = all(each.good for each in done)
    if good:
        console.print(
            "The lab stays up: look around with the README's tour; `make lab-down` ends it."
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
