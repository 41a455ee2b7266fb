"""Random edits by hand on a live hub: where the audit is green, packets are right.

A short form of `make audit-against-packets`.
"""

from __future__ import annotations

import pytest

from benchmarks.hand_edits.__main__ import trials
from benchmarks.hand_edits.world import connected

pytestmark = pytest.mark.lab


@pytest.mark.timeout(900)
def test_no_edit_by_hand_leaves_the_audit_green_and_a_packet_wrong() -> None:
    with connected() as world:
        done = list(trials(world, 2, range(12)))

    made = [each for each in done if not each.refused]
    assert len(made) >= 8
    assert [(each.do, each.wrong) for each in made if each.fault] == []
    # Many edits change what passes, and all of those are told.
    assert any(each.wrong for each in made)
