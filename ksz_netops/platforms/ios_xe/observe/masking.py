"""Answers of a router without anybody's keys, as they may be kept."""

from __future__ import annotations

import re
from typing import Final

_KEY: Final = re.compile(
    r"^(.*\b(?:pre-shared-key(?: local| remote)?|secret|password|key|key-string|md5|community)"
    r" (?:\d )?)\S+((?: R[OW].*)?)$",
    re.MULTILINE,
)


def masked(answer: str) -> str:
    """*answer* with stars for every key, ours or others'; how one is encrypted stays to be read."""
    return _KEY.sub(r"\1***\2", answer)
