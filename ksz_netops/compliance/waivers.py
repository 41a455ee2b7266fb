"""Violations that somebody answers for until a day: `waivers/*.yml`, each signed beside it.

A waiver is for one check on one connection on one hub, or for one thing that was found there. It
turns a violation into one that is documented; it never makes anything compliant, and nothing that
could not be seen can be waived.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, ValidationError, model_validator

from ksz_netops.borders.files import read_file, read_text
from ksz_netops.compliance.checks.catalogue import CATALOGUE
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.errors import IntentError, Problem, RefusedError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.intent.models import IntentModel
from ksz_netops.intent.reading.source import parse
from ksz_netops.inventory.folders import files_in
from ksz_netops.signing.signers import read_signers
from ksz_netops.signing.ssh_signatures import belongs_to, parse_signature, verified_by_openssh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from ksz_netops.compliance.audit import Audit
    from ksz_netops.compliance.checks.catalogue import AnyCheck
    from ksz_netops.signing.signers import Signers

FOLDER: Final = "waivers"
NAMESPACE: Final = "waiver@ksz-netops"
"""The namespace in which a signature says: I answer for this violation."""
LONGEST: Final = timedelta(days=366)
UNWAIVABLE: Final = frozenset({"proof"})
"""The rule of the one official IP address is what everything else is for."""


class Waiver(IntentModel):
    """What one file says."""

    partner: Annotated[str, Field(pattern=r"^P\d{5}$")] | None = None
    """None where the violation is of the hub itself."""
    connection: Annotated[str, Field(pattern=r"^S\d{1,2}$")] | None = None
    """None where it is of no connection."""
    hub: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    check: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    observed: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """Just what the finding observed; None admits whatever is observed."""
    reason: Annotated[str, Field(min_length=10, max_length=500)]
    until: date
    """Its last day, in Brussels."""

    @model_validator(mode="after")
    def _for_one_thing(self) -> Self:
        """More than one thing can be wrong with a hub, so it must be said which of them is meant.

        Raises:
            ValueError: Where it is not.
        """
        if self.connection and not self.partner:
            message = "a connection is a partner's: give partner too"
            raise ValueError(message)
        if not self.connection and self.observed is None:
            message = "without a connection, give observed: what the report says was observed"
            raise ValueError(message)
        return self

    def covers(self, finding: Finding) -> bool:
        """Whether *finding* is the violation that it is for."""
        return (
            finding.verdict is Verdict.VIOLATED
            and (self.partner, self.connection, self.hub, self.check)
            == (finding.partner, finding.connection, finding.hub, finding.check)
            and self.observed in {None, finding.observed}
        )


def with_waivers(audit: Audit, inventory: Path) -> tuple[Audit, tuple[Problem, ...]]:
    """*audit* with what the waivers of *inventory* allow at its moment, and the refused waivers.

    A refused waiver allows nothing, so the violation that it is for counts.
    """
    files, unread = files_in(inventory / FOLDER, beside=(".sig",))
    if not files:
        return audit, tuple(unread)
    try:
        signers = read_signers(inventory)
    except RefusedError as error:
        return audit, error.problems
    held: list[tuple[Waiver, str]] = []
    refused: list[Problem] = []
    for file in files:
        try:
            held.append(_admitted(file, signers, audit.at))
        except RefusedError as error:
            refused.extend(error.problems)
    findings = (_waived(finding, held) for finding in audit.findings)
    ordered = sorted(findings, key=lambda each: each.order)
    return replace(audit, findings=tuple(ordered)), tuple(refused)


def _waived(finding: Finding, held: list[tuple[Waiver, str]]) -> Finding:
    for waiver, words in held:
        if waiver.covers(finding):
            return replace(finding, verdict=Verdict.WAIVED, waiver=words)
    return finding


def _admitted(file: Path, signers: Signers, at: datetime) -> tuple[Waiver, str]:
    """The waiver in *file*, where it may be used at this moment, and how it is told."""
    raw = _octets(file)
    waiver = read_waiver(file, raw)
    today = at.astimezone(BRUSSELS).date()
    problems = list(_too_wide(file, waiver, today))
    if waiver.until < today:
        what = f"{file}: the waiver ended on {waiver.until}"
        fix = "heal what it was for, or have a new one signed; then delete it"
        problems.append(Problem(code="KSZ812", what=what, fix=fix))
    if problems:
        raise RefusedError(problems)
    signer = _signer(file, raw, signers, at)
    return waiver, f"{file.stem} until {waiver.until}, signed by {signer}: {waiver.reason}"


def _octets(file: Path) -> bytes:
    try:
        return read_file(file)
    except OSError as error:
        what, fix = f"{file} cannot be read: {error.strerror}", "make it a readable file"
        raise RefusedError(Problem(code="KSZ810", what=what, fix=fix)) from error


def read_waiver(file: Path, raw: bytes) -> Waiver:
    """The waiver that *raw*, the content of *file*, says; its signature is not looked at.

    Raises:
        RefusedError: If it is none.
    """
    try:
        source = parse(raw.decode("utf-8-sig"), str(file))
        if source.problems:
            raise RefusedError(source.problems)
        return Waiver.model_validate(source.data)
    except IntentError as error:
        raise RefusedError(error.problems) from error
    except (UnicodeDecodeError, ValidationError) as error:
        lacking = (
            "; ".join(_said(each["loc"], each["msg"]) for each in error.errors())
            if isinstance(error, ValidationError)
            else "no UTF-8"
        )
        raise RefusedError(
            Problem(
                code="KSZ810",
                what=f"{file} is not a waiver: {lacking}",
                fix="give hub, check, reason and until, and partner and connection or observed",
            )
        ) from error


def _said(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}" if place else message


def _too_wide(file: Path, waiver: Waiver, today: date) -> Iterator[Problem]:
    known: dict[str, AnyCheck] = {check.id: check for check in CATALOGUE}
    if waiver.check not in known or waiver.check in UNWAIVABLE:
        yield Problem(
            code="KSZ813",
            what=f"{file}: the check '{waiver.check}' cannot be waived",
            fix=f"name one of: {', '.join(sorted(known.keys() - UNWAIVABLE))}",
        )
    if waiver.until > today + LONGEST:
        yield Problem(
            code="KSZ813",
            what=f"{file}: a waiver until {waiver.until} is longer than a year",
            fix="let it end within a year, and look again then",
        )


def _signer(file: Path, raw: bytes, signers: Signers, at: datetime) -> str:
    """Who signed *raw*, by the signature beside *file*."""
    beside = file.with_name(f"{file.name}.sig")
    complaint = ""
    try:
        signature = parse_signature(read_text(beside))
    except (OSError, ValueError) as error:
        raise _unsigned(file, str(error)) from error
    principal = signers.by_key.get(signature.key)
    if principal is None:
        complaint = f"the key {signature.key_fingerprint} belongs to nobody in allowed_signers"
    elif signature.namespace != NAMESPACE:
        complaint = f"it was signed for {signature.namespace!r}"
    elif not belongs_to(signature, raw):
        complaint = "the signature is over another text"
    else:
        complaint = verified_by_openssh(
            signature, raw, signers=signers.text, principal=principal, at=at.astimezone(UTC)
        )
    if principal is None or complaint:
        raise _unsigned(file, complaint)
    return principal


def _unsigned(file: Path, complaint: str) -> RefusedError:
    return RefusedError(
        Problem(
            code="KSZ811",
            what=f"{file} is not signed: {complaint}",
            fix=f"sign it: ssh-keygen -Y sign -n {NAMESPACE} -f KEY {file}",
        )
    )
