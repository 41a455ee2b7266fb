"""From resources to the lab's topology, without a lab."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ksz_netops
from ksz_netops.errors import LabError
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.lab.addressing import address_lines, device_lines, route_lines, undone
from ksz_netops.lab.claims import Kind, injections, passages
from ksz_netops.lab.derive import representatives, topology_of
from ksz_netops.lab.topology import EXTRANET, INTERNET, Line, Role
from ksz_netops.platforms import platforms
from ksz_netops.state.resources import EthernetPort, Handoff, Owner, Secret
from support.inventories import GOOD
from support.lab_states import HUB, OTHER_HUB, hub, intent, line, state, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ksz_netops.lab.topology import Topology
    from ksz_netops.state.resources import Resource

SAMPLE = Path(ksz_netops.__file__).parents[1] / "inventory"
ON = date(2026, 11, 24)


def topology(*resources: Iterable[Resource], **hubs: object) -> Topology:
    return topology_of(intent(**hubs), {HUB: state(*resources)})


def of_inventory(folder: Path) -> Topology:
    given = load_intent(folder)
    names = {
        name
        for partner in given.partners
        for connection in partner.connections
        for name in connection.secret_names()
    }
    secrets = {name: Secret(name=name, fingerprint="0" * 16) for name in names}
    states = {
        name: desired_state(given, name, secrets=secrets, on=ON)
        for name, each in given.hubs.items()
        if platforms()[each.platform].namespaced
    }
    # Where the hubs of a real network are managed from is not where a lab manages them.
    opened = {
        name: each.model_copy(
            update={"management": each.management.model_copy(update={"sources": ()})}
        )
        for name, each in given.hubs.items()
    }
    return topology_of(replace(given, hubs=opened), states)


def test_a_partner_on_a_line_becomes_a_site_at_the_far_end_of_it() -> None:
    site = topology(line(1, "198.51.100.1", "line1")).host("P00001")

    (link,) = site.links
    assert site.role is Role.SITE
    assert link.segment == f"{HUB}/line1"
    assert link.addresses == (ip_interface("192.0.2.130/30"),)
    assert site.loopback == (ip_address("198.51.100.1"),)
    assert next(iter(route_lines(site))) == (
        "route replace 192.0.2.0/25 src 198.51.100.1 metric 10 via 192.0.2.129 dev line0 onlink"
    )


def test_a_vpn_partner_stands_on_the_internet_with_its_peer_address() -> None:
    site = topology(tunnel(2, "198.51.100.2", "203.0.113.10")).host("P00002")

    (link,) = site.links
    assert link.segment == INTERNET
    assert link.addresses == (ip_interface("203.0.113.10/24"),)
    assert site.loopback == (ip_address("198.51.100.2"),)


def test_an_official_address_that_is_the_peer_stands_on_the_interface_only() -> None:
    site = topology(tunnel(2, "203.0.113.20", "203.0.113.20")).host("P00002")

    assert site.loopback == ()


def test_an_address_far_away_on_the_internet_is_reached_through_the_router() -> None:
    lab = topology(tunnel(2, "198.51.100.2", "100.64.0.9"))

    assert "route replace 100.64.0.9/32 dev net0" in route_lines(lab.host(INTERNET))
    assert "route replace 0.0.0.0/0 via 203.0.113.254 dev wan0 onlink" in route_lines(
        lab.host("P00002")
    )


def test_the_router_on_a_shared_interconnect_has_the_address_that_the_hub_expects() -> None:
    mac = "02:00:5e:00:53:06"
    lab = topology(line(6, "198.51.100.6", "fedman0", layer2=mac))

    assert lab.link("P00006", "line0").mac == mac


def test_a_vlan_is_a_device_of_its_own_at_the_site() -> None:
    lab = topology(line(4, "198.51.100.4", EthernetPort("line1", 512)))

    assert list(device_lines(lab.host("P00004"))) == [
        "link set line0 gso_max_segs 1 up",
        "link add link line0 name line0.512 type vlan id 512",
        "link set line0.512 up",
    ]


def test_equal_lines_share_one_route_and_a_backup_gets_a_worse_one() -> None:
    equal = topology(
        line(3, "198.51.100.3", "line1", also=("line2", 10)),
    ).host("P00003")
    backup = topology(line(3, "198.51.100.3", "line1", also=("line2", 20))).host("P00003")

    assert sum(line.count("nexthop") for line in route_lines(equal)) == 2 * 2
    assert [line.split("metric ")[1][:2] for line in route_lines(backup)] == [
        "10",
        "10",
        "20",
        "20",
    ]


def test_a_line_with_a_tunnel_as_backup_uses_the_line_first() -> None:
    site = topology(
        line(3, "198.51.100.3", "line1"), tunnel(3, "198.51.100.3", "203.0.113.9", preference=50)
    ).site("P00003")

    assert [isinstance(uplink.end, Line) for uplink in site.uplinks] == [True, False]


def test_the_extranet_answers_through_the_hub_that_the_partner_uses_first() -> None:
    lab = topology(line(1, "198.51.100.1", "line1"))

    assert "route replace 198.51.100.1/32 via 192.0.2.1 dev ext0 onlink" in route_lines(
        lab.host(EXTRANET)
    )


def test_a_prefix_is_played_by_its_first_and_last_free_host() -> None:
    taken = frozenset({ip_address("192.0.2.1")})

    found = representatives(ip_network("192.0.2.0/29"), taken)

    assert found == (ip_address("192.0.2.2"), ip_address("192.0.2.6"))


def test_handoff_ports_of_a_bare_hub_are_down_and_have_no_address() -> None:
    (port,) = (
        link
        for link in topology(line(1, "198.51.100.1", "line1")).host(HUB).links
        if link.interface == "line1"
    )

    assert (port.up, port.addresses) == (False, ())


def test_another_hub_changes_no_address_of_the_first() -> None:
    alone = topology().host(HUB)
    given = intent(**{OTHER_HUB: hub(21002)})
    both = topology_of(given, {HUB: state(), OTHER_HUB: state()}).host(HUB)

    assert alone == both


def test_two_hubs_on_one_management_port_are_refused_by_name() -> None:
    given = intent(**{OTHER_HUB: hub(21001)})

    with pytest.raises(LabError, match=f"{HUB} and {OTHER_HUB} are both managed"):
        topology_of(given, {HUB: state(), OTHER_HUB: state()})


def test_a_hub_managed_elsewhere_is_refused() -> None:
    given = intent(**{HUB: hub(22, "192.0.2.77")})

    with pytest.raises(LabError, match="KSZ506"):
        topology_of(given, {HUB: state()})


def test_a_hub_that_would_lock_the_lab_out_is_refused_before_it_boots() -> None:
    locked = intent(**{HUB: hub(21001, sources=("192.0.2.77/32",))})
    open_to_it = intent(**{HUB: hub(21001, sources=("192.0.2.77/32", "198.18.0.1/32"))})

    with pytest.raises(LabError, match=r"KSZ506 .*198\.18\.0\.1"):
        topology_of(locked, {HUB: state()})
    assert topology_of(open_to_it, {HUB: state()}).doors


def test_every_partner_of_the_sample_has_a_site_and_a_claim() -> None:
    given = load_intent(SAMPLE)
    lab = of_inventory(SAMPLE)
    linux = {name for name, each in given.hubs.items() if platforms()[each.platform].namespaced}
    expected = {
        partner.id
        for partner in given.partners
        if any(connection.hubs() & linux for connection in partner.connections)
    }

    assert {site.partner for site in lab.sites} == expected
    claimed = {each.partner for each in injections(lab, frozenset(expected), seal=True)}
    claimed |= {site.partner for site in lab.sites if site.accounts}
    assert claimed == expected


def test_every_method_of_the_good_inventory_is_built_from_its_resources() -> None:
    lab = of_inventory(GOOD)

    assert lab.sites
    for host in lab.hosts:
        assert list(address_lines(host)) or host.role is Role.SITE


def test_no_claim_sends_what_an_authorised_flow_would_be() -> None:
    lab = of_inventory(SAMPLE)
    partners = frozenset(site.partner for site in lab.sites)
    flows = {
        (each.source, each.service.destination.network_address, each.service.protocol, port)
        for each in passages(lab, partners)
        for port in each.service.ports or (0,)
    }

    for each in injections(lab, partners, seal=True):
        packet = each.packet
        flow = (packet.source, packet.destination, packet.protocol, packet.port)
        own = packet.source == lab.site(each.partner).official
        if each.kind in {Kind.UNAUTHORISED, Kind.OTHER_SOURCE}:
            assert flow not in flows, each.subject
        if each.kind in {Kind.OTHER_SOURCE, Kind.OTHER_PARTNER}:
            assert not own, each.subject


def test_where_the_carrier_keeps_partners_apart_nothing_is_claimed_of_the_hub() -> None:
    def sharers(mac: str | None) -> Topology:
        shared = Handoff(
            owner=Owner.shared("NET-FEDMAN"),
            port=EthernetPort("fedman0"),
            addresses=(ip_interface("192.0.2.161/28"),),
        )
        return topology(
            line(5, "198.51.100.5", "fedman0", layer2=mac, link=None),
            line(6, "198.51.100.6", "fedman0", layer2=mac, link=None),
            [shared],
        )

    def spoofs(lab: Topology) -> int:
        found = injections(lab, frozenset({"P00005"}), seal=True)
        return sum(each.kind is Kind.OTHER_PARTNER for each in found)

    assert spoofs(sharers(None)) == 0
    assert spoofs(sharers("02:00:00:00:00:05")) == 1


def test_an_address_and_a_route_can_be_taken_back() -> None:
    assert undone("route replace 198.51.100.1/32 via 192.0.2.1 dev ext0 onlink") == (
        "route del 198.51.100.1/32 via 192.0.2.1 dev ext0 onlink"
    )
    assert undone("address replace 2001:db8::1/128 dev lo nodad") == (
        "address del 2001:db8::1/128 dev lo"
    )
