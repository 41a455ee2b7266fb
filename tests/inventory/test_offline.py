"""What the inventory asks for, seen before any hub is reached."""

from __future__ import annotations

import dataclasses
import subprocess
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import IntentError, KszError
from ksz_netops.inventory.comparison import compared
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.reasons import reasons
from ksz_netops.inventory.rendering import UnopenedVault, renderings
from ksz_netops.inventory.revision import intent_at
from ksz_netops.inventory.selection import Criteria, rows
from ksz_netops.platforms import platforms
from ksz_netops.state.diff import difference

if TYPE_CHECKING:
    from ksz_netops.intent.models import Intent

GOOD = Path(__file__).parents[2] / "inventory"
TODAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def intent() -> Intent:
    return load_intent(GOOD)


def without(intent: Intent, partner: str) -> Intent:
    staying = tuple(each for each in intent.partners if each.id != partner)
    return dataclasses.replace(intent, partners=staying)


def test_a_rendering_is_what_the_hub_must_hold(intent: Intent) -> None:
    found = list(renderings(intent, secrets=UnopenedVault(), on=TODAY))

    assert [each.hub for each in found] == sorted(intent.hubs)
    for each in found:
        state = desired_state(intent, each.hub, secrets=UnopenedVault(), on=TODAY)
        assert platforms()[each.platform].parse(each.text) == state


def test_a_partners_part_is_on_its_hubs_and_names_nobody_else(intent: Intent) -> None:
    partner = intent.partners[0]

    found = list(renderings(intent, secrets=UnopenedVault(), on=TODAY, subject=partner.id))

    assert {each.hub for each in found} == {
        hub for each in partner.connections for hub in each.hubs()
    }
    others = [each.id for each in intent.partners if each.id != partner.id]
    for each in found:
        assert partner.id in each.text.upper()
        assert [other for other in others if other in each.text.upper()] == []


def test_no_configuration_shows_a_key_and_an_unopened_vault_shows_zeros(intent: Intent) -> None:
    texts = [each.text for each in renderings(intent, secrets=UnopenedVault(), on=TODAY)]

    assert any("0" * 16 in text for text in texts)


def test_an_unknown_subject_is_refused_with_what_there_is(intent: Intent) -> None:
    with pytest.raises(IntentError, match=r"KSZ115.*hub-bru-9.*did you mean hub-bru-"):
        list(renderings(intent, secrets=UnopenedVault(), on=TODAY, subject="hub-bru-9"))


def test_every_line_of_every_hub_has_a_reason_with_a_place(intent: Intent) -> None:
    for each in renderings(intent, secrets=UnopenedVault(), on=TODAY):
        # A sample of each hub: a line in eleven, and all kinds of statements over all hubs.
        for line in [line for line in each.text.splitlines() if line.strip(" !{}")][::11]:
            found = reasons(intent, each.hub, line, TODAY)
            assert found, f"{each.hub}: {line}"
            assert any(reason.origin for reason in found), f"{each.hub}: {line}"


def test_a_line_of_a_flow_names_the_flow_and_no_other(intent: Intent) -> None:
    partner = next(each for each in intent.partners if len(each.flows) > 1)
    (hub, *_) = (name for each in partner.connections for name in each.hubs())
    flow = partner.flows[0]
    permit = next(intent.extranet.services[flow.to].permits(partner.official_ip.version))
    line = f"{partner.official_ip} . {permit.destination.network_address} . "

    found = reasons(intent, hub, line, TODAY)

    flows = {each.what.split(",")[0] for each in found if each.what.startswith("flow")}
    assert f"flow to {flow.to}" in flows


def test_nothing_asks_for_a_line_that_is_not_there(intent: Intent) -> None:
    assert reasons(intent, "hub-bru-1", "permit ip any any", TODAY) == ()


def test_rows_are_those_that_all_criteria_admit(intent: Intent) -> None:
    every = list(rows(intent, Criteria(), TODAY))
    assert len(every) == sum(len(partner.connections) for partner in intent.partners)

    some = list(rows(intent, Criteria(methods=["ipsec_vpn"], hubs=["hub-bru-1"]), TODAY))

    assert some
    assert some == [row for row in every if row.method == "ipsec_vpn" and "hub-bru-1" in row.hubs]


def test_what_ends_soon_is_found_until_its_last_day(intent: Intent) -> None:
    ends = min(row.next_end for row in rows(intent, Criteria(), TODAY) if row.next_end)
    within = Criteria(expiring_within=timedelta(days=0))

    assert [row.next_end for row in rows(intent, within, ends)] == [ends]
    assert list(rows(intent, within, ends + timedelta(days=1))) == []


def test_an_inventory_does_not_differ_from_itself(intent: Intent) -> None:
    found = compared(intent, intent, TODAY)

    assert not found
    assert found.access == ()
    assert found.risks == ()


@pytest.mark.parametrize("partner", ["P00001", "P00007", "P00009", "P00011", "P00014"])
def test_a_comparison_says_what_a_plan_would(intent: Intent, partner: str) -> None:
    less = without(intent, partner)

    found = compared(less, intent, TODAY)

    for hub in intent.hubs:
        old, new = (
            desired_state(each, hub, secrets=UnopenedVault(), on=TODAY) for each in (less, intent)
        )
        said = [each.changes for each in found.hubs if each.hub == hub]
        assert said == ([tuple(difference(old, new).lines())] if old != new else [])
    assert {each.partner for each in found.access} == {partner}
    assert all(each.gains and not each.loses for each in found.access)


@pytest.mark.parametrize("partner", ["P00001", "P00009", "P00011"])
def test_the_lines_that_go_and_come_turn_one_configuration_into_the_other(
    intent: Intent, partner: str
) -> None:
    less = without(intent, partner)
    texts = [
        {each.hub: each.text for each in renderings(every, secrets=UnopenedVault(), on=TODAY)}
        for every in (intent, less)
    ]

    for change in compared(intent, less, TODAY).hubs:
        old, new = (
            Counter(line for line in text[change.hub].splitlines() if line.strip(" !"))
            for text in texts
        )
        goes = Counter(line[2:] for line in change.configuration if line.startswith("- "))
        comes = Counter(line[2:] for line in change.configuration if line.startswith("+ "))
        assert old - goes + comes == new


def test_what_a_person_must_look_at_first_is_said(intent: Intent) -> None:
    first, second, *rest = intent.partners
    changed = dataclasses.replace(
        intent,
        partners=(
            first.model_copy(update={"flows": ()}),
            second.model_copy(update={"official_ip": first.official_ip + 200}),
            *rest[1:],
        ),
    )

    risks = "\n".join(compared(intent, changed, TODAY).risks)

    assert f"{first.id} keeps its connection and reaches nothing any more" in risks
    assert f"{second.id} gets another official address: {second.official_ip}" in risks
    assert f"{rest[0].id} leaves" in risks


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)  # noqa: S603, S607 - fixed


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    inventory = tmp_path / "our extranet" / "inventory"
    inventory.mkdir(parents=True)
    subprocess.run(["cp", "-r", f"{GOOD}/.", str(inventory)], check=True)  # noqa: S603, S607 - fixed
    git(inventory.parent, "init", "--quiet")
    git(inventory.parent, "add", ".")
    git(inventory.parent, "commit", "--quiet", "-m", "first")
    return inventory


def test_an_inventory_is_read_as_it_was_at_a_revision(clone: Path, intent: Intent) -> None:
    (clone / "partners/P00001.yml").unlink()

    assert intent_at(clone, "HEAD") == intent
    assert intent_at(clone, None) == without(intent, "P00001")
    assert intent_at(clone, str(GOOD)) == intent


def test_what_was_wrong_then_is_named_at_its_place_then(clone: Path) -> None:
    file = clone / "partners/P00001.yml"
    file.write_text(file.read_text().replace("official_ip: 198.51.100.1\n", "official_ip: 1\n"))
    git(clone, "commit", "--quiet", "-a", "-m", "wrong")

    with pytest.raises(IntentError) as refused:
        intent_at(clone, "HEAD")

    (place,) = {problem.origin.file for problem in refused.value.problems if problem.origin}
    assert place == f"HEAD:{clone}/partners/P00001.yml"


@pytest.mark.parametrize("revision", ["nosuch", "--upload-pack=x", "HEAD:inventory", ""])
def test_a_revision_that_is_none_is_refused(clone: Path, revision: str) -> None:
    with pytest.raises(KszError, match="KSZ707"):
        intent_at(clone, revision)


def test_a_folder_that_was_not_there_yet_is_refused(clone: Path) -> None:
    later = clone.parent / "later"
    later.mkdir()

    with pytest.raises(KszError, match=r"KSZ707 at HEAD there was no folder"):
        intent_at(later, "HEAD")
