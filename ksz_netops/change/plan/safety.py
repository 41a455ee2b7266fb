"""Why a change is safe from its first command to its last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.proof import Certificate, prove_hub

if TYPE_CHECKING:
    from ksz_netops.platforms import Platform
    from ksz_netops.state.resources import DeviceState


def reasons(platform: Platform, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
    """What was computed about each of the commands, and about the state after the last one.

    Raises:
        CommitError: If the change is not safe throughout.
    """
    throughout = platform.safety(running, intended)
    judged = prove_hub(intended, intended)
    unproven = [str(owner) for owner, each in judged.items() if not isinstance(each, Certificate)]
    proven = len(judged) - len(unproven)
    end = f"in the end {proven} of {len(judged)} filters admit their official address alone, proven"
    return (*throughout, f"{end}; not {', '.join(unproven)}" if unproven else end)
