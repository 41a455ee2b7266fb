"""Whether the audit says what packets say, after random edits by hand on a live hub.

    python -m benchmarks.hand_edits [--edits 1000] [--seed 1] [--family nft]
        [--journal FILE] [--replay NUMBER]

Boots a lab of one Linux hub with all its partners. Each edit is drawn from a grammar of nft, ip,
sysctl, tc, swanctl, kill and file operations by the seed and its number, made on the hub, and taken
back. In between the hub is audited and packets are sent. A green audit with a wrong packet is a
fault of the audit; a red one with right packets is counted. The journal is a line for each edit: a
run that was ended goes on after its last one. Exit code 1 where an audit was green by mistake.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.hand_edits.grammar import drawn
from benchmarks.hand_edits.packets import wrong_packets
from benchmarks.hand_edits.world import World, connected, reboot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from benchmarks.hand_edits.grammar import Edit

SETTLING_S = 20
"""How long a hub may take to be green again once an edit is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One edit, and what was said of it."""

    seed: int
    number: int
    family: str
    do: str
    green: bool
    findings: list[str]
    """The first of what the audit has against the hub."""
    wrong: list[str]
    """The packets that are not as they must be."""
    healed: bool
    refused: str = ""
    """Why the edit could not be made; empty where it was."""

    @property
    def fault(self) -> bool:
        """Whether the audit was green although packets are wrong."""
        return self.green and bool(self.wrong)


def trial(world: World, seed: int, number: int, families: Collection[str] = ()) -> Trial:
    """Makes one edit, judges it twice, and takes it back."""
    dice = random.Random(f"{seed} {number}")  # noqa: S311 - not for secrets
    edit = drawn(world, dice, families)
    refused = world.run(edit.do)
    wrong: list[str] = []
    try:
        bad, wrong = _judged(world, edit)
        if wrong and not bad:
            # What heals or settles meanwhile is judged again; a fault stays.
            bad, wrong = _judged(world, edit)
    finally:
        healed = heal(world, edit, packets=bool(wrong))
    return Trial(
        seed=seed,
        number=number,
        family=edit.family,
        do=edit.do,
        green=not bad,
        findings=bad[:4],
        wrong=wrong[:4],
        healed=healed,
        refused=refused[:200],
    )


def _judged(world: World, edit: Edit) -> tuple[list[str], list[str]]:
    bad = [str(finding) for finding in world.audited().bad]
    return bad, wrong_packets(world, edit.aimed)


def heal(world: World, edit: Edit, *, packets: bool) -> bool:
    """Takes *edit* back; whether the hub is then green, and if asked for, *packets* are right."""
    if edit.undo:
        world.run(edit.undo)
    end = time.monotonic() + SETTLING_S
    while True:
        if not world.audited().bad and not (packets and wrong_packets(world)):
            return True
        if time.monotonic() > end:
            return False
        world.provisioned()


def trials(
    world: World, seed: int, numbers: range, families: Collection[str] = ()
) -> Iterator[Trial]:
    """One after the other; a hub that does not heal is booted anew."""
    for number in numbers:
        done = trial(world, seed, number, families)
        yield done
        if not done.healed:
            reboot(world.inventory)
            world = World.of(world.inventory)


def main() -> None:
    """Runs, and prints what became of each family of edits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journal", type=Path, default=Path(".cache/hand-edits.jsonl"))
    parser.add_argument("--family", action="append", default=[], help="only these; repeatable")
    parser.add_argument("--replay", type=int, help="make this edit alone, and keep no journal")
    options = parser.parse_args()
    if options.replay is not None:
        with connected() as world:
            print(
                json.dumps(
                    asdict(trial(world, options.seed, options.replay, options.family)), indent=2
                )
            )
        return
    kept = _kept(options.journal, options.seed)
    first = max((each.number for each in kept), default=-1) + 1
    options.journal.parent.mkdir(parents=True, exist_ok=True)
    if first < options.edits:
        with connected() as world, options.journal.open("a", encoding="utf-8") as journal:
            for done in trials(world, options.seed, range(first, options.edits), options.family):
                journal.write(json.dumps(asdict(done)) + "\n")
                journal.flush()
                kept.append(done)
                _say(done)
    sys.exit(report(kept))


def _kept(journal: Path, seed: int) -> list[Trial]:
    lines = journal.read_text("utf-8").splitlines() if journal.exists() else []
    return [each for each in (Trial(**json.loads(line)) for line in lines) if each.seed == seed]


def _say(done: Trial) -> None:
    words = (
        "no edit" if done.refused else "FAULT" if done.fault else "green" if done.green else "red"
    )
    packets = "wrong packets" if done.wrong else "packets right"
    print(f"{done.number:5} {words:7} {packets:14} {done.family}: {done.do}", flush=True)


def report(kept: list[Trial]) -> int:
    """Prints the families, then each fault; the exit code."""
    refused = [each for each in kept if each.refused and not each.fault]
    kept = [each for each in kept if each not in refused]
    made = Counter(each.family for each in kept)
    said = Counter((each.family, each.green, bool(each.wrong)) for each in kept)
    print(f"\n{'':44}{'edits':>7}{'red, wrong':>12}{'red, right':>12}{'green':>8}{'FAULT':>8}")
    for family, count in sorted(made.items()):
        columns = (
            said[family, False, True],
            said[family, False, False],
            said[family, True, False],
            said[family, True, True],
        )
        red, early, green, fault = columns
        print(f"{family:44}{count:7}{red:12}{early:12}{green:8}{fault:8}")
    faults = [each for each in kept if each.fault]
    for each in faults:
        print(f"\nseed {each.seed}, edit {each.number}: {each.do}\n  " + "\n  ".join(each.wrong))
    print(f"\n{len(kept)} edits, {len(faults)} green audits with a wrong packet")
    print(f"{len(refused)} more that the hub's tools refused")
    return int(bool(faults))


if __name__ == "__main__":
    main()
