"""Checks that a change did not take down tunnels that it does not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.errors import Problem
from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.change.hub.outcome import ChangeEvidence
    from ksz_netops.state.observations import Observations, TunnelStatus


def undisturbed(evidence: ChangeEvidence) -> Iterator[Problem]:
    """Yields each tunnel that was up, that the change does not touch, and that is down now."""
    intended = {resource.owner.token for resource in evidence.intended}
    touched = {owner.token for owner in evidence.change.owners}
    after = _up(evidence.after.observations)
    for token in sorted(_up(evidence.before.observations) - after):
        owner = Owner.read(token)
        if owner is None or token not in intended or token in touched:
            continue
        yield Problem(
            code="KSZ306",
            what=f"{evidence.hub}: the tunnel of {token} was up before the change and is down now",
            fix="look at the tunnel with `ksz-netops audit`, then run the change again",
        )


def _up(observations: Observations) -> set[str]:
    return {tunnel.token for tunnel in observations.tunnels if _is_up(tunnel)}


def _is_up(tunnel: TunnelStatus) -> bool:
    return tunnel.established and any(child.installed for child in tunnel.children)
