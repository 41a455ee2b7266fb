"""Random edits by hand on a live hub: where the audit is green, packets are right.

A short form of `make audit-against-packets`.
"""

from __future__ import annotations

import pytest

from benchmarks.hand_edits.__main__ import trials
from benchmarks.hand_edits.world import connected

pytestmark = pytest.mark.lab


@pytest.mark.timeout(900)
def test_no_edit_of_the_filter_leaves_the_audit_green_and_a_packet_wrong() -> None:
    with connected() as world:
        done = list(trials(world, 1, range(12), families=("nft",)))

    made = [each for each in done if not each.refused]
    assert len(made) >= 6
    assert [(each.do, each.wrong) for each in made if each.fault] == []
    # Most edits of a filter change what passes, and all of those are told.
    assert any(each.wrong for each in made)
