"""The proof as a check of the audit: certificates, packets that refute it, and honest doubt."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.errors import Problem
from ksz_netops.state.resources import DeviceState, Stray
from support.sample_states import ALL_UP, HUB, LINE_FILTER, PERIMETER


def proven(live: DeviceState | None) -> dict[str, Finding]:
    problems = () if live else (Problem(code="KSZ400", what="no answer", fix="see"),)
    reading = Reading(
        hub="hub-a",
        state=live,
        observations=ALL_UP,
        problems=problems,
        commands={"filter": "nft list table inet ksz"},
    )
    found = [each for each in check_hub(HUB, reading) if each.check == "proof"]
    return {each.subject: each for each in found}


def test_a_sound_hub_gives_each_connection_a_certificate_and_the_command_to_see_for_oneself() -> (
    None
):
    found = proven(HUB)

    assert set(found) == {"P00003 S1", "P00005 S1"}
    assert all(each.verdict is Verdict.COMPLIANT for each in found.values())
    assert "certificate " in found["P00003 S1"].observed
    assert found["P00003 S1"].evidence == "nft list table inet ksz"


def test_a_leak_is_violated_with_the_packet_that_passes() -> None:
    wrong = replace(LINE_FILTER, official=ip_address("198.51.100.2"))
    live = DeviceState.of([wrong, *(each for each in HUB if each != LINE_FILTER)])

    found = proven(live)["P00003 S1"]

    assert found.verdict is Verdict.VIOLATED
    assert "198.51.100.2" in found.observed
    assert "passes that must not" in found.reason
    assert found.expected.startswith("198.51.100.3 to ")


def test_what_was_not_read_or_not_understood_is_unknown() -> None:
    frameless = DeviceState.of(each for each in HUB if each != PERIMETER)
    strange = DeviceState(HUB.resources, (Stray("something", "not understood"),))

    for live in (None, frameless, strange):
        assert {each.verdict for each in proven(live).values()} == {Verdict.UNKNOWN}
