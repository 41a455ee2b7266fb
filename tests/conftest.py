"""Profiles of Hypothesis: `pytest --hypothesis-profile=thorough` draws many more examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("thorough", max_examples=10_000)
