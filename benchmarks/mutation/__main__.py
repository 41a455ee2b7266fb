"""Whether the audit notices what is wrong, beside NAPALM's `compliance_report`.

    python -m benchmarks.mutation [--mutants 600] [--seed 1] [--clean 100] [--inventory RUNNING_LAB]

Boots the sample lab, unless one that runs is named; records what its hubs, Linux and emulated
routers, answer to one audit; changes one thing in that at a time, and has it read, parsed and
judged anew. Exit code 1 where fewer than 99 in 100 mutants are caught, or anything is said against
hubs on which nothing is wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.mutation.equivalent import equivalent
from benchmarks.mutation.indifferent import indifferent
from benchmarks.mutation.lab import connected, recorded_hubs
from benchmarks.mutation.mutants import dice, drawn
from benchmarks.mutation.rules import complies, rules
from ksz_netops.compliance.findings import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from benchmarks.mutation.mutants import Device, Mutant
    from benchmarks.mutation.rules import Rules
    from benchmarks.mutation.world import RecordedHub

ENOUGH = 0.99


@dataclass(slots=True)
class Tally:
    """How many mutants of one kind each way caught."""

    made: int = 0
    violated: int = 0
    unknown: int = 0
    standard: int = 0
    own: int = 0

    @property
    def caught(self) -> int:
        """By the audit."""
        return self.violated + self.unknown


@dataclass(slots=True)
class Contest:
    """The audit and two sets of NAPALM's rules, over the same hubs."""

    hubs: dict[str, RecordedHub]
    standard: dict[str, Rules] = field(init=False)
    own: dict[str, Rules] = field(init=False)

    def __post_init__(self) -> None:
        self.standard, self.own = (
            {
                name: rules(hub.platform, hub.device, hub.desired, own=own)
                for name, hub in self.hubs.items()
            }
            for own in (False, True)
        )

    def napalm(self, given: dict[str, Rules], hub: str, device: Device) -> bool:
        """Whether NAPALM has something against *device*."""
        return not complies(self.hubs[hub].platform, device, given[hub])


def play(contest: Contest, mutants: Sequence[Mutant]) -> tuple[dict[str, Tally], list[Mutant]]:
    """What each way caught, by kind of mutant, and the mutants that survived the audit."""
    tallies: dict[str, Tally] = {}
    survivors = []
    for mutant in mutants:
        tally = tallies.setdefault(mutant.operator, Tally())
        tally.made += 1
        device = mutant.device()
        verdicts = {each.verdict for each in contest.hubs[mutant.hub].bad(device)}
        tally.violated += Verdict.VIOLATED in verdicts
        tally.unknown += verdicts == {Verdict.UNKNOWN}
        tally.standard += contest.napalm(contest.standard, mutant.hub, device)
        tally.own += contest.napalm(contest.own, mutant.hub, device)
        if not verdicts:
            survivors.append(mutant)
    return tallies, survivors


def alarms(contest: Contest, audits: int, random: Random) -> tuple[Counter[str], set[str]]:
    """In how many of *audits* of sound hubs each way raised an alarm, and what ours said."""
    raised: Counter[str] = Counter()
    said: set[str] = set()
    for _ in range(audits):
        devices = {name: hub.later(random) for name, hub in contest.hubs.items()}
        bad = [str(f) for name, device in devices.items() for f in contest.hubs[name].bad(device)]
        said.update(bad)
        raised["audit"] += bool(bad)
        for words, given in (("standard", contest.standard), ("own", contest.own)):
            raised[words] += any(contest.napalm(given, *each) for each in devices.items())
    return raised, said


def main() -> None:
    """Prints a table of kinds of mutants, and what survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--clean", type=int, default=100)
    parser.add_argument("--generic", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inventory", type=Path, help="of a lab that runs, all its partners up")
    options = parser.parse_args()
    if options.inventory:
        recorded = recorded_hubs(options.inventory)
    else:
        with connected() as inventory:
            recorded = recorded_hubs(inventory)
    code = report(recorded, options.mutants, options.clean, options.seed)
    report_unforeseen(recorded, options.generic, options.seed)
    sys.exit(code)


def report(recorded: Sequence[RecordedHub], most: int, clean: int, seed: int) -> int:
    """Plays and prints; the exit code."""
    contest = Contest({hub.name: hub for hub in recorded})
    found = chain.from_iterable(hub.mutants(dice(f"{seed} {hub.name}")) for hub in recorded)
    every = list(found)
    mutants = drawn(every, most, dice(seed))
    started = time.monotonic()
    tallies, survivors = play(contest, mutants)
    print(f"{len(mutants)} of {len(every)} mutants of {len(recorded)} hubs, seed {seed}")
    print(f"{'':44}{'made':>6}{'caught':>8}{'unknown':>9}{'NAPALM':>8}{'+ own':>7}")
    for kind, each in sorted(tallies.items()):
        counts = f"{each.made:6}{each.caught:8}{each.unknown:9}{each.standard:8}{each.own:7}"
        print(f"{kind:44}{counts}")
    made = len(mutants)
    caught = sum(each.caught for each in tallies.values())
    for words, count in (
        ("the audit", caught),
        ("NAPALM's compliance_report, its own getters", sum(t.standard for t in tallies.values())),
        ("the same with our drivers' getters too", sum(t.own for t in tallies.values())),
    ):
        print(f"{words}: {count} of {made} caught, {100 * count / made:.1f} %")
    alive = 0
    for each in survivors:
        reason = equivalent(each)
        alive += not reason
        words = f"no fault, {reason}" if reason else "survived"
        print(f"{words}: {each.hub}: {each.operator}: {each.site}")
    print(f"{alive} survivors, {len(survivors) - alive} mutants that are no fault")
    raised, said = alarms(contest, clean, dice(seed))
    print(
        f"{clean} audits of sound hubs: {raised['audit']} false alarms;"
        f" NAPALM {raised['standard']}, with our drivers' getters {raised['own']}"
    )
    print(*(f"false alarm: {each}" for each in sorted(said)), sep="\n")
    print(f"{time.monotonic() - started:.0f} s")
    return int(alive > (1 - ENOUGH) * made or raised["audit"] > 0)


def report_unforeseen(recorded: Sequence[RecordedHub], most: int, seed: int) -> None:
    """Plays mutants that are made from the answers alone, and prints which places survive.

    Whether a value matters is not known beforehand; `indifferent.py` says of which none does.
    """
    hubs = {hub.name: hub for hub in recorded}
    every = [mutant for hub in recorded for mutant in hub.unforeseen()]
    judged = [mutant for mutant in every if not indifferent(mutant)]
    mutants = drawn(judged, most, dice(seed))
    survived = Counter(
        (each.operator, re.sub(r"\[\d+\]", "[]", each.site))
        for each in mutants
        if not hubs[each.hub].bad(each.device())
    )
    lost = survived.total()
    print(f"{len(every)} mutants of the answers themselves, {len(every) - len(judged)} no fault")
    print(f"{len(mutants) - lost} of {len(mutants)} others caught; survived:")
    for (operator, site), count in survived.most_common():
        print(f"{count:6} {operator}: {site}")


if __name__ == "__main__":
    main()
