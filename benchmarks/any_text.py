"""Any text in any field of an inventory, for as long as one likes.

    python -m benchmarks.any_text --examples 100000 --seed 1

Each example replaces one value of the good inventory of the tests by a hostile one. What validates
must lead to statements that read back as exactly the intended resources, on the platform of each
hub. It prints how many examples there were, how many of them validated, and the first that failed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.any_text import edited, edits, leads_to_exactly


def main() -> None:
    """Runs the examples and prints what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tally: Counter[bool] = Counter()

    @seed(asked.seed)
    @settings(
        max_examples=asked.examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(edit=edits())
    def law(edit: tuple[int, str, tuple[Any, ...], Any]) -> None:
        tally[leads_to_exactly(edited(*edit))] += 1

    began = time.process_time()
    law()
    print(
        f"seed {asked.seed}: {tally.total()} examples, {tally[True]} valid,"
        f" {time.process_time() - began:.0f} s of CPU"
    )


if __name__ == "__main__":
    main()
