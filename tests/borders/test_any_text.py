"""Any text in any field that validates leads to exactly the intended resources."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, seed, settings

from support.any_text import HOSTILE, all_places, edited, edits, leads_to_exactly, states


@seed(20161)
@settings(max_examples=600, deadline=None, database=None)
@given(edit=edits())
def test_any_text_in_any_field_is_refused_or_sent_as_exactly_what_is_intended(
    edit: tuple[int, str, tuple[Any, ...], Any],
) -> None:
    leads_to_exactly(edited(*edit))


ADDRESSES = [
    (index, document, path)
    for index, document, path in all_places()
    if path[-1] in {"official_ip", "peer", "partner", "hub", "next_hop", "gateway"}
    or "addresses" in path
    or "destinations" in path
    or "prefixes" in path
    or "sources" in path
]


def test_a_zone_is_refused_in_every_address_of_every_file() -> None:
    tried: Counter[str] = Counter()
    for index, document, path in ADDRESSES:
        for text in ("2001:db8:77::10%x", "fe80::1%/64", "2001:db8::2%e\nconnection x {\n}/128"):
            assert states(edited(index, document, path, text)) is None, (document, path)
        tried[document] += 1
    assert min(tried.values()) > 10


@pytest.mark.parametrize("text", HOSTILE)
def test_every_hostile_text_at_the_end_of_every_field_is_harmless(text: str) -> None:
    for index, document, path in all_places()[::29]:
        leads_to_exactly(edited(index, document, path, text))
