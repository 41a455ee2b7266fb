"""The order in which stores change: what is used first, then permission, last what is free.

A packet is forwarded only where the filter names its entry and its flow, and the filter changes in
one transaction; so after every step the permitted set is either the old or the new one. Routes,
classes and accounts come before a permission that needs them and go after the one that needed them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.errors import CommitError, Problem
from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.stores import (
    accounts,
    filter,  # noqa: A004 - the store
    links,
    neighbours,
    routes,
    shapers,
    tunnels,
)
from ksz_netops.platforms.linux.stores.grammar import GrammarError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect
    from ksz_netops.platforms.linux.stores.steps import Steps


def steps(running: AbstractSet[str], intended: AbstractSet[str], dialect: Dialect) -> Steps:
    """What makes a box that holds *running* hold *intended*, step by step.

    Raises:
        CommitError: If a step would be none of those that are sent to a hub.
    """
    try:
        return _steps(running, intended, dialect)
    except GrammarError as error:
        raise CommitError(
            Problem(
                code="KSZ418",
                what=str(error),
                fix="look at it on the hub, and take it away by hand",
            )
        ) from error


def _steps(running: AbstractSet[str], intended: AbstractSet[str], dialect: Dialect) -> Steps:
    link = links.changes(running, intended)
    neighbour = neighbours.changes(running, intended)
    route = routes.changes(running, intended)
    shaper = shapers.changes(running, intended, dialect)
    account = accounts.changes(running, intended)
    permission = filter.changes(running, intended, dialect)
    tunnel = tunnels.changes(running, intended)
    return (
        *link.early,
        *neighbour.early,
        *route.early,
        *shaper.early,
        *account.early,
        *permission.early,
        *tunnel.early,
        *account.late,
        *shaper.late,
        *route.late,
        *neighbour.late,
        *link.late,
    )


def spelled_out(statements: AbstractSet[str], dialect: Dialect) -> frozenset[str]:
    """*statements* with the box's own name for the port of tunnels.

    Where that port moves, the old one is left behind by its name.
    """
    port = dialect.tunnel_port
    return frozenset(
        each.replace(f" {names.TUNNELS}", f" {port}", 1).replace(
            f'"{names.TUNNELS}"', f'"{port}"', 1
        )
        if each.startswith(("class ", "shaping ", "element class_"))
        else each
        for each in statements
    )
