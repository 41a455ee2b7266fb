"""The check on what keeps a hub as it is: its pending commit, and the program that restores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import NOT_KEPT
from ksz_netops.compliance.checks.check import OBSERVATIONS, Check, HubContext
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_kept(context: HubContext) -> Iterator[Judgement]:
    """Whether nothing waits for a confirmation, and whoever restores is whole."""
    seen = context.reading.observations
    if seen is None:
        why = f"what the hub does was not read: {context.reading.why}"
        yield Judgement(verdict=Verdict.UNKNOWN, expected="all is kept", reason=why)
        return
    if seen.upkeep is None:
        yield Judgement(verdict=Verdict.NOT_APPLICABLE)
        return
    doubts = Doubts()
    # Right after a commit of its own, a run judges the hub before it confirms.
    if seen.upkeep.pending and context.at is not None:
        doubts.wrong.append(f"commit {seen.upkeep.pending} waits for its confirmation")
    doubts.wrong.extend(seen.upkeep.flaws)
    yield doubts.judgement(
        expected="no commit is pending, and the agent is the one of this version",
        observed="; ".join(doubts.wrong) or "all is kept",
    )


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="upkeep",
        title="What keeps a hub as it is",
        reads=OBSERVATIONS,
        criterion="No commit is pending, and the agent is the one that was shipped",
        source="Without it nobody restores the hub at a restart or at a deadline",
        judge=is_kept,
        concerns=Question.SAFE,
        cause=NOT_KEPT,
    ),
)
