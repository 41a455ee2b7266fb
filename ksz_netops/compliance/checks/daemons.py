"""The checks on the programs of a hub that its partners' ways need, and on its open changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import DAEMON, PENDING
from ksz_netops.compliance.checks.check import OBSERVATIONS, Check, HubContext
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator


def daemons_run(context: HubContext) -> Iterator[Judgement]:
    """Whether each daemon that something intended needs runs and answers."""
    needed = {resource.kind for resource in context.desired}
    seen = context.reading.observations
    if seen is None:
        why = f"what the hub does was not read: {context.reading.why}"
        yield Judgement(verdict=Verdict.UNKNOWN, expected="all run", reason=why)
        return
    daemons = [each for each in seen.daemons if each.kind in needed]
    if not daemons:
        yield Judgement(verdict=Verdict.NOT_APPLICABLE)
        return
    doubts = Doubts()
    doubts.wrong.extend(each.wrong for each in daemons if each.wrong)
    names = ", ".join(each.name for each in daemons)
    yield doubts.judgement(
        expected=f"{names} runs and answers", observed="; ".join(doubts.wrong) or "all run"
    )


def nothing_is_pending(context: HubContext) -> Iterator[Judgement]:
    """Whether no commit waits for its confirmation; not asked by the run that made one."""
    seen = context.reading.observations
    if context.at is None:
        yield Judgement(verdict=Verdict.NOT_APPLICABLE)
    elif seen is None:
        why = f"what the hub does was not read: {context.reading.why}"
        yield Judgement(verdict=Verdict.UNKNOWN, expected="none", reason=why)
    else:
        doubts = Doubts()
        if seen.pending:
            doubts.wrong.append(
                f"commit {seen.pending} waits for its confirmation, and is undone without it"
            )
        yield doubts.judgement(expected="none", observed=seen.pending or "none")


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="daemons",
        title="The daemons that tunnels need",
        reads=OBSERVATIONS,
        criterion="Each runs and answers within a few seconds",
        source="Without them a tunnel neither comes up nor is rekeyed",
        judge=daemons_run,
        concerns=Question.UP,
        cause=DAEMON,
        explains=frozenset({"tunnel-up"}),
        blinds=frozenset({"tunnel"}),
    ),
    Check(
        id="pending",
        title="Commits that wait for their confirmation",
        reads=OBSERVATIONS,
        criterion="None",
        source="What is not confirmed is undone at its deadline and at a restart",
        judge=nothing_is_pending,
        concerns=Question.UP,
        cause=PENDING,
    ),
)
