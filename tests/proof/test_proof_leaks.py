"""One wrong bit in a filter is found, with a packet that shows it; a sound filter is never accused.

`KSZ_PROOF_LEAKS=10000` draws that many filters.
"""

from __future__ import annotations

import os
from random import Random

from ksz_netops.proof import Certificate, Leak, within
from support.filter_samples import leaking, sample
from support.small_space import allows, passes

FILTERS = int(os.environ.get("KSZ_PROOF_LEAKS", "1000"))


def test_every_one_bit_leak_is_found_with_a_packet_that_passes_and_must_not() -> None:
    random = Random(5000)  # noqa: S311 - drawn again alike each time
    accused = 0

    for number in range(FILTERS):
        sound = sample(random, number)
        faulty = number % 2 == 1
        held = leaking(random, sound) if faulty else sound
        judgement = within(held.rules, held.official, held.permits)

        assert isinstance(judgement, Leak if faulty else Certificate), held
        if isinstance(judgement, Leak):
            accused += 1
            assert passes(held.rules, judgement.packet), held
            assert not allows(held.official, held.permits, judgement.packet), held

    assert accused == FILTERS // 2
