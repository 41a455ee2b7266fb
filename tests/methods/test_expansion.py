"""What each method makes of a partner's file, on the hub where it ends."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import IntentError
from ksz_netops.inventory.desired import desired_state, permits_of, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.methods import METHODS
from ksz_netops.state.resources import (
    BundlePort,
    E1Port,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Perimeter,
    Permit,
    Protocol,
    Resource,
    Route,
    Secret,
    SftpAccount,
    Shaper,
    Tunnel,
    TunnelEnd,
)
from support.inventories import GOOD, Inventory

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import DeviceState

TODAY = date(2026, 11, 24)
WEB = Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443))
INTENT = load_intent(GOOD)


def secrets_of(intent: Intent) -> dict[str, Secret]:
    return {
        name: Secret(name=name, fingerprint="0" * 16)
        for partner in intent.partners
        for connection in partner.connections
        for name in connection.secret_names()
    }


def state_of(hub: str, intent: Intent = INTENT, on: date = TODAY) -> DeviceState:
    return desired_state(intent, hub, secrets=secrets_of(intent), on=on)


def owned(hub: str, token: str) -> dict[type[Resource], list[Resource]]:
    found: dict[type[Resource], list[Resource]] = {}
    for resource in state_of(hub):
        if resource.owner == Owner(token):
            found.setdefault(type(resource), []).append(resource)
    return found


def test_there_are_five_methods() -> None:
    assert list(METHODS) == ["explore", "ipsec_vpn", "leased_line", "private_network", "sftp"]


def test_a_leased_line_is_a_handoff_with_a_route_a_filter_and_a_rate() -> None:
    line = EthernetPort("line1")
    owner, official = Owner("KSZ-P00001-S1"), ip_address("198.51.100.1")

    assert owned("hub-bru-1", "KSZ-P00001-S1") == {
        Handoff: [Handoff(owner=owner, port=line, addresses=(ip_interface("192.0.2.129/30"),))],
        Route: [
            Route(
                owner=owner,
                official=official,
                hops=(Hop(port=line, next_hop=ip_address("192.0.2.130")),),
            )
        ],
        PartnerFilter: [
            PartnerFilter(
                owner=owner,
                official=official,
                entries=(Entry(way=line),),
                permits=(
                    Permit(ip_network("192.0.2.10/32"), Protocol.ICMP),
                    WEB,
                    Permit(ip_network("192.0.2.20/32"), Protocol.TCP, (8443, 8443)),
                ),
            )
        ],
        Shaper: [
            Shaper(owner=owner, number=1, official=official, rates_kbps=((line, 2048),)),
        ],
    }


def test_two_equal_lines_share_the_load_each_at_its_rate() -> None:
    found = owned("hub-bru-1", "KSZ-P00002-S1")

    (route,), (shaper,) = found[Route], found[Shaper]
    assert isinstance(route, Route)
    assert isinstance(shaper, Shaper)
    assert [hop.preference for hop in route.hops] == [10, 10]
    assert shaper.rates_kbps == ((EthernetPort("line2"), 1024), (EthernetPort("line3"), 1024))
    assert len(found[Handoff]) == 2


def test_the_backup_line_is_preferred_less_and_the_filter_takes_both() -> None:
    found = owned("hub-bru-2", "KSZ-P00003-S1")

    (route,), (admitted,) = found[Route], found[PartnerFilter]
    assert isinstance(route, Route)
    assert isinstance(admitted, PartnerFilter)
    assert {str(hop.port): hop.preference for hop in route.hops} == {"line1": 10, "line2": 11}
    assert {str(entry.way) for entry in admitted.entries} == {"line1", "line2"}


def test_lines_over_two_hubs_put_on_each_hub_what_ends_there(tmp_path: Path) -> None:
    inventory = Inventory.copy(tmp_path / "inv")
    inventory.edit(
        "partners/P00003.yml",
        "- hub: hub-bru-2\n        attachment: line2",
        "- hub: hub-gen-1\n        attachment: line1",
    )
    intent = load_intent(inventory.folder)

    routes = {
        hub: [hop.preference for each in state_of(hub, intent).of_partner("P00003")
              if isinstance(each, Route) for hop in each.hops]
        for hub in intent.hubs
    }  # fmt: skip

    assert routes == {"hub-bru-1": [], "hub-bru-2": [10], "hub-gen-1": [11], "sftp-1": []}


def test_a_bundle_is_one_port_with_one_link_and_the_sum_of_the_rates() -> None:
    bundle = BundlePort(11, (E1Port("0/1/0"), E1Port("0/1/1")))
    found = owned("hub-gen-1", "KSZ-P00011-S1")

    (handoff,), (shaper,) = found[Handoff], found[Shaper]
    assert isinstance(handoff, Handoff)
    assert isinstance(shaper, Shaper)
    assert handoff.port == bundle
    assert handoff.addresses == (ip_interface("192.0.2.193/30"),)
    assert shaper.rates_kbps == ((bundle, 3968),)


def test_a_fraction_of_an_e1_keeps_its_timeslots_and_channel_group() -> None:
    (handoff,) = owned("hub-gen-1", "KSZ-P00016-S1")[Handoff]

    assert isinstance(handoff, Handoff)
    assert handoff.port == E1Port("0/1/2", 1, (1, 16))


def test_explore_is_a_line_too() -> None:
    (shaper,) = owned("hub-bru-2", "KSZ-P00004-S1")[Shaper]

    assert isinstance(shaper, Shaper)
    assert shaper.rates_kbps == ((EthernetPort("explore1"), 2000),)


def test_members_of_one_network_share_its_handoff_and_are_bound_to_their_routers() -> None:
    (handoff,) = owned("hub-bru-1", "KSZ-NET-FEDMAN")[Handoff]
    entries = [
        entry
        for partner in ("P00005", "P00006")
        for each in state_of("hub-bru-1").of_partner(partner)
        if isinstance(each, PartnerFilter)
        for entry in each.entries
    ]

    assert isinstance(handoff, Handoff)
    assert handoff.addresses == (ip_interface("192.0.2.161/28"),)
    assert entries == [
        Entry(way=EthernetPort("fedman0"), layer2="02:00:5e:00:53:05"),
        Entry(way=EthernetPort("fedman0"), layer2="02:00:5e:00:53:06"),
    ]


def test_a_member_with_a_vlan_of_its_own_has_its_own_handoff() -> None:
    (handoff,) = owned("hub-gen-1", "KSZ-P00013-S1")[Handoff]

    assert isinstance(handoff, Handoff)
    assert handoff.port == EthernetPort("GigabitEthernet0/0/3", 513)


def test_where_the_carrier_tells_partners_apart_no_address_is_asked_for() -> None:
    (admitted,) = owned("hub-gen-1", "KSZ-P00014-S1")[PartnerFilter]

    assert isinstance(admitted, PartnerFilter)
    assert admitted.entries == (Entry(way=EthernetPort("GigabitEthernet0/0/4")),)
    assert admitted.permits == ()


def test_a_tunnel_has_the_extranet_on_our_side_and_the_one_address_on_the_other() -> None:
    found = owned("hub-bru-1", "KSZ-P00007-S1")

    (tunnel,), (shaper,) = found[Tunnel], found[Shaper]
    assert isinstance(tunnel, Tunnel)
    assert isinstance(shaper, Shaper)
    assert tunnel.local == ip_address("203.0.113.1")
    assert tunnel.peer == tunnel.official == ip_address("203.0.113.77")
    assert tunnel.local_prefixes == (ip_network("192.0.2.0/25"),)
    assert tunnel.crypto.name == "baseline"
    assert shaper.rates_kbps == ((TunnelEnd(7), 256),)
    assert Route not in found


def test_a_backup_tunnel_has_its_own_number_and_a_higher_preference() -> None:
    (tunnel,) = owned("hub-gen-1", "KSZ-P00015-S2")[Tunnel]

    assert isinstance(tunnel, Tunnel)
    assert (tunnel.number, tunnel.preference) == (60015, 50)


def test_an_sftp_account_takes_its_number_from_both_ids() -> None:
    (account,) = owned("sftp-1", "KSZ-P00012-S2")[SftpAccount]

    assert isinstance(account, SftpAccount)
    assert account.number == 1202
    assert account.official == ip_address("203.0.113.112")
    assert [key.algorithm for key in account.keys] == ["ssh-ed25519"]


def test_the_perimeter_is_the_hubs() -> None:
    perimeters = {
        hub: each for hub in INTENT.hubs for each in state_of(hub) if isinstance(each, Perimeter)
    }

    assert {str(each.owner) for each in perimeters.values()} == {"KSZ-HUB"}
    assert perimeters["hub-bru-1"].internet == EthernetPort("wan0")
    assert perimeters["sftp-1"].extranet is None
    assert perimeters["sftp-1"].file_service
    assert perimeters["hub-gen-1"].management_sources == (ip_network("192.0.2.248/29"),)


@pytest.mark.parametrize(("day", "opened"), [(date(2027, 12, 31), True), (date(2028, 1, 1), False)])
def test_a_flow_is_open_until_its_last_day_and_not_the_day_after(
    day: date, *, opened: bool
) -> None:
    partner = next(each for each in INTENT.partners if each.id == "P00007")

    assert (WEB in permits_of(INTENT, partner, day)) is opened


def test_every_resource_of_a_partner_says_where_it_was_asked_for() -> None:
    for hub in INTENT.hubs:
        for resource in state_of(hub):
            assert resource.origin is not None
            if resource.owner.partner:
                assert resource.origin.file.endswith(f"partners/{resource.owner.partner}.yml")


def test_all_missing_secrets_are_said_at_once_with_their_places() -> None:
    with pytest.raises(IntentError) as refused:
        desired_state(INTENT, "hub-gen-1", secrets={}, on=TODAY)

    assert [(each.code, str(each.origin)[-17:]) for each in refused.value.problems] == [
        ("KSZ603", "s/P00012.yml:13:5"),
        ("KSZ603", "s/P00015.yml:24:5"),
    ]


def test_a_hub_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(IntentError, match="no hub 'hub-x'; use one of: hub-bru-1"):
        state_of("hub-x")


def test_the_files_that_reach_a_hub_are_looked_for_in_the_inventory() -> None:
    target = target_of(INTENT, "hub-bru-2", GOOD)

    assert (target.address, target.port, target.user) == ("127.0.0.1", 22102, "root")
    assert target.private_key == GOOD / ".lab/id_ed25519"
