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
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ksz_netops.inventory.load import load_intent
from ksz_netops.lab.routers import emulated

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
RECAP = re.compile(
    r"^\S+\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
console = Console(soft_wrap=True)


NOT_SHOWN = """\
Packets have proven the Linux hubs. The routers are emulated, and no packet passes one: shown on
them are push, audit and repair, not that a real one takes the configuration and forwards by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of the demonstration."""

    title: str
    command: tuple[str, ...]
    typed: str = ""
    """What is typed into it."""
    exit_code: int = 0
    changes: bool | None = None
    """Whether a playbook must find something to change; None where it may or may not."""
    says: tuple[str, ...] = ()
    """What its output must contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step ended."""

    step: Step
    good: bool
    result: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What somebody does to a hub by hand, and whom it touches."""

    hub: str
    title: str
    command: tuple[str, ...] = ()
    typed: str = ""
    partner: str


EDITS = (
    Edit(
        hub="hub-bru-1",
        title="somebody widens a rate",
        command=(
            *("--", "tc", "class", "change", "dev", "ext0", "parent", "4b5a:"),
            *("classid", "4b5a:5", "htb", "rate", "9000kbit"),
        ),
        partner="P00005",
    ),
    Edit(
        hub="hub-gen-1",
        title="somebody opens a router",
        typed="""\
configure terminal
ip access-list extended KSZ-P00014-S1-IN
140105 permit ip any any
end
exit
""",
        partner="P00014",
    ),
)


def steps(inventory: Path) -> Iterator[Step]:
    """The demonstration, in order."""

    def playbook(name: str) -> tuple[str, ...]:
        return ("ansible-playbook", "-i", f"{inventory}/hubs.yml", f"playbooks/{name}.yml")

    def ksz_netops(*words: str) -> tuple[str, ...]:
        return ("ksz-netops", *words, "--inventory", str(inventory))

    # Under emulation a rate says nothing of the hub, and everything takes many times longer.
    slow = os.environ.get("KSZ_EMULATED_KERNEL")
    haste = ("--no-rates", "--patience", "120") if slow else ()

    yield Step(
        title="pre-shared keys that lack are made", command=ksz_netops("secrets", "generate")
    )
    yield Step(title="lab is up", command=ksz_netops("lab", "up"))
    yield Step(title="bare boxes become hubs", command=playbook("prepare"))
    yield Step(title="partners are connected", command=playbook("provision"))
    yield Step(title="packets prove it", command=ksz_netops("lab", "prove", *haste))
    yield Step(title="hubs are audited", command=playbook("audit"))
    edits = [edit for edit in EDITS if (inventory / f"host_vars/{edit.hub}.yml").exists()]
    for edit in edits:
        command = (*ksz_netops("lab", "exec"), edit.hub, *edit.command)
        yield Step(title=edit.title, command=command, typed=edit.typed)
    if edits:
        yield Step(
            title="the audit names both",
            command=playbook("audit"),
            exit_code=2,
            says=tuple(f"violated {edit.hub}: {edit.partner}" for edit in edits),
        )
        yield Step(title="they are healed", command=playbook("provision"), changes=True)
        yield Step(title="the audit is clean again", command=playbook("audit"))
    yield Step(title="a second run changes nothing", command=playbook("provision"), changes=False)


def perform(step: Step) -> Done:
    """Runs *step*, its output shown as it comes."""
    console.rule(f"[bold]{step.title}[/]: {' '.join(step.command)}", align="left")
    started = time.monotonic()
    output = []
    with subprocess.Popen(  # noqa: S603 - the commands above
        step.command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        if process.stdin:
            process.stdin.write(step.typed)
            process.stdin.close()
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            output.append(line)
    good, result = judged(step, process.returncode, ANSI.sub("", "".join(output)))
    return Done(step=step, good=good, result=result, seconds=time.monotonic() - started)


def judged(step: Step, exit_code: int, output: str) -> tuple[bool, str]:
    """Whether a step ended as it must, and how it ended in few words."""
    if exit_code != step.exit_code:
        return False, f"exit code {exit_code}"
    missing = [words for words in step.says if words not in output]
    if missing:
        return False, f"not said: {', '.join(missing)}"
    recap = RECAP.findall(output)
    changed = sum(int(each[0]) for each in recap)
    if step.changes is not None and step.changes is not bool(changed):
        return False, f"{changed} changes"
    if step.says:
        return True, f"{len(step.says)} named"
    return True, f"{changed} changes" if recap else "done"


def main() -> int:
    """Performs all steps, up to the first that fails."""
    inventory = Path(sys.argv[1] if len(sys.argv) > 1 else "inventory")
    os.environ["PATH"] = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}:/usr/sbin:/sbin"
    if sys.stdout.isatty():
        os.environ.setdefault("ANSIBLE_FORCE_COLOR", "1")
        os.environ.setdefault("COLUMNS", str(console.width))
    done: list[Done] = []
    for step in steps(inventory):
        done.append(perform(step))
        if not done[-1].good:
            break
    table = Table(title="ksz-netops demo", title_justify="left", min_width=72)
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
        if emulated(load_intent(inventory)):
            console.print(NOT_SHOWN)
        console.print(
            "The lab stays up: look around with the README's tour; `make lab-down` ends it."
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
