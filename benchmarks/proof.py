"""How fast filters are proven, beside the naive way: `python benchmarks/proof.py [FILTERS]`.

Both ways prove the same filters in the same run, and must agree on every one. The naive way keeps
the whole packet space as boxes and takes each line out of it, as the definition says.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ksz_netops.proof import Action, Leak, allowance, within
from ksz_netops.proof.boxes import PORTS, PROTOCOLS, Box, meet, outside, without
from ksz_netops.proof.rules import boxes_of
from support.filter_samples import LINES, Sample, leaking, sample

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESSES = (0, (1 << 32) + (1 << 128) - 1)
EVERYTHING: Box = (*ADDRESSES, *ADDRESSES, *PROTOCOLS, *PORTS, *PORTS)


def naively(held: Sample) -> bool:
    """Whether *held* leaks, from all that it permits, worked out line by line."""
    rest, permitted = [EVERYTHING], []
    for rule in held.rules:
        for box in boxes_of(rule):
            left = []
            for piece in rest:
                if not meet(piece, box):
                    left.append(piece)
                    continue
                holes = list(without(piece, box))
                left += holes
                if rule.action is Action.PERMIT:
                    permitted += outside(piece, holes)
            rest = left
    allowed = allowance(held.official, held.permits)
    return any(next(outside(box, allowed), None) is not None for box in permitted)


def exactly(held: Sample) -> bool:
    """Whether *held* leaks, as the product proves it."""
    return isinstance(within(held.rules, held.official, held.permits), Leak)


def seconds(way: Callable[[Sample], bool], filters: list[Sample]) -> tuple[float, list[bool]]:
    """How long *way* takes for all *filters* in CPU time, and what it says."""
    started = time.process_time()
    answers = [way(held) for held in filters]
    return time.process_time() - started, answers


def main() -> None:
    """Prints one line for each kind of filter."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    random = Random(1)  # noqa: S311 - drawn again alike each time
    sound = [sample(random, number) for number in range(count)]
    kinds = {
        "as rendered": [sample(random, number, plain=True) for number in range(count)],
        "guarded, halved, aggregated, both families": sound,
        "each second one leaks": [
            leaking(random, each) if number % 2 else each for number, each in enumerate(sound)
        ],
    }
    print(f"{count} filters of {LINES} lines, CPU seconds in one process")
    for kind, filters in kinds.items():
        ours, answers = seconds(exactly, filters)
        naive, check = seconds(naively, filters)
        agreed = "agree" if answers == check else "DISAGREE"
        print(
            f"{kind}: exact {ours:.2f} s, naive {naive:.2f} s, {naive / ours:.0f} times;"
            f" {sum(answers)} leaks, both {agreed}"
        )


if __name__ == "__main__":
    main()
