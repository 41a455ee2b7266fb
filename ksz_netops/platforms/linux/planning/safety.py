"""Why a hub is safe after each step: its filter is either the old one or the new one.

All packets between partners and the extranet pass one nft table, which drops what it does not name.
Where a change alters it by one transaction, nothing else that a step does can let a packet pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.errors import CommitError, Problem

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.stores.steps import Steps

_FILTER: Final = "nft"


def argued(steps: Steps) -> tuple[str, ...]:
    """What of *steps* touches the filter, and what that means; nothing for no step.

    Raises:
        CommitError: If the filter would not change in one transaction.
    """
    if not steps:
        return ()
    transactions = [number for number, step in enumerate(steps) if step.argv[0] == _FILTER]
    if len(transactions) > 1:
        raise CommitError(
            Problem(
                code="KSZ409",
                what="the change was not begun, as it would alter the filter in"
                f" {len(transactions)} transactions, with a filter of neither state between them",
                fix="report a fault of the platform",
            )
        )
    if not transactions:
        return (f"none of {len(steps)} steps touches the filter: it lets pass what it did",)
    (at,) = transactions
    first = sum(len(step.lines()) for step in steps[:at]) + 1
    last = first + len(steps[at].lines()) - 1
    after = len(steps) - at - 1
    return (
        f"of {len(steps)} steps one touches the filter",
        f"commands {first} to {last} are one nft transaction, taken as a whole or not at all",
        f"after each of the {at} steps before it, the filter lets pass exactly what it did before",
        f"after it and each of the {after} others, the filter lets pass exactly what it shall",
    )
