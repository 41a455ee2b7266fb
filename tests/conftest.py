"""Profiles of Hypothesis: `pytest --hypothesis-profile=thorough` draws many more examples."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile("patient")
