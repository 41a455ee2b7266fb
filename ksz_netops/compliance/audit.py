"""The audit of many hubs: one session per hub, many hubs at once, one result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import TypeAlias, TypeVar

    from ksz_netops.compliance.findings import Finding, Verdict
    from ksz_netops.intent.model import Intent
    from ksz_netops.resources import Secret

    Work = TypeVar("Work")
    Result = TypeVar("Result")
    Executor: TypeAlias = Callable[[Callable[[Work], Result], Iterable[Work]], Iterator[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The result of one audit; every report is drawn from it."""

    taken_at: datetime
    hubs: tuple[str, ...]
    findings: tuple[Finding, ...]
    """Worst first."""

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many findings have each verdict."""
        raise NotImplementedError

    @property
    def exit_code(self) -> int:
        """0 where everything is compliant, 2 where anything is violated or unknown."""
        raise NotImplementedError


def audit(
    intent: Intent,
    inventory: Path,
    *,
    secrets: Mapping[str, Secret],
    at: datetime,
    hubs: Iterable[str] | None = None,
    partners: Iterable[str] | None = None,
) -> Audit:
    """Reads the hubs and judges them; a hub that is not reached leaves its partners unknown.

    Args:
        intent: What is wanted.
        inventory: The folder that *intent* came from; the files of SSH keys are relative to it.
        secrets: The pre-shared keys by name, fingerprints only.
        at: The moment of the audit; its date decides which flows are open.
        hubs: Only these; None takes all.
        partners: Only findings on these, and on the hubs themselves; None takes all.

    Raises:
        IntentError: If a hub or partner is unknown, or a secret is missing.
    """
    raise NotImplementedError(intent, inventory, secrets, at, hubs, partners)
