"""Each statement of a configuration in turn is taken away, changed, or doubled with a change."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import Reading
from ksz_netops.compliance.statements import statements
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.state.observations import Observations
from ksz_netops.state.resources import Secret

if TYPE_CHECKING:
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.platforms import Platform
    from ksz_netops.state.resources import DeviceState

INVENTORY = Path(__file__).parents[2] / "inventory"
INTENT = load_intent(INVENTORY)
SECRETS = {
    name: Secret(name=name, fingerprint="0123456789abcdef")
    for partner in INTENT.partners
    for connection in partner.connections
    for name in connection.secret_names()
}
HUBS = sorted(INTENT.hubs)


def desired_of(hub: str) -> DeviceState:
    return desired_state(INTENT, hub, secrets=SECRETS, on=date(2026, 11, 24))


def platform_of(hub: str) -> Platform:
    return platforms()[INTENT.hubs[hub].platform]


def text_of(hub: str) -> list[str]:
    return sorted(statements(platform_of(hub).render(desired_of(hub))))


def checked(hub: str, configuration: list[str]) -> tuple[Finding, ...]:
    platform = platform_of(hub)
    reading = Reading(
        hub=hub,
        state=platform.parse("".join(f"{each}\n" for each in configuration)),
        observations=Observations(),
        render=platform.render,
    )
    findings = check_hub(desired_of(hub), reading)
    return tuple(each for each in findings if each.check not in {"tunnel-up", "port"})


def wrong(findings: tuple[Finding, ...]) -> list[Finding]:
    return [each for each in findings if each.verdict is Verdict.VIOLATED]


@pytest.mark.parametrize("hub", HUBS)
def test_the_whole_configuration_is_compliant(hub: str) -> None:
    assert wrong(checked(hub, text_of(hub))) == []


@pytest.mark.parametrize("hub", HUBS)
def test_no_statement_can_be_taken_away_unseen(hub: str) -> None:
    whole = text_of(hub)
    for gone in whole:
        found = wrong(checked(hub, [each for each in whole if each != gone]))

        assert found, gone
        partners = set(re.findall(r"KSZ-(P\d{5})", gone))
        # What several share may be said of the hub.
        if len(partners) == 1:
            assert partners <= {each.partner for each in found}, gone


@pytest.mark.parametrize("hub", ["hub-bru-1", "sftp-1"])
def test_no_statement_can_be_added_with_another_number_unseen(hub: str) -> None:
    whole = text_of(hub)
    for position, statement in enumerate(whole):
        numbers = list(re.finditer(r"\d+", statement))
        if not numbers:
            continue
        number = numbers[position % len(numbers)]
        other = str(int(number[0]) ^ 1)
        mutant = statement[: number.start()] + other + statement[number.end() :]
        if mutant not in whole:
            assert wrong(checked(hub, [*whole, mutant])), mutant


@pytest.mark.parametrize("hub", ["hub-bru-2", "sftp-1"])
def test_no_statement_can_be_changed_unseen(hub: str) -> None:
    whole = text_of(hub)
    for position, statement in enumerate(whole):
        numbers = list(re.finditer(r"\d+", statement))
        if not numbers:
            continue
        number = numbers[(position + 1) % len(numbers)]
        other = str(int(number[0]) ^ 1)
        mutant = statement[: number.start()] + other + statement[number.end() :]
        if mutant not in whole:
            rest = [each for each in whole if each != statement]
            assert wrong(checked(hub, [*rest, mutant])), mutant


def test_a_filter_without_its_entry_names_the_entry_and_makes_no_orphans() -> None:
    hub = "hub-bru-1"
    whole = text_of(hub)
    entry = next(each for each in whole if each.startswith('element line_in4 { "line1"'))

    found = wrong(checked(hub, [each for each in whole if each != entry]))

    assert {(each.subject, each.check) for each in found} == {
        ("P00001 S1", "filter"),
        ("P00001 S1", "flows"),
    }
    assert {each.reason for each in found} == {f"incomplete: `{entry}` missing"}


def test_a_tunnel_with_a_wider_selector_names_both_selectors_and_makes_no_orphans() -> None:
    hub = "hub-bru-1"
    wider = [
        each.replace("remote_ts = 203.0.113.77/32", "remote_ts = 203.0.113.0/24")
        for each in text_of(hub)
    ]

    found = wrong(checked(hub, wider))

    assert [(each.subject, each.check) for each in found] == [("P00007 S1", "tunnel")]
    assert "`remote_ts = 203.0.113.0/24`, intended `remote_ts = 203.0.113.77/32`" in (
        found[0].reason
    )


def test_a_shaper_with_another_rate_names_both_rates_and_makes_no_orphans() -> None:
    hub = "hub-bru-2"
    slower = [re.sub(r"^(class line1 4b5a:3 rate )2000", r"\g<1>1000", e) for e in text_of(hub)]

    found = wrong(checked(hub, slower))

    assert [(each.subject, each.check) for each in found] == [("P00003 S1", "shaper")]
    assert re.search(r"rate 1000kbit .*, intended .* rate 2000kbit", found[0].reason)


def test_of_two_strays_in_one_place_the_second_is_an_orphan() -> None:
    hub = "hub-bru-1"
    whole = text_of(hub)
    entry = next(each for each in whole if each.startswith('element line_in4 { "line1"'))
    others = [entry.replace("198.51.100.1 ", f"198.51.100.{last} ") for last in (98, 99)]

    found = wrong(checked(hub, [each for each in whole if each != entry] + others))

    told = " ".join(each.reason for each in found)
    assert all(other in told for other in others)
    assert "orphans" in {each.check for each in found}


def test_text_is_cut_into_statements_at_lines_that_are_not_indented() -> None:
    text = "a 1\nblock {\n  b\n  c {\n    d\n  }\n}\ne 2\ninterface x\n ip y\n!\n"

    assert statements(text) == {
        "a 1",
        "block {\n  b\n  c {\n    d\n  }\n}",
        "e 2",
        "interface x\n ip y\n!",
    }


def test_a_changed_rate_is_observed_and_what_others_share_is_not_called_missing() -> None:
    whole = text_of("hub-bru-1")
    [rate] = [each for each in whole if each.startswith("class line1 ")]
    changed = re.sub(r"rate \d+kbit", "rate 9000kbit", rate)

    findings = checked("hub-bru-1", [*(each for each in whole if each != rate), changed])

    [shaper] = [each for each in wrong(findings) if each.check == "shaper"]
    assert shaper.observed == changed
    assert shaper.reason == f"incomplete: `{changed}`, intended `{rate}`"


def test_the_command_to_look_with_names_the_ports_of_the_partner() -> None:
    platform = platform_of("hub-bru-1")
    desired = desired_of("hub-bru-1")
    reading = Reading(
        hub="hub-bru-1",
        state=desired,
        observations=Observations(),
        commands={"shaper": "tc -s class show dev PORT; nft list table inet ksz"},
        render=platform.render,
    )

    shown = {
        each.evidence
        for each in check_hub(desired, reading)
        if each.check == "shaper" and each.partner == "P00002"
    }
    assert shown == {
        "tc -s class show dev line2; tc -s class show dev line3; nft list table inet ksz"
    }
