"""Switches that make the router fail, one at a time or together."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Faults:
    """How the router is to fail; all off is a router in good health.

    Patterns are searched in the command or configuration line as typed.
    """

    ignore: str | None = None
    """Configuration lines that have no effect, without a word."""
    refuse: str | None = None
    """Configuration lines that are refused with a message that NAPALM does not look for."""
    truncate_after: int | None = None
    """`show running-config` ends after so many characters, and the prompt comes."""
    lose_before: str | None = None
    """The session is lost when this command arrives, before it takes effect."""
    lose_after: str | None = None
    """The session is lost when this command has taken effect, before its answer."""
    lose_at_byte: int | None = None
    """The session is lost when so many more characters have been sent on it."""
    reload_on: str | None = None
    """The router reloads when this command arrives."""
    answer_late_s: float = 0.0
    """Every answer comes later by this."""
    corrupt_transfer: bool = False
    """The last character of a transferred file is lost."""
    once: bool = True
    """Whether losing a session or reloading happens only the first time."""

    def takes(self, switch: str, text: str) -> bool:
        """Whether *switch* is set for *text*; a switch that works once is then off."""
        pattern = getattr(self, switch)
        if pattern is None or not re.search(pattern, text):
            return False
        if self.once and switch in {"lose_before", "lose_after", "reload_on"}:
            setattr(self, switch, None)
        return True
