"""Changes that went past the policy in an emergency, and who acknowledged them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.change.record.chain import FOLDER, Record
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.signing.signers import find_signers
from ksz_netops.signing.verification import Signed, verify_signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.change.record.chain import Entry
    from ksz_netops.signing.signers import Signers

NAMESPACE: Final = "acknowledgement@ksz-netops"
"""The namespace in which a signature says: I have seen what was done in this emergency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """A change that was made in an emergency."""

    entry: Entry
    acknowledged_by: str = ""
    """Empty until somebody else than its author has signed the entry."""

    @property
    def author(self) -> str:
        """Who made the change."""
        return str(self.entry.body.get("content", {}).get("author", "somebody"))

    def problem(self) -> Problem:
        """What an audit says of it until it is acknowledged."""
        body = self.entry.body
        hubs = ", ".join(body.get("hubs", {})) or "no hub"
        return Problem(
            code="KSZ957",
            what=f"{hubs}: changed in an emergency by {self.author} on {self.entry.at:%F}, and "
            f"nobody has acknowledged it: {body.get('reason', '')}",
            fix="look at it with `ksz-netops record show`, then sign it with "
            f"`ksz-netops record acknowledge {self.entry.number} --key KEY`",
        )


def emergencies(record: Record, signers: Signers | None) -> tuple[Emergency, ...]:
    """The emergencies of *record* in order; a signature that does not hold acknowledges nothing."""
    entries = list(record.entries())
    signed = {
        number: who
        for entry in entries
        if entry.event == "acknowledged" and signers is not None
        for number, who in _acknowledged(entry, entries, signers)
    }
    return tuple(
        Emergency(entry=entry, acknowledged_by=signed.get(entry.number, ""))
        for entry in entries
        if entry.event == "begun" and entry.body.get("basis") == "emergency"
    )


def unacknowledged(record: Record, signers: Signers | None) -> tuple[Problem, ...]:
    """What an audit has to say of the emergencies that nobody has acknowledged."""
    return tuple(
        each.problem() for each in emergencies(record, signers) if not each.acknowledged_by
    )


def open_emergencies(inventory: Path, record: Path | None) -> tuple[Problem, ...]:
    """What an audit of *inventory* has to say of its emergencies; see `unacknowledged`.

    Raises:
        RefusedError: If the signers of the inventory cannot be read.
    """
    kept = Record(record or inventory / FOLDER)
    return unacknowledged(kept, find_signers(inventory))


def acknowledge(
    record: Record, number: int, signature: str, *, signers: Signers, at: datetime
) -> Emergency:
    """Adds to *record* that the emergency of entry *number* was acknowledged by *signature*.

    Raises:
        RefusedError: If there is no such emergency, or the signature does not count for it.
    """
    emergency = emergency_at(record, number, signers)
    held = _signer(emergency, signature, signers, at)
    if isinstance(held, Problem):
        raise RefusedError(held)
    body: Mapping[str, Any] = {
        "entry": number,
        "signature": {"principal": held.principal, "key": held.key, "signature": signature},
    }
    record.append("acknowledged", body, at)
    return Emergency(entry=emergency.entry, acknowledged_by=held.principal)


def emergency_at(record: Record, number: int, signers: Signers | None) -> Emergency:
    """The emergency of entry *number*.

    Raises:
        RefusedError: If the entry is none.
    """
    for each in emergencies(record, signers):
        if each.entry.number == number:
            return each
    raise RefusedError(
        Problem(
            code="KSZ958",
            what=f"entry {number} of the record is not an emergency",
            fix="see `ksz-netops record show` for the number of its entry `begun`",
        )
    )


def _acknowledged(
    entry: Entry, entries: list[Entry], signers: Signers
) -> Iterator[tuple[int, str]]:
    try:
        number = int(entry.body["entry"])
        signature = str(entry.body["signature"]["signature"])
        emergency = Emergency(entry=next(each for each in entries if each.number == number))
    except (KeyError, TypeError, ValueError, StopIteration):
        return
    held = _signer(emergency, signature, signers, entry.at)
    if isinstance(held, Signed):
        yield number, held.principal


def _signer(
    emergency: Emergency, signature: str, signers: Signers, at: datetime
) -> Signed | Problem:
    held = verify_signature(
        emergency.entry.line(), signature, signers=signers, at=at, namespaces={NAMESPACE}
    )
    if isinstance(held, Signed) and held.principal == emergency.author:
        return Problem(
            code="KSZ958",
            what=f"{held.principal} made the change and cannot acknowledge it",
            fix="ask somebody else",
        )
    return held
