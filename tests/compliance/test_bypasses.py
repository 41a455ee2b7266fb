"""What others put on a hub is no fault, unless it leads a partner's packets past our filter."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.state.observations import Detour, Foreign, ForeignRoute, ForeignTunnel
from ksz_netops.state.resources import DeviceState, Owner
from support.sample_states import ALL_UP, HUB, VPN_FILTER


def bypasses(foreign: Foreign | None, hub: DeviceState = HUB) -> list[Finding]:
    reading = Reading(
        hub="hub-a", state=hub, observations=dataclasses.replace(ALL_UP, foreign=foreign)
    )
    return [each for each in check_hub(hub, reading) if each.check == "bypass"]


def route(destination: str, *, decides: bool = False) -> Foreign:
    found = ForeignRoute(
        destination=ip_network(destination), decides=decides, statement=f"route {destination}"
    )
    return Foreign(routes=(found,))


def tunnel(local: str, remote: str) -> Foreign:
    found = ForeignTunnel(
        local=ip_network(local), remote=ip_network(remote), statement=f"{local} === {remote}"
    )
    return Foreign(tunnels=(found,))


@pytest.mark.parametrize(
    ("foreign", "partner"),
    [
        (route("198.51.100.5/32"), "P00005"),
        (route("198.51.100.0/24", decides=True), "P00005"),
        (route("0.0.0.0/0", decides=True), "P00005"),
        (tunnel("192.0.2.0/28", "198.51.100.0/28"), "P00005"),
        (tunnel("0.0.0.0/0", "0.0.0.0/0"), "P00003"),
        (Foreign(detours=(Detour(statement="interface X", effect="lets in all"),)), None),
    ],
)
def test_another_way_is_a_violation_laid_to_whom_it_serves(
    foreign: Foreign, partner: str | None
) -> None:
    found = bypasses(foreign)

    assert {each.verdict for each in found} == {Verdict.VIOLATED}
    assert partner in {each.partner for each in found}
    assert all("not ours: `" in each.reason for each in found)


@pytest.mark.parametrize(
    "foreign",
    [
        Foreign(),
        route("0.0.0.0/0"),
        route("198.51.100.0/24"),
        route("198.51.100.4/32"),
        route("198.51.99.0/24", decides=True),
        route("2001:db8::/32", decides=True),
        tunnel("10.0.0.0/8", "198.51.100.5/32"),
        tunnel("192.0.2.0/25", "10.0.0.0/8"),
    ],
)
def test_what_leads_nobody_past_the_filter_is_no_fault(foreign: Foreign) -> None:
    assert [each.verdict for each in bypasses(foreign)] == [Verdict.COMPLIANT]


def test_it_is_laid_to_the_connection_unless_several_share_the_address() -> None:
    assert [each.connection for each in bypasses(route("198.51.100.5/32"))] == ["S1"]

    second = dataclasses.replace(VPN_FILTER, owner=Owner.of("P00005", "S2"))
    shared = DeviceState.of([*HUB, second])

    found = bypasses(route("198.51.100.5/32"), shared)
    assert [(each.partner, each.connection) for each in found] == [("P00005", None)]


def test_where_it_was_not_looked_for_the_verdict_is_unknown() -> None:
    assert [each.verdict for each in bypasses(None)] == [Verdict.UNKNOWN]


def test_each_thing_is_a_finding_of_its_own() -> None:
    twice = Foreign(
        detours=tuple(Detour(statement=f"interface {n}", effect="lets in all") for n in "XY")
    )

    assert [each.observed for each in bypasses(twice)] == ["interface X", "interface Y"]
