"""Plans that say one thing and do another, and plans that nobody's inventory asks for."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.approval.admission import doubts
from ksz_netops.change.approval.inputs import admission_inputs
from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.change.plan.plan import read_plan
from ksz_netops.errors import RefusedError
from ksz_netops.platforms import platforms
from ksz_netops.state.resources import DeviceState, PartnerFilter, Permit, Protocol
from support.change_desk import key_of
from support.change_site import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.change.plan.plan import HubPlan, Plan
    from support.change_site import Site

EVERYTHING = Permit(ip_network("192.0.2.0/25"), Protocol.TCP, (1, 65535))
HUB = "hub-bru-1"


def honest(site: Site) -> Plan:
    """A plan for another rate of one partner."""
    site.edit("partners/P00005.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    return site.plan()


def opened(state: DeviceState, partner: str = "P00005") -> DeviceState:
    """*state*, with everything open to *partner*."""
    return DeviceState.of(
        dataclasses.replace(each, permits=(EVERYTHING,))
        if isinstance(each, PartnerFilter) and each.owner.partner == partner
        else each
        for each in state
    )


def forged(site: Site, intended: Callable[[DeviceState], DeviceState]) -> Plan:
    """A plan in perfect form, by this program, for what *intended* makes of the hub's state."""
    was = honest(site)
    running = site.hubs[HUB].running
    return make_plan(
        [
            Planned(
                name=HUB,
                platform=platforms()["linux"],
                running=running,
                intended=intended(was.hubs[0].applied_to(running)),
            )
        ],
        author="alice",
        made_at=was.made_at,
        not_after=was.not_after,
        intent=was.intent,
        record=was.record,
    )


def test_the_approver_of_an_honest_plan_sees_first_that_nobody_gains_anything(site: Site) -> None:
    path = site.write(honest(site))

    shown = site.run("approve", str(path), "--key", str(key_of("bob")), "--yes")

    assert shown.exit_code == 0, shown.output
    first = shown.output.splitlines()[0]
    assert first == f"{HUB}: No partner gains or loses anything that it may reach."
    assert "tc class change" in shown.output or "tc -batch" in shown.output


def test_the_approver_of_another_permit_sees_first_who_gains_it_and_what(site: Site) -> None:
    site.edit("partners/P00005.yml", "to: crossroads-messages", "to: dimona-web")

    path = site.write(site.plan())
    shown = site.run("approve", str(path), "--key", str(key_of("bob")), "--yes")

    assert shown.output.startswith(f"{HUB}: P00005 (")
    assert "gains" in shown.output.splitlines()[0]
    assert "loses" in shown.output.splitlines()[1]


def test_a_plan_that_opens_what_no_file_asks_for_is_refused_to_its_approver(site: Site) -> None:
    path = site.write(forged(site, opened))

    seen = site.run("approve", str(path), "--key", str(key_of("bob")), "--yes")

    assert isinstance(seen.exception, RefusedError)
    assert {each.code for each in seen.exception.problems} == {"KSZ936"}
    assert not path.with_name("plan.json.bob.sig").exists()


def test_a_plan_that_opens_what_no_file_asks_for_is_not_applied_although_approved(
    site: Site,
) -> None:
    before = site.held()
    path = site.write(forged(site, opened), "bob")

    with pytest.raises(RefusedError, match="KSZ936"):
        site.apply(path)

    assert site.held() == before


def test_a_plan_has_no_field_in_which_it_could_say_what_it_does(site: Site) -> None:
    plan = honest(site)
    written = plan.model_dump(mode="json")

    assert written["hubs"][0].keys() == {
        *("hub", "platform", "before", "after", "goes", "comes", "stays")
    }


def test_what_a_plan_claims_that_the_hub_holds_is_compared_with_the_hub(site: Site) -> None:
    """The filter already is as the forger wants it, he says, so that nobody seems to gain."""
    part = honest(site).hubs[0]
    running = site.hubs[HUB].running
    lying = part.model_copy(update={"stays": tuple(opened(_kept(part)).resources)})

    with pytest.raises(RefusedError, match="KSZ903"):
        lying.applied_to(running)


def _kept(part: HubPlan) -> DeviceState:
    return DeviceState.of(part.stays)


def without_shaper(state: DeviceState) -> DeviceState:
    return DeviceState.of(
        each for each in state if (each.kind, each.owner.partner) != ("shaper", "P00005")
    )


def of_another_partner(state: DeviceState) -> DeviceState:
    return opened(state, "P00007")


def taking_a_partner_off(state: DeviceState) -> DeviceState:
    return DeviceState.of(each for each in state if each.owner.partner != "P00007")


@pytest.mark.parametrize(
    "forge", [opened, without_shaper, of_another_partner, taking_a_partner_off]
)
def test_whatever_the_inventory_does_not_ask_for_is_doubted(
    site: Site, forge: Callable[[DeviceState], DeviceState]
) -> None:
    plan = forged(site, forge)
    workspace = site.workspace()
    inputs = admission_inputs(site.inventory, workspace.intent, workspace.record)

    codes = {problem.code for problem in doubts(read_plan(plan.as_bytes()), inputs)}

    assert codes & {"KSZ936", "KSZ931"}


def test_a_used_plan_is_not_applied_again_by_naming_another_record(site: Site) -> None:
    old = site.held()
    path = site.write(honest(site), "bob")
    assert site.apply(path).done
    for name, hub in site.hubs.items():
        hub.running = hub.startup = old[name]

    with pytest.raises(RefusedError, match="KSZ937"):
        site.apply(path, record=site.inventory.parent / "elsewhere")
    with pytest.raises(RefusedError, match="KSZ930"):
        site.apply(path)


def test_a_change_and_its_undoing_follow_from_the_record(site: Site) -> None:
    old = site.held()
    assert site.apply(site.write(honest(site), "bob")).done
    begun = next(each for each in site.workspace().record.entries() if each.event == "begun")

    shown = site.run(
        "revert",
        str(begun.number),
        "--key",
        str(key_of("alice")),
        "-o",
        str(site.inventory.parent / "undo.json"),
    )
    assert shown.exit_code == 2, shown.output
    plan = read_plan((site.inventory.parent / "undo.json").read_bytes())
    assert plan.undoes == begun.number
    assert site.apply(site.write(plan, "bob", name="undo.json")).done
    assert site.held() == old


def test_a_plan_that_claims_to_undo_an_entry_may_do_nothing_else(site: Site) -> None:
    assert site.apply(site.write(honest(site), "bob")).done
    begun = next(each for each in site.workspace().record.entries() if each.event == "begun")
    running = site.hubs[HUB].running
    plan = make_plan(
        [
            Planned(
                name=HUB,
                platform=platforms()["linux"],
                running=running,
                intended=opened(running),
            )
        ],
        author="alice",
        made_at=now(),
        not_after=site.plan(author="alice").not_after,
        intent={},
        undoes=begun.number,
    )
    workspace = site.workspace()
    inputs = admission_inputs(site.inventory, workspace.intent, workspace.record)

    problems = list(inputs.provenance(plan))

    assert [problem.code for problem in problems] == ["KSZ936"]
