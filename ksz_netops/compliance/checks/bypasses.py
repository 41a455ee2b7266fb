"""What is not ours on a hub and gives a partner another way, in or out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.compliance.causes import FOREIGN as FOREIGN_PATH
from ksz_netops.compliance.checks.check import FOREIGN, Check, HubContext
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.view import Judgement
from ksz_netops.state.addresses import network_of
from ksz_netops.state.resources import PartnerFilter, Perimeter, Route, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.observations import Foreign, ForeignRoute
    from ksz_netops.state.resources import DeviceState, IPNetwork

    Whose: TypeAlias = tuple[str | None, str | None]
    """Partner and connection."""


def bypasses(context: HubContext) -> Iterator[Judgement]:
    """One judgement for each way past the filter that is not ours; one for the hub where none is.

    Unknown where it was not looked for.
    """
    reading = context.reading
    seen = reading.observations.foreign if reading.observations else None
    if seen is None:
        why = reading.why or "this platform does not tell what others hold"
        yield Judgement(
            verdict=Verdict.UNKNOWN,
            expected="none",
            reason=f"what others hold was not read: {why}",
        )
        return
    nobody: Whose = (None, None)
    violated = [
        *(
            (nobody, each.statement, f"`{each.statement}` {each.effect}")
            for each in seen.detours
            if each.certain
        ),
        *_ways_of_partners(context.desired, seen),
    ]
    doubtful = [each for each in seen.detours if not each.certain]
    for each in doubtful:
        yield Judgement(
            verdict=Verdict.UNKNOWN,
            expected="none",
            observed=each.statement,
            reason=f"not ours: `{each.statement}` {each.effect}",
            cause=FOREIGN_PATH,
        )
    for (partner, connection), observed, reason in violated:
        yield Judgement(
            verdict=Verdict.VIOLATED,
            expected="none",
            observed=observed,
            reason=f"not ours: {reason}",
            partner=partner,
            connection=connection,
        )
    if not violated and not doubtful:
        yield Judgement(verdict=Verdict.COMPLIANT, expected="none", observed="none")


def _ways_of_partners(desired: DeviceState, seen: Foreign) -> Iterator[tuple[Whose, str, str]]:
    """Yields owner, foreign statement and effect for each that affects one official address."""
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
    for official, whose in _officials(desired).items():
        # A hub may have very many routes, and ours is for exactly the address.
        routes = [*at[official], *(each for each in first if _meet(each.destination, official))]
        for statement in sorted({each.statement for each in routes}):
            what = f"`{statement}` decides where {official.network_address} is"
            yield whose, statement, what
        for tunnel in seen.tunnels:
            services_met = any(_meet(tunnel.local, prefix) for prefix in services)
            if services_met and _meet(tunnel.remote, official):
                what = f"`{tunnel.statement}` takes packets of {official.network_address}"
                yield whose, tunnel.statement, what


def _officials(desired: DeviceState) -> dict[IPNetwork, Whose]:
    """Whose each official address on the hub is; several connections of a partner share theirs."""
    found: dict[IPNetwork, Whose] = {}
    for each in desired:
        if isinstance(each, Route | Tunnel | PartnerFilter):
            official = network_of(each.official)
            whose = (each.owner.partner, each.owner.connection)
            alone = found.setdefault(official, whose) == whose
            found[official] = whose if alone else (each.owner.partner, None)
    return found


def _meet(one: IPNetwork, other: IPNetwork) -> bool:
    return one.version == other.version and one.overlaps(other)


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="bypass",
        title="Nothing that is not ours leads past the filter",
        reads=FOREIGN,
        criterion=(
            "No foreign route decides where an official address is, no foreign tunnel takes its "
            "packets, and nothing lets packets pass unseen or changes them first"
        ),
        source="A partner has the way in that the intent gives it, and no other",
        judge=bypasses,
        cause=FOREIGN_PATH,
    ),
)
