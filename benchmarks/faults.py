"""Faults injected into a hub under packets: does it hold what is confirmed, or is it closed?

    python -m benchmarks.faults [--faults 500] [--seed 1] [--minutes 90]

Needs root, and boots a hub in namespaces. Prints a table of outcomes; exit code 1 where a hub was
open, held a mixed state, locked its operator out, lost what was confirmed, or told anything else
than it held.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.fault_kinds import KINDS, SLOW
from support.hub_faults import Campaign, Ending
from support.linux_host import LinuxHost


def drawn(count: int, dice: Random) -> list[str]:
    """*count* kinds: each once, then at random, those that wait for limits more rarely."""
    kinds = list(KINDS)
    more = [kind for kind in kinds if kind not in SLOW]
    chosen = (kinds + [dice.choice(more) for _ in range(max(count - len(kinds), 0))])[:count]
    dice.shuffle(chosen)
    return chosen


def endured(campaign: Campaign, kind: str) -> Ending:
    """How the hub stands after a fault of *kind*; it holds the old state again afterwards."""
    begin = time.monotonic()
    KINDS[kind](campaign)
    ending = campaign.ended(kind, begin)
    campaign.mend()
    return ending


def main() -> int:
    """Runs the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    given = parser.parse_args()
    last = time.monotonic() + 60 * given.minutes
    dice = Random(given.seed)  # noqa: S311 - repeatable, not secret
    endings: dict[str, list[Ending]] = defaultdict(list)
    with (
        tempfile.TemporaryDirectory() as folder,
        LinuxHost(Path(folder)) as host,
        Campaign(host, dice) as campaign,
    ):
        for number, kind in enumerate(drawn(given.faults, dice), start=1):
            if time.monotonic() > last:
                break
            ending = endured(campaign, kind)
            endings[kind].append(ending)
            for wrong in ending.wrong:
                print(f"fault {number}, {kind}: {wrong}", flush=True)
    for kind, ends in sorted(endings.items()):
        held = Counter(end.holds for end in ends)
        wrong = sum(bool(end.wrong) for end in ends)
        print(f"{kind:50} {len(ends):4}  {dict(held)!s:40} wrong {wrong}")
    wrong = sum(bool(end.wrong) for ends in endings.values() for end in ends)
    print(f"{sum(map(len, endings.values()))} faults of {len(endings)} kinds, {wrong} ended wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
