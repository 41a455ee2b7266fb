"""The catalogue of checks on hubs: what each reads, and when it is satisfied.

Every check gives each subject one verdict. Adding a check is adding an entry to `CHECKS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.compliance.checks.bypasses import bypasses
from ksz_netops.compliance.checks.check import NOTE, OBSERVATIONS, Check
from ksz_netops.compliance.checks.digital_lines import lines_are_sound
from ksz_netops.compliance.checks.live import ports_are_up, tunnel_is_up
from ksz_netops.compliance.checks.orphans import orphans
from ksz_netops.compliance.checks.proofs import proofs
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.statements import Comparison
from ksz_netops.compliance.view import Doubts, Judgement, View, described, views
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
    from collections.abc import Callable, Iterator

    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.resources import DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCheck(Check):
    """A check on each subject of a hub."""

    judge: Callable[[View], Judgement]
    of_hub: bool = False
    """Whether it judges the hub itself instead of its connections."""


Judge: TypeAlias = "Callable[[View], Judgement]"


def held_as_intended(kind: type[Resource], *fields: str) -> Judge:
    """Judges that the hub holds exactly what is intended of *kind*, in *fields* or wholly."""
    only = frozenset(fields) or None

    def judge(view: View) -> Judgement:
        wanted, found = view.wanted(kind), view.found(kind)
        if not wanted and not found:
            return Judgement(verdict=Verdict.NOT_APPLICABLE)
        expected = described(wanted) or "none"
        if (unread := view.state_unread(expected)) is not None:
            return unread
        doubts = Doubts()
        for key in sorted(wanted.keys() - found.keys()):
            place = f" on {key.detail}" if key.detail else ""
            doubts.wrong.append(f"{view.missing(wanted[key])}{place}")
        for key in sorted(found.keys() - wanted.keys()):
            doubts.wrong.append(f"not intended: {describe(found[key])}")
        for key in sorted(wanted.keys() & found.keys()):
            doubts.wrong.extend(map(str, field_differences(wanted[key], found[key], only)))
        return doubts.judgement(expected=expected, observed=described(found) or "none")

    return judge


CHECKS: Final[tuple[HubCheck, ...]] = (
    HubCheck(
        id="perimeter",
        title="The hub's frame: management, extranet and internet side",
        reads=Perimeter.kind,
        criterion="Equal to the intent",
        source="What no partner's filter admits is dropped",
        judge=held_as_intended(Perimeter),
        of_hub=True,
    ),
    HubCheck(
        id="interconnect",
        title="Handoffs that several partners share",
        reads=Handoff.kind,
        criterion="Port and addresses equal to the intent",
        source=f"{NOTE}: private networks",
        judge=held_as_intended(Handoff),
        of_hub=True,
    ),
    HubCheck(
        id="interconnect-up",
        title="Ports that several partners share",
        reads=OBSERVATIONS,
        criterion="Every port exists and is up",
        source=f"{NOTE}: private networks",
        judge=ports_are_up,
        of_hub=True,
    ),
    HubCheck(
        id="handoff",
        title="Where the line meets the hub",
        reads=Handoff.kind,
        criterion="Port and addresses equal to the intent",
        source=f"{NOTE}: direct lines",
        judge=held_as_intended(Handoff),
    ),
    HubCheck(
        id="port",
        title="The port of the line",
        reads=OBSERVATIONS,
        criterion="It exists and is up",
        source=f"{NOTE}: direct lines",
        judge=ports_are_up,
    ),
    HubCheck(
        id="line",
        title="The digital lines below the port",
        reads=OBSERVATIONS,
        criterion=(
            "Each ordered E1 line up and without alarm; in its last quarter of an hour no severely "
            "errored or unavailable second and at most 2 errored ones; a bundle over all its lines"
        ),
        source=f"{NOTE}: direct lines, structured E1; ITU-T G.826",
        judge=lines_are_sound,
    ),
    HubCheck(
        id="route",
        title="The way to the official address",
        reads=Route.kind,
        criterion="This address alone, by the intended hops in their order of preference",
        source=f"{NOTE}: one single official IP address",
        judge=held_as_intended(Route),
    ),
    HubCheck(
        id="filter",
        title="The official address and where it may come in",
        reads=PartnerFilter.kind,
        criterion="Address and entries equal to the intent",
        source=f"{NOTE}: one single official IP address",
        judge=held_as_intended(PartnerFilter, "official", "entries"),
    ),
    HubCheck(
        id="flows",
        title="The extranet services opened for the partner",
        reads=PartnerFilter.kind,
        criterion="Permits equal to the authorised flows of the day",
        source="KSZ: flows are opened after authorisation",
        judge=held_as_intended(PartnerFilter, "permits"),
    ),
    HubCheck(
        id="tunnel",
        title="The tunnel as configured",
        reads=Tunnel.kind,
        criterion="Peer, selectors, profile and key equal to the intent",
        source=f"{NOTE}: IPsec LAN-to-LAN; RFC 7296",
        judge=held_as_intended(Tunnel),
    ),
    HubCheck(
        id="tunnel-up",
        title="The tunnel as it is",
        reads=OBSERVATIONS,
        criterion=(
            "IKE SA established with the peer and child SAs installed with exactly the intended "
            "selectors, all algorithms inside the profile"
        ),
        source=f"{NOTE}: IPsec LAN-to-LAN; RFC 7296, BSI TR-02102-3",
        judge=tunnel_is_up,
    ),
    HubCheck(
        id="shaper",
        title="The contracted rate",
        reads=Shaper.kind,
        criterion="Rates equal to the contract",
        source=f"{NOTE}: capacity",
        judge=held_as_intended(Shaper),
    ),
    HubCheck(
        id="sftp",
        title="The account on the file server",
        reads=SftpAccount.kind,
        criterion="Keys, source address and directories equal to the intent",
        source=f"{NOTE}: SFTP after notification of an access key",
        judge=held_as_intended(SftpAccount),
    ),
)

ORPHANS: Final = Check(
    id="orphans",
    title="What the intent does not know",
    reads="everything in our territory, and every SA with our token",
    criterion="None",
    source="A partner who left keeps no way in",
)

BYPASS: Final = Check(
    id="bypass",
    title="What others put on the hub that leads past its filter",
    reads="foreign",
    criterion=(
        "No route of others decides where an official address is, no tunnel of others takes its "
        "packets, and nothing lets packets pass unseen or changes them first"
    ),
    source="A partner has the way in that the intent gives it, and no other",
)

PROOF: Final = Check(
    id="proof",
    title="The one-official-IP rule, proven of the filters as they were read back",
    reads=PartnerFilter.kind,
    criterion="No packet passes but from the official address to an authorised flow",
    source=f"{NOTE}: one single official IP address",
)


def check_hub(desired: DeviceState, reading: Reading) -> tuple[Finding, ...]:
    """One finding for each check on each subject of *desired*, for each orphan and each bypass."""
    comparison = Comparison(desired, reading)
    found = [f for view in views(desired, reading, comparison) for f in _check(view)]
    found += proofs(PROOF.id, desired, reading)
    found += orphans(ORPHANS.id, desired, reading, comparison.explains)
    found += bypasses(BYPASS, desired, reading)
    return tuple(sorted(found, key=lambda each: each.order))


def _check(view: View) -> Iterator[Finding]:
    for check in CHECKS:
        if check.of_hub != (view.partner is None):
            continue
        judgement = check.judge(view)
        yield Finding(
            check=check.id,
            verdict=judgement.verdict,
            hub=view.reading.hub,
            partner=view.partner,
            connection=view.connection,
            expected=judgement.expected,
            observed=judgement.observed,
            reason=judgement.reason,
            origin=view.origin(check.reads),
            evidence=view.reading.commands.get(check.reads, ""),
        )
