"""Connects partners to the Belgian social-security extranet: intent, configuration, proof.

A module imports lower layers only, and its own package's neighbours as the table allows. The table
below is the rule; `tests/test_layers.py` reads every import and fails on any other arrow.
"""

from __future__ import annotations

from typing import Final

LAYERS: Final[dict[str, int]] = {
    "errors": 0,
    "resources": 1,
    "canonical": 2,
    "difference": 2,
    "observations": 2,
    "intent": 2,
    "methods": 3,
    "platforms": 3,
    "proof": 2,
    "desired": 4,
    "load": 4,
    "schema": 5,
    "interview": 5,
    "newcomer": 5,
    "overview": 5,
    "vault": 4,
    "change": 5,
    "compliance": 5,
    "lab": 6,
    "postchecks": 6,
    "waivers": 6,
    "actions": 7,
    "cli": 7,
}
"""The layer of each module or package of `ksz_netops`; equals never import each other."""
