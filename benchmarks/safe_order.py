"""How many changes of a router open something on their way: `benchmarks/safe_order.py [PAIRS]`.

The same pairs in the same run, in our order and in hier_config's own; both are judged line by line.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ksz_netops.platforms.ios_xe.planning.order import planned
from ksz_netops.platforms.ios_xe.planning.remediation import default_order
from ksz_netops.platforms.ios_xe.planning.safety import first_danger
from support import ios_changes


def main(pairs: int) -> int:
    """Prints the table; 1 where one of our own orders is unsafe."""
    kinds = list(ios_changes.CHANGES)
    drawn, ours, theirs = Counter[str](), Counter[str](), Counter[str]()
    lines, seconds = 0, 0.0
    for seed in range(pairs):
        started = time.process_time()
        pair = ios_changes.pair(kinds[seed % len(kinds)], seed)
        commands = planned(pair.old, pair.new)
        danger = first_danger(pair.old, pair.new, commands)
        seconds += time.process_time() - started
        lines += len(commands)
        drawn[pair.kind] += 1
        if danger:
            ours[pair.kind] += 1
            print(f"{pair.kind} {seed}: {danger}")
        order = default_order(pair.old, pair.new)
        theirs[pair.kind] += first_danger(pair.old, pair.new, order) is not None
    print(f"{'change':<15}{'pairs':>7}{'unsafe: ours':>14}{'hier_config':>13}")
    for kind in kinds:
        print(f"{kind:<15}{drawn[kind]:>7}{ours[kind]:>14}{theirs[kind]:>13}")
    print(f"{'all':<15}{drawn.total():>7}{ours.total():>14}{theirs.total():>13}")
    print(
        f"{lines} beginnings judged; ours took {seconds:.0f} s of CPU with the making of the pairs"
    )
    return int(bool(ours))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
