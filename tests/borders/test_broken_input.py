"""Broken input of every kind is refused by an error of ours; the long form is `make fuzz`."""

from __future__ import annotations

import random

import pytest

from support.broken_input import TARGETS, Target, broken


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_reader_accepts_what_is_good(target: Target) -> None:
    accepted = [target.accepts(sample) for sample in target.samples]

    assert all(accepted) or target.name in {"signature", "linux-look"}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_broken_input_is_refused_and_never_a_fault(target: Target) -> None:
    rng = random.Random(target.name)  # noqa: S311 - broken input needs no secrecy
    for _ in range(60):
        target.accepts(broken(rng, target.samples))
