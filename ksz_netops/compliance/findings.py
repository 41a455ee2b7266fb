"""What an audit says: one verdict for each check on each connection, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ksz_netops.printable import printable

if TYPE_CHECKING:
    from ksz_netops.errors import Origin


class Verdict(StrEnum):
    """What is known about one check; unknown is never good."""

    COMPLIANT = "compliant"
    """Seen, and exactly as intended."""
    VIOLATED = "violated"
    """Seen, and not as intended."""
    UNKNOWN = "unknown"
    """Could not be seen, or was not understood."""
    WAIVED = "waived"
    """Seen, not as intended, and allowed until a day by a signed waiver."""
    NOT_APPLICABLE = "not_applicable"
    """Nothing of the kind is intended, and nothing of the kind is there."""

    @property
    def good(self) -> bool:
        """Whether it lets an audit pass."""
        return self in {Verdict.COMPLIANT, Verdict.NOT_APPLICABLE, Verdict.WAIVED}


class Question(StrEnum):
    """What the reader of an audit asks; each check helps to answer one."""

    SAFE = "safe"
    """Whether nobody reaches more than is authorised."""
    UP = "up"
    """Whether everybody reaches what is authorised."""
    IN_ORDER = "in order"
    """Whether papers and people are as agreed."""


SEVERITY: dict[Verdict, int] = {
    Verdict.VIOLATED: 0,
    Verdict.UNKNOWN: 1,
    Verdict.WAIVED: 2,
    Verdict.COMPLIANT: 3,
    Verdict.NOT_APPLICABLE: 4,
}
"""Worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The verdict of one check on one connection, partner or hub."""

    check: str
    """Id of the check in the catalogue."""
    verdict: Verdict
    hub: str | None = None
    """None where the check reads the intent alone."""
    partner: str | None = None
    """None where the check judges the hub itself."""
    connection: str | None = None
    expected: str = ""
    observed: str = ""
    reason: str = ""
    """What is wrong in one phrase, in the field's words; empty where nothing is."""
    origin: Origin | None = None
    """Where in the inventory the expectation stands."""
    evidence: str = ""
    """The command by which a person sees the same on the device."""
    waiver: str = ""
    """Where it is waived: by which waiver, until when, by whom and why."""
    evidence_sha256: str = ""
    """Of the raw answers that it rests on, as they are kept; empty where no device was asked."""
    cause: str = ""
    """Id of the cause (`causes.py`); empty where nothing is wrong."""
    advice: str = ""
    """What to do, where that depends on how the hub could not be read."""

    def __post_init__(self) -> None:
        """What a hub said is shown on one line, in every form of report."""
        for name in ("expected", "observed", "reason", "waiver", "advice"):
            object.__setattr__(self, name, printable(getattr(self, name)))

    @property
    def subject(self) -> str:
        """Of whom it speaks: `P00005 S1`, or the hub."""
        if self.partner is None:
            return self.hub or "inventory"
        return f"{self.partner} {self.connection}" if self.connection else self.partner

    def __str__(self) -> str:
        return f"{self.subject} {self.check}: {self.reason or self.verdict}"

    @property
    def order(self) -> tuple[int, str, str, str, str, str]:
        """The key by which findings are listed: worst first, then by subject."""
        return (
            SEVERITY[self.verdict],
            self.partner or "",
            self.connection or "",
            self.hub or "",
            self.check,
            self.reason,
        )

    def as_json(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "check": self.check,
            "verdict": str(self.verdict),
            "hub": self.hub,
            "partner": self.partner,
            "connection": self.connection,
            "expected": self.expected,
            "observed": self.observed,
            "reason": self.reason,
            "message": str(self),
            "origin": str(self.origin) if self.origin else None,
            "waiver": self.waiver,
            "evidence": self.evidence,
            "evidence_sha256": self.evidence_sha256,
            "cause": self.cause,
            "advice": self.advice,
        }
