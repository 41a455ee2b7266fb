"""Guards against taking partners off by mistake, such as by a bad checkout of the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from ksz_netops.state.resources import DeviceState

FORMER: Final = "former"
"""Folder of the inventory with the files of partners that were off-boarded."""
_SHARE: Final = 10


def removal_doubts(
    running: Mapping[str, DeviceState],
    intended: Mapping[str, DeviceState],
    *,
    on_file: Collection[str],
    expected: Collection[str],
) -> Iterator[Problem]:
    """Why a change may not take off the partners that it would take off.

    Args:
        running: What each hub holds.
        intended: What each of these hubs must hold.
        on_file: Ids of the partners that have a file, as present or as former partners.
        expected: Ids of the partners whose removal was asked for.
    """
    held, kept = _partners(running.values()), _partners(intended.values())
    removed = held - kept - frozenset(expected)
    vanished = sorted(removed - frozenset(on_file))
    if vanished:
        yield Problem(
            code="KSZ928",
            what=f"{_named(vanished)} would be taken off, since their files vanished from the "
            "inventory and nobody off-boarded them",
            fix="bring the files back, or run `offboard.yml`; where it is meant, give "
            f"{_options(vanished)}",
        )
    if len(removed) > max(1, len(held) // _SHARE):
        everybody = sorted(removed)
        yield Problem(
            code="KSZ927",
            what=f"{len(removed)} of {len(held)} partners would be taken off, more than a tenth: "
            f"{_named(everybody)}",
            fix="see whether the inventory is whole; where it is meant, give "
            f"{_options(everybody)}",
        )


def former_partners(inventory: Path) -> frozenset[str]:
    """The ids of the partners that were off-boarded from *inventory*."""
    return frozenset(path.stem for path in (inventory / FORMER).glob("P*.yml"))


def _partners(states: Collection[DeviceState]) -> frozenset[str]:
    owners = (resource.owner.partner for state in states for resource in state)
    return frozenset(partner for partner in owners if partner)


def _named(partners: list[str]) -> str:
    return ", ".join(partners)


def _options(partners: list[str]) -> str:
    return " ".join(f"--expect-removal {partner}" for partner in partners)
