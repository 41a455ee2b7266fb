"""What others called like a thing of ours is reported, and told apart from what is ours."""

from __future__ import annotations

from dataclasses import replace

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Finding, Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.state.observations import Foreign, Observations
from support import ios_states

STATE = ios_states.state({5: ios_states.LINE})


def orphans(*namesakes: str) -> list[Finding]:
    seen = Observations(foreign=Foreign(namesakes=namesakes))
    reading = replace(Reading(hub="hub-gen-1", state=STATE), observations=seen)
    return [each for each in check_hub(STATE, reading) if each.check == "orphans"]


def test_a_thing_with_our_letters_alone_is_named_and_no_fault() -> None:
    (found,) = orphans("ip access-list standard KSZ-SNMP", "class-map match-any KSZ-VOICE")

    assert found.verdict is Verdict.COMPLIANT
    assert "KSZ-SNMP" in found.observed
    assert "1 more" in found.observed


def test_a_thing_with_the_name_of_a_partner_is_a_violation_of_that_partner() -> None:
    (found,) = orphans("interface Loopback7 / description KSZ-P00005-S1")

    assert found.verdict is Verdict.VIOLATED
    assert (found.partner, found.connection) == ("P00005", "S1")
    assert "never changed" in found.reason


def test_where_nobody_has_our_letters_nothing_is_said() -> None:
    (found,) = orphans()

    assert (found.verdict, found.observed) == (Verdict.COMPLIANT, "none")
