"""Every reader of files, answers of hubs, plans and records, fed with broken input.

    python -m benchmarks.fuzz --cases 1000000 --seed 1 [--only linux-look]

A case takes a good text and breaks it: octets go, come, change places or are drawn from what the
grammars act on. A reader may refuse it by an error of ours, or of the kind that its callers catch.
Anything else, a case of more than ten seconds, or a process of more than 2 GiB ends the run.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from typing import TYPE_CHECKING

from support.broken_input import TARGETS, Target, broken

if TYPE_CHECKING:
    from types import FrameType

_MOST_SECONDS = 10
_MOST_OCTETS = 2 << 30


def _too_long(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    message = f"a case took more than {_MOST_SECONDS} s"
    raise RuntimeError(message)


def run(target: Target, cases: int, seed: int) -> int:
    """Feeds *target* and returns how many cases it accepted.

    Raises:
        Exception: What the reader let through, with the case printed before.
    """
    rng = random.Random(f"{target.name} {seed}")  # noqa: S311 - broken input needs no secrecy
    accepted = 0
    for number in range(cases):
        raw = broken(rng, target.samples)
        signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
        try:
            accepted += target.accepts(raw)
        except BaseException:
            print(f"{target.name}: case {number} of seed {seed}: {raw!r}")
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return accepted


def main() -> None:
    """Runs the cases and prints a line for each reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="in all, shared by the readers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_long)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_OCTETS, _MOST_OCTETS))
    chosen = [each for each in TARGETS if asked.only in each.name]
    for target in chosen:
        began, cases = time.process_time(), asked.cases // len(chosen)
        accepted = run(target, cases, asked.seed)
        took = time.process_time() - began
        print(
            f"{target.name}: {cases} cases of seed {asked.seed}, {accepted} accepted, {took:.0f} s"
        )


if __name__ == "__main__":
    main()
