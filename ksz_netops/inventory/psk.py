"""What makes a pre-shared key unfit; it never says what the key is."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

_SHORTEST: Final = 32
_LEAST_BITS: Final = 112
"""NIST SP 800-77r1 asks for no less."""


def weakness(name: str, key: str) -> tuple[str, str] | None:
    """The code and the words for what is wrong with *key*, called *name*; None where it is fit."""
    if key[:2].lower() in {"0x", "0s"}:
        return "KSZ122", "begins with 0x or 0s, which some daemons would decode"
    bad = re.search(r"[^A-Za-z0-9]", key)
    if bad:
        what = f"has a character at position {bad.start() + 1} that is no letter or digit"
        return "KSZ121", f"{what}, which some devices would act on"
    if len(key) < _SHORTEST:
        return "KSZ120", f"has {len(key)} characters, fewer than {_SHORTEST}"
    if re.sub(r"[^A-Za-z0-9]", "", name).casefold() in key.casefold():
        return "KSZ120", "contains its own name"
    if _bits(key) < _LEAST_BITS:
        return "KSZ120", f"can be guessed: it holds fewer than {_LEAST_BITS} bits"
    return None


def _bits(key: str) -> float:
    """Bits of Shannon entropy by the frequencies of the characters, and of repetition."""
    counts = Counter(key)
    per_character = -sum(
        count / len(key) * math.log2(count / len(key)) for count in counts.values()
    )
    period = next(
        (size for size in range(1, len(key)) if key == (key[:size] * len(key))[: len(key)]),
        len(key),
    )
    return per_character * period
