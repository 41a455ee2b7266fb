"""What is not ours on a hub and gives a partner another way, in or out."""

from __future__ import annotations

from collections import defaultdict
from ipaddress import ip_network
from typing import TYPE_CHECKING

from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.resources import PartnerFilter, Perimeter, Route, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.checks import Check
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.observations import Foreign, ForeignRoute
    from ksz_netops.resources import DeviceState, IPNetwork


def bypasses(check: Check, desired: DeviceState, reading: Reading) -> Iterator[Finding]:
    """A finding for each way of a partner, or of anybody, that is not ours.

    One that is compliant where there is none; unknown where it was not looked for.
    """
    seen = reading.observations.foreign if reading.observations else None
    evidence = reading.commands.get(check.reads, "")
    if seen is None:
        why = reading.why or "this platform does not tell what others hold"
        yield Finding(
            check=check.id,
            verdict=Verdict.UNKNOWN,
            hub=reading.hub,
            expected="none",
            reason=f"what others hold was not read: {why}",
            evidence=evidence,
        )
        return
    violated = [
        *((None, each.statement, f"`{each.statement}` {each.effect}") for each in seen.detours),
        *_ways_of_partners(desired, seen),
    ]
    for partner, observed, reason in violated:
        yield Finding(
            check=check.id,
            verdict=Verdict.VIOLATED,
            hub=reading.hub,
            partner=partner,
            expected="none",
            observed=observed,
            reason=f"not ours: {reason}",
            evidence=evidence,
        )
    if not violated:
        yield Finding(
            check=check.id,
            verdict=Verdict.COMPLIANT,
            hub=reading.hub,
            expected="none",
            observed="none",
            evidence=evidence,
        )


def _ways_of_partners(desired: DeviceState, seen: Foreign) -> Iterator[tuple[str, str, str]]:
    """Partner, statement of others, and what that does, for each that is about one partner."""
    services = [
        prefix
        for each in desired
        if isinstance(each, Perimeter)
        for prefix in each.extranet_prefixes
    ]
    at: defaultdict[IPNetwork, list[ForeignRoute]] = defaultdict(list)
    for route in seen.routes:
        at[route.destination].append(route)
    first = [route for route in seen.routes if route.decides]
    for official, partner in _officials(desired).items():
        # A hub may have very many routes, and ours is for exactly the address.
        routes = [*at[official], *(each for each in first if _meet(each.destination, official))]
        for statement in sorted({each.statement for each in routes}):
            what = f"`{statement}` decides where {official.network_address} is"
            yield partner, statement, what
        for tunnel in seen.tunnels:
            services_met = any(_meet(tunnel.local, prefix) for prefix in services)
            if services_met and _meet(tunnel.remote, official):
                what = f"`{tunnel.statement}` takes packets of {official.network_address}"
                yield partner, tunnel.statement, what


def _officials(desired: DeviceState) -> dict[IPNetwork, str]:
    """Whose each official address on the hub is."""
    return {
        ip_network(each.official): each.owner.partner
        for each in desired
        if isinstance(each, Route | Tunnel | PartnerFilter) and each.owner.partner
    }


def _meet(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)
