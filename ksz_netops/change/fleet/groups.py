"""Which hubs of a run end alike, and in which order they change.

Hubs of an approved plan form one group: all become new or all stay old. In a direct change each
hub is a group of its own, except where a partner moves between hubs. A hub that a partner leaves
changes before the hub to which it moves, so that its official address never has two ways open.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from ksz_netops.errors import Problem, RefusedError
from ksz_netops.state.resources import PartnerFilter, SftpAccount

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ksz_netops.change.fleet.settings import HubTask
    from ksz_netops.change.plan.plan import HubPlan
    from ksz_netops.state.resources import DeviceState


@dataclass(frozen=True, slots=True)
class Group:
    """Hubs that end alike, in waves: a wave is committed once the one before it is."""

    waves: tuple[tuple[HubTask, ...], ...]

    @property
    def tasks(self) -> tuple[HubTask, ...]:
        """Its hubs in the order of their waves."""
        return tuple(task for wave in self.waves for task in wave)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its hubs."""
        return tuple(task.name for task in self.tasks)


def groups_of(tasks: Sequence[HubTask], *, independent: bool) -> tuple[Group, ...]:
    """The groups of a run over *tasks*; one group unless the hubs are *independent*.

    Raises:
        RefusedError: If partners move between hubs in a circle, so that no order is safe.
    """
    before = _moves(task.part for task in tasks)
    if not tasks:
        return ()
    if not independent:
        return (_group(tasks, before),)
    return tuple(_group(members, before) for members in _connected(tasks, before))


def _moves(parts: Iterable[HubPlan]) -> dict[str, set[str]]:
    """For each hub that a partner or a connection moves to, the hubs that it leaves."""
    leaving: dict[str, set[str]] = {}
    coming: dict[str, set[str]] = {}
    for part in parts:
        old, new = _admitted(part.running), _admitted(part.intended)
        for name in old - new:
            leaving.setdefault(name, set()).add(part.hub)
        for name in new - old:
            coming.setdefault(name, set()).add(part.hub)
    before: dict[str, set[str]] = {}
    for name in leaving.keys() & coming.keys():
        for hub in coming[name]:
            before.setdefault(hub, set()).update(leaving[name] - {hub})
    return before


def _admitted(state: DeviceState) -> set[str]:
    """The partners and the connections that *state* lets in."""
    admitting = [each for each in state if isinstance(each, PartnerFilter | SftpAccount)]
    partners = {each.owner.partner for each in admitting if each.owner.partner}
    return partners | {each.owner.token for each in admitting}


def _group(tasks: Sequence[HubTask], before: dict[str, set[str]]) -> Group:
    by_name = {task.name: task for task in tasks}
    order = TopologicalSorter({name: before.get(name, set()) for name in by_name})
    try:
        order.prepare()
    except CycleError as error:
        hubs = ", ".join(sorted(set(error.args[1])))
        raise RefusedError(
            Problem(
                code="KSZ938",
                what=f"partners move between {hubs} in a circle, so that no order of the hubs "
                "keeps each official address to one way",
                fix="change one partner after the other with `--partner`",
            )
        ) from error
    waves = []
    while order.is_active():
        ready = sorted(order.get_ready())
        waves.append(tuple(by_name[name] for name in ready))
        order.done(*ready)
    return Group(tuple(waves))


def _connected(tasks: Sequence[HubTask], before: dict[str, set[str]]) -> list[list[HubTask]]:
    """*tasks* in parts between which no partner moves."""
    parts: list[set[str]] = []
    for task in tasks:
        near = {task.name, *before.get(task.name, ())}
        joined = [part for part in parts if part & near]
        parts = [part for part in parts if part not in joined]
        parts.append(near.union(*joined))
    return [[task for task in tasks if task.name in part] for part in parts]
