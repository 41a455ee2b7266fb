"""`provision`: the form of a change in which author and approver are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.fleet.result import Holds
from ksz_netops.change.hub.outcome import Status
from ksz_netops.change.reading import Scope
from ksz_netops.change.record.emergencies import unacknowledged
from ksz_netops.errors import RefusedError
from ksz_netops.signing.signers import read_signers
from ksz_netops.state.observations import Counter, Observations
from ksz_netops.state.resources import DeviceState, EthernetPort, PartnerFilter
from support.change_desk import key_of
from support.fake_session import Fault

if TYPE_CHECKING:
    from support.change_site import Site

FASTER = ("partners/P00005.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")


def events(site: Site) -> list[str]:
    return [entry.event for entry in site.workspace().record.entries()]


def test_a_direct_change_is_recorded_as_an_approved_one_is(site: Site) -> None:
    site.edit(*FASTER)

    result = site.provision()

    assert result.exit_code == 0
    assert {end.hub: end.status for end in result.ends if end.is_begun} == {
        "hub-bru-1": Status.CONFIRMED
    }
    assert events(site) == ["opened", "begun", "ended"]
    begun = list(site.workspace().record.entries())[1]
    assert begun.body["basis"] == "direct"
    assert begun.body["partners"] == ["P00005"]
    assert site.run("record verify").exit_code == 0


def test_where_nothing_is_to_do_nothing_is_recorded(site: Site) -> None:
    result = site.provision()

    assert result.exit_code == 0
    assert {end.status for end in result.ends} == {Status.UNCHANGED}
    assert events(site) == []


def test_a_policy_that_asks_for_an_approval_refuses_a_direct_change(site: Site) -> None:
    site.edit("approval.yml", "direct: allowed", "direct: refused")
    site.edit(*FASTER)
    before = site.held()

    refused = site.run("provision")

    assert isinstance(refused.exception, RefusedError)
    assert refused.exception.exit_code == 3
    assert "KSZ926" in str(refused.exception)
    assert "ksz-netops approve" in str(refused.exception)
    assert site.held() == before
    assert "begun" not in events(site)


def test_a_rule_that_asks_for_more_people_refuses_a_direct_change_too(site: Site) -> None:
    path = site.inventory / "approval.yml"
    path.write_text(f"{path.read_text('utf-8')}rules: [{{kinds: [shaper], approvers: 2}}]\n")
    site.edit(*FASTER)

    with pytest.raises(RefusedError, match="KSZ926"):
        site.provision()


def test_a_freeze_stops_a_direct_change(site: Site) -> None:
    path = site.inventory / "approval.yml"
    freeze = "freeze: [{from: 2020-01-01, until: 2099-12-31, reason: always}]\n"
    path.write_text(f"{path.read_text('utf-8')}{freeze}")
    site.edit(*FASTER)

    with pytest.raises(RefusedError, match="KSZ922"):
        site.provision()


def test_without_a_policy_a_direct_change_is_made(site: Site) -> None:
    (site.inventory / "approval.yml").unlink()
    site.edit(*FASTER)

    assert site.provision().done


def test_an_emergency_passes_by_the_policy_and_is_told_until_it_is_acknowledged(
    site: Site,
) -> None:
    site.edit("approval.yml", "direct: allowed", "direct: refused")
    site.edit(*FASTER)

    assert site.provision(emergency="the link of P00005 floods the hub").done

    record, signers = site.workspace().record, read_signers(site.inventory)
    (problem,) = unacknowledged(record, signers)
    assert problem.code == "KSZ957"
    assert "the link of P00005 floods the hub" in problem.what
    begun = next(each for each in record.entries() if each.event == "begun")
    stranger = site.run("record acknowledge", str(begun.number), "--key", str(key_of("mallory")))
    assert isinstance(stranger.exception, RefusedError)
    assert len(unacknowledged(record, signers)) == 1
    done = site.run("record acknowledge", str(begun.number), "--key", str(key_of("bob")))
    assert done.exit_code == 0, done.output
    assert unacknowledged(record, signers) == ()


def test_an_audit_tells_an_emergency_that_nobody_has_acknowledged(site: Site) -> None:
    site.edit(*FASTER)
    assert site.provision(emergency="the link floods").done

    told = site.run("audit", "--hub", "hub-bru-1")

    assert "KSZ957 hub-bru-1: changed in an emergency" in told.output


def test_a_hub_that_is_down_does_not_stop_the_others(site: Site) -> None:
    site.edit(*FASTER)
    site.edit("partners/P00008.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    site.hubs["hub-bru-1"].faults = dict.fromkeys(range(99), Fault.REFUSED)

    result = site.provision()

    ends = {end.hub: end.status for end in result.ends}
    assert ends["hub-bru-1"] is Status.FAILED
    assert Status.CONFIRMED in ends.values()
    assert result.exit_code == 1


def test_a_hub_found_wanting_is_rolled_back_and_the_others_stay_new(site: Site) -> None:
    site.edit(*FASTER)
    site.edit("partners/P00008.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    old = site.held()
    site.hubs["hub-bru-1"].faults = {12: Fault.CUT_OFF}

    result = site.provision()

    ends = {end.hub: end.holds for end in result.ends if end.is_begun}
    assert ends["hub-bru-1"] is Holds.OLD
    assert Holds.NEW in ends.values()
    assert result.exit_code == 4
    assert site.hubs["hub-bru-1"].startup == old["hub-bru-1"]
    assert not site.workspace().log(lambda: None).journal.is_open


def test_the_loss_of_an_untouched_partner_reverts_a_direct_change(site: Site) -> None:
    site.edit(*FASTER)
    hub = site.hubs["hub-bru-1"]
    lone = next(
        each
        for each in hub.running
        if isinstance(each, PartnerFilter)
        and each.owner.partner != "P00005"
        and isinstance(each.entries[0].way, EthernetPort)
    )
    way = str(lone.entries[0].way)
    passed = ((lone.owner.token, Counter(packets=10, octets=1000)),)
    hub.observations = Observations(admitted=passed)
    hub.observations_after = Observations(
        admitted=((lone.owner.token, Counter(packets=12, octets=1200)),),
        refused=(((way, lone.official), Counter(packets=5000, octets=500000)),),
    )

    result = site.provision()

    assert result.exit_code == 4
    assert "KSZ965" in " ".join(problem.code for problem in result.problems)


def test_one_partner_can_be_provisioned_alone(site: Site) -> None:
    site.edit(*FASTER)
    site.edit("partners/P00007.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")

    result = site.provision(Scope(partners=("P00005",)))

    assert {partner for end in result.ends for partner in end.partners} == {"P00005"}


def test_a_bad_checkout_takes_nobody_off(site: Site) -> None:
    before = site.held()
    for path in (site.inventory / "partners").glob("*.yml"):
        path.unlink()

    with pytest.raises(RefusedError, match="KSZ928") as refused:
        site.provision()

    assert "P00005, P00006" in str(refused.value)
    assert "KSZ927" in str(refused.value)
    assert site.held() == before


def test_one_vanished_file_is_named_and_may_be_meant(site: Site) -> None:
    (site.inventory / "partners/P00007.yml").unlink()

    with pytest.raises(RefusedError, match="KSZ928 P00007 would be taken off"):
        site.plan()
    done = site.run("provision", "--expect-removal", "P00007")

    assert done.exit_code == 0, done.output
    assert not any(
        each.owner.partner == "P00007" for state in site.held().values() for each in state
    )


def test_a_partner_that_was_off_boarded_may_go(site: Site) -> None:
    (site.inventory / "former").mkdir()
    (site.inventory / "partners/P00007.yml").rename(site.inventory / "former/P00007.yml")

    assert site.provision().done


def test_off_boarding_takes_off_one_partner_whose_file_still_exists(site: Site) -> None:
    result = site.provision(Scope(partners=("P00007",), without="P00007"))

    assert result.done
    assert not any(
        each.owner.partner == "P00007" for state in site.held().values() for each in state
    )
    assert site.provision(Scope(partners=("P00007",), without="P00007")).done
    assert DeviceState.of(site.hubs["hub-bru-1"].running).resources
