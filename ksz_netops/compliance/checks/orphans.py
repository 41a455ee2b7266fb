"""What a hub holds or does for nobody whom the intent knows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.state.diff import describe
from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.resources import DeviceState, Stray


def orphans(
    check: str,
    desired: DeviceState,
    reading: Reading,
    explained: Callable[[Stray], bool],
) -> Iterator[Finding]:
    """A finding for each owner with something left over; one that is compliant where none has.

    What is *explained* is laid to a resource that is there in part, by the check on that.
    """
    if reading.state is None or reading.observations is None:
        yield Finding(
            check=check,
            verdict=Verdict.UNKNOWN,
            hub=reading.hub,
            expected="none",
            reason=f"not everything was read: {reading.why}",
        )
    left = _left_over(desired, reading, explained)
    for token, things in sorted(left.items()):
        owner = Owner.read(token)
        where = f" under {token}" if token else ""
        yield Finding(
            check=check,
            verdict=Verdict.VIOLATED,
            hub=reading.hub,
            partner=owner.partner if owner else None,
            connection=owner.connection if owner else None,
            expected="none",
            observed="; ".join(things),
            reason=f"found{where} and not intended: {'; '.join(things)}",
            evidence=reading.commands.get(check, ""),
        )
    if not left and reading.state is not None and reading.observations is not None:
        yield Finding(
            check=check,
            verdict=Verdict.COMPLIANT,
            hub=reading.hub,
            expected="none",
            observed="none",
        )


def _left_over(
    desired: DeviceState, reading: Reading, explained: Callable[[Stray], bool]
) -> dict[str, list[str]]:
    """By token, what is there for it although nothing is intended; strays among it."""
    known = {resource.owner.token for resource in desired}
    left: defaultdict[str, list[str]] = defaultdict(list)
    if reading.state is not None:
        for resource in reading.state:
            if resource.owner.token not in known:
                left[resource.owner.token].append(f"{resource.kind} {describe(resource)}")
        for stray in reading.state.strays:
            if explained(stray):
                continue
            left[stray.token or ""].append(f"`{stray.statement}` ({stray.reason})")
    if reading.observations is not None:
        for tunnel in reading.observations.tunnels:
            if tunnel.token not in known:
                left[tunnel.token].append(f"SA with {tunnel.peer}")
    return left
