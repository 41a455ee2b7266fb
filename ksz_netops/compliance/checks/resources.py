"""The checks that a hub holds exactly what is intended, one for each kind of resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.compliance.causes import EDITED, MISSING
from ksz_netops.compliance.checks.check import NOTE, Check, HubContext, each_connection, hub_itself
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement, View, described
from ksz_netops.state.diff import describe, field_differences
from ksz_netops.state.resources import (
    Handoff,
    PartnerFilter,
    Perimeter,
    Resource,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Judge: TypeAlias = "Callable[[View], Judgement]"


def held_as_intended(kind: type[Resource], *fields: str) -> Judge:
    """Judges that the hub holds exactly what is intended of *kind*, in *fields* or wholly."""
    only = frozenset(fields) or None

    def judge(view: View) -> Judgement:
        wanted, found = view.wanted(kind), view.found(kind)
        if not wanted and not found:
            return Judgement(verdict=Verdict.NOT_APPLICABLE)
        expected = described(wanted) or "none"
        if (unread := view.state_unread(expected, kind.kind)) is not None:
            return unread
        doubts = Doubts()
        for key in sorted(wanted.keys() - found.keys()):
            place = f" on {key.detail}" if key.detail else ""
            doubts.wrong.append(f"{view.missing(wanted[key])}{place}")
        for key in sorted(found.keys() - wanted.keys()):
            doubts.wrong.append(f"not intended: {describe(found[key])}")
        for key in sorted(wanted.keys() & found.keys()):
            doubts.wrong.extend(map(str, field_differences(wanted[key], found[key], only)))
        instead = [
            each
            for key in sorted(wanted.keys() - found.keys())
            for each in view.comparison.instead_of(wanted[key])
        ]
        observed = "; ".join((described(found), *instead)).removeprefix("; ")
        return doubts.judgement(
            expected=expected,
            observed=observed or "none",
            cause=MISSING if not found and not view.strays else EDITED,
        )

    return judge


HUB_AND_LINES: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="perimeter",
        title="The hub's frame: management, extranet and internet side",
        reads=Perimeter.kind,
        criterion="Equal to the intent",
        source="What no partner's filter admits is dropped",
        judge=hub_itself(held_as_intended(Perimeter)),
        blinds=frozenset({"proof"}),
    ),
    Check(
        id="interconnect",
        title="Handoffs that several partners share",
        reads=Handoff.kind,
        criterion="Port and addresses equal to the intent",
        source=f"{NOTE}: private networks",
        judge=hub_itself(held_as_intended(Handoff)),
        concerns=Question.UP,
    ),
    Check(
        id="handoff",
        title="Where the line meets the hub",
        reads=Handoff.kind,
        criterion="Port and addresses equal to the intent",
        source=f"{NOTE}: direct lines",
        judge=each_connection(held_as_intended(Handoff)),
        concerns=Question.UP,
    ),
    Check(
        id="route",
        title="The way to the official address",
        reads=Route.kind,
        criterion="This address alone, by the intended hops in their order of preference",
        source=f"{NOTE}: one single official IP address",
        judge=each_connection(held_as_intended(Route)),
        concerns=Question.UP,
    ),
    Check(
        id="filter",
        title="The official address and where it may come in",
        reads=PartnerFilter.kind,
        criterion="Address and entries equal to the intent",
        source=f"{NOTE}: one single official IP address",
        judge=each_connection(held_as_intended(PartnerFilter, "official", "entries")),
    ),
)
TUNNELS_AND_ACCOUNTS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="tunnel",
        title="The tunnel as configured",
        reads=Tunnel.kind,
        criterion="Peer, selectors, profile and key equal to the intent",
        source=f"{NOTE}: IPsec LAN-to-LAN; RFC 7296",
        judge=each_connection(held_as_intended(Tunnel)),
    ),
    Check(
        id="shaper",
        title="The contracted rate",
        reads=Shaper.kind,
        criterion="Rates equal to the contract",
        source=f"{NOTE}: capacity",
        judge=each_connection(held_as_intended(Shaper)),
        concerns=Question.UP,
    ),
    Check(
        id="sftp",
        title="The account on the file server",
        reads=SftpAccount.kind,
        criterion="Keys, source address and directories equal to the intent",
        source=f"{NOTE}: SFTP after notification of an access key",
        judge=each_connection(held_as_intended(SftpAccount)),
    ),
)
