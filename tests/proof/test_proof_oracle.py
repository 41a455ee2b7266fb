"""The proof against an oracle that looks at every packet, on filters drawn at random.

`KSZ_PROOF_FILTERS=100000` draws that many.
"""

from __future__ import annotations

import os
from random import Random

from ksz_netops.proof import Certificate, Leak, PacketSet, missing, within
from support import small_space

FILTERS = int(os.environ.get("KSZ_PROOF_FILTERS", "2000"))


def bits_of(packets: PacketSet) -> int:
    return small_space.set_of(packets.__contains__)


def test_the_proof_agrees_with_every_packet_on_every_filter() -> None:
    random = Random(20261124)  # noqa: S311 - drawn again alike each time
    verdicts = {Certificate: 0, Leak: 0}

    for _ in range(FILTERS):
        case = small_space.random_case(random)
        passing = small_space.permitted(case.rules)
        allowed = small_space.allowed(case.official, case.permits)
        judgement = within(case.rules, case.official, case.permits)
        verdicts[type(judgement)] += 1

        assert isinstance(judgement, Leak) == bool(passing & ~allowed), case
        if isinstance(judgement, Leak):
            assert small_space.passes(case.rules, judgement.packet), case
            assert not small_space.allows(case.official, case.permits, judgement.packet), case
            assert small_space.matches(judgement.rule, judgement.packet), case

        shut = missing(case.rules, case.official, case.permits)

        assert (shut is not None) == bool(allowed & ~passing), case
        if shut is not None:
            assert not small_space.passes(case.rules, shut), case
            assert small_space.allows(case.official, case.permits, shut), case

    assert min(verdicts.values()) > FILTERS / 4, verdicts


def test_the_permitted_set_holds_the_packets_that_pass_and_no_other() -> None:
    random = Random(7)  # noqa: S311 - drawn again alike each time

    for _ in range(max(100, FILTERS // 100)):
        case = small_space.random_case(random)

        assert bits_of(PacketSet.permitted(case.rules)) == small_space.permitted(case.rules), case


def test_sets_of_packets_obey_the_algebra_of_sets() -> None:
    random = Random(11)  # noqa: S311 - drawn again alike each time

    for _ in range(max(40, FILTERS // 250)):
        one, other = (PacketSet.permitted(small_space.random_case(random).rules) for _ in "ab")
        left, right = bits_of(one), bits_of(other)

        assert bits_of(one | other) == left | right
        assert bits_of(one & other) == left & right
        assert bits_of(one - other) == left & ~right
        assert (one <= other) == (left & ~right == 0)
        assert (one == other) == (left == right)
        assert (one & other) | (one - other) == one
        assert (one | other).size == one.size + other.size - (one & other).size
