"""What a hub holds or does for nobody whom the intent knows."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import LEFT_OVER, UNSAVED
from ksz_netops.compliance.checks.check import Check, HubContext
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.view import Judgement
from ksz_netops.platforms import UNSAVED as UNSAVED_STRAY
from ksz_netops.proof import Leak
from ksz_netops.state.diff import describe
from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator


_PARTNER: Final = re.compile(r"KSZ-P\d{5}(?:-S\d{1,2})?(?![\w-])")


def orphans(context: HubContext) -> Iterator[Judgement]:
    """One judgement for each owner with something left over; one for the hub where none has.

    A stray that stands for an incomplete resource is left to the check on that resource.
    """
    reading = context.reading
    unread = reading.state is None or reading.observations is None or bool(reading.state.unread)
    if unread:
        yield Judgement(
            verdict=Verdict.UNKNOWN,
            expected="none",
            reason=f"not everything was read: {reading.why}",
        )
    if reading.state is not None and UNSAVED_STRAY in reading.state.strays:
        yield Judgement(
            verdict=Verdict.VIOLATED,
            expected="the saved configuration is the running one",
            observed="another configuration is saved",
            reason="somebody changed this hub and did not save; "
            "after a reload the old configuration returns",
            cause=UNSAVED,
        )
    left = _left_over(context)
    for token, things in sorted(left.items()):
        owner = Owner.read(token)
        where = f" under {token}" if token else ""
        yield Judgement(
            verdict=Verdict.VIOLATED,
            expected="none",
            observed="; ".join(things),
            reason=f"found{where} and not intended: {'; '.join(things)}",
            partner=owner.partner if owner else None,
            connection=owner.connection if owner else None,
        )
    named = _named_like_ours(context)
    for statement, owner in named.items():
        if owner is not None:
            yield Judgement(
                verdict=Verdict.VIOLATED,
                expected="none",
                observed=f"`{statement}`",
                reason=f"`{statement}` has the name of {owner} and is not of our form, so it is "
                "somebody else's and never changed; have it removed or renamed",
                partner=owner.partner,
                connection=owner.connection,
            )
    if not left and not unread and not any(named.values()):
        yield Judgement(
            verdict=Verdict.COMPLIANT, expected="none", observed=_nothing_but(list(named))
        )


def _named_like_ours(context: HubContext) -> dict[str, Owner | None]:
    """Statements of others that have our letters, with the partner whose name they use."""
    seen = context.reading.observations
    statements = seen.foreign.namesakes if seen and seen.foreign else ()
    found = {each: _PARTNER.search(each) for each in statements}
    return {each: Owner(name[0]) if name else None for each, name in found.items()}


def _nothing_but(statements: list[str]) -> str:
    if not statements:
        return "none"
    more = f", and {len(statements) - 1} more" if statements[1:] else ""
    return f"none of ours; left alone though it has our letters: `{statements[0]}`{more}"


def _left_over(context: HubContext) -> dict[str, list[str]]:
    """By token, what is there for it although nothing is intended; strays among it."""
    reading = context.reading
    known = {resource.owner.token for resource in context.desired}
    left: defaultdict[str, list[str]] = defaultdict(list)
    if reading.state is not None:
        for resource in reading.state:
            if resource.owner.token not in known:
                left[resource.owner.token].append(f"{resource.kind} {describe(resource)}")
        served = _served(context)
        for stray in reading.state.strays:
            if stray != UNSAVED_STRAY and not context.comparison.explains(stray):
                for token in served.get(stray.statement, (stray.token or "",)):
                    left[token].append(f"`{stray.statement}` ({stray.reason})")
    if reading.observations is not None:
        for tunnel in reading.observations.tunnels:
            if tunnel.token not in known:
                left[tunnel.token].append(f"SA with {tunnel.peer}")
    return left


def _served(context: HubContext) -> dict[str, tuple[str, ...]]:
    """By stray that lets forbidden packets pass, the tokens of those whose packets they are."""
    opened = context.openings.opened if context.openings else ()
    strays = {opening.rule.statement: opening.strays for opening in opened}
    served: defaultdict[str, list[str]] = defaultdict(list)
    for owner, result in context.proven.items():
        if isinstance(result, Leak):
            for stray in strays.get(result.rule.statement, ()):
                served[stray].append(owner.token if owner.partner else "")
    return {stray: tuple(tokens) for stray, tokens in served.items()}


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="orphans",
        title="Leftovers: things under our name beyond the partners' files",
        reads="everything in our territory, and every SA with our token",
        criterion="None",
        source="A partner who left keeps no way in",
        judge=orphans,
        cause=LEFT_OVER,
        blinds=frozenset({"proof"}),
    ),
)
