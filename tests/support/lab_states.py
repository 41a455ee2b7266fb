"""Small states of hubs, for the lab's own tests."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from itertools import chain
from typing import TYPE_CHECKING

from ksz_netops.intent.models import Extranet, Hub, Intent
from ksz_netops.state.resources import (
    CryptoProfile,
    DeviceState,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Permit,
    Protocol,
    Resource,
    Route,
    Secret,
    Shaper,
    Tunnel,
    TunnelEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

HUB = "hub-bru-1"
OTHER_HUB = "hub-bru-2"
EXTRANET = Extranet.model_validate(
    {
        "lab": True,
        "prefixes": ["192.0.2.0/25", "198.18.200.0/24"],
        "services": {
            "web": {"destinations": ["192.0.2.10"], "protocol": "tcp", "ports": [443]},
            "names": {"destinations": ["192.0.2.53"], "protocol": "udp", "ports": [53]},
        },
    }
)
PERMITS = (Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443)),)
CRYPTO = CryptoProfile(
    name="baseline",
    ike_proposals=("aes256gcm16-prfsha384-ecp384",),
    esp_proposals=("aes256gcm16-ecp384",),
    ike_lifetime_s=86400,
    esp_lifetime_s=14400,
)


def hub(port: int, address: str = "127.0.0.1", sources: tuple[str, ...] = ()) -> Hub:
    """A hub as its host_vars would describe it."""
    return Hub.model_validate(
        {
            "platform": "linux",
            "management": {
                "address": address,
                "port": port,
                "user": "root",
                "private_key": ".lab/id_ed25519",
                "known_hosts": ".lab/known_hosts",
                "interface": "mgmt0",
                "sources": list(sources),
            },
            "extranet": {"interface": "ext0", "addresses": ["192.0.2.1/25"]},
            "internet": {
                "interface": "wan0",
                "addresses": ["203.0.113.1/24"],
                "gateway": "203.0.113.254",
                "uplink_kbps": 10000,
            },
            "attachments": {
                "line1": {"interface": "line1"},
                "line2": {"interface": "line2"},
                "fedman0": {
                    "interface": "fedman0",
                    "network": "FedMan",
                    "addresses": ["192.0.2.161/28"],
                    "separation": "layer2",
                },
            },
        }
    )


def intent(**hubs: Hub) -> Intent:
    """An intent without partners; the states say what hubs hold."""
    return Intent(extranet=EXTRANET, hubs={HUB: hub(21001), **hubs}, partners=())


def state(*resources: Iterable[Resource]) -> DeviceState:
    """A hub's state of all these."""
    return DeviceState.of(chain.from_iterable(resources))


def line(  # noqa: PLR0913 - each test changes one thing
    number: int,
    official: str,
    port: str | EthernetPort,
    *,
    layer2: str | None = None,
    link: str | None = "192.0.2.129/30",
    also: tuple[str, int] | None = None,
) -> list[Resource]:
    """A partner on a line; with *also* on a second one, whose preference is given."""
    owner = Owner.of(f"P{number:05d}", "S1")
    first = EthernetPort(port) if isinstance(port, str) else port
    hops = [Hop(port=first, next_hop=ip_address("192.0.2.130" if link else "192.0.2.162"))]
    handoffs = {first: link} if link else {}
    if also is not None:
        second = EthernetPort(also[0])
        hops.append(Hop(port=second, next_hop=ip_address("192.0.2.134"), preference=also[1]))
        handoffs[second] = "192.0.2.133/30"
    return [
        *(
            Handoff(owner=owner, port=each, addresses=(ip_interface(address),))
            for each, address in handoffs.items()
        ),
        Route(owner=owner, official=ip_address(official), hops=tuple(hops)),
        PartnerFilter(
            owner=owner,
            official=ip_address(official),
            entries=tuple(Entry(way=hop.port, layer2=layer2) for hop in hops),
            permits=PERMITS,
        ),
        Shaper(
            owner=owner,
            number=number,
            official=ip_address(official),
            rates_kbps=tuple((hop.port, 1024) for hop in hops),
        ),
    ]


def tunnel(number: int, official: str, peer: str, *, preference: int = 10) -> list[Resource]:
    """A partner behind a tunnel."""
    owner = Owner.of(f"P{number:05d}", "S2")
    return [
        Tunnel(
            owner=owner,
            number=number,
            local=ip_address("203.0.113.1"),
            peer=ip_address(peer),
            local_prefixes=(ip_network("192.0.2.0/25"),),
            official=ip_address(official),
            crypto=CRYPTO,
            secret=Secret(name=f"P{number:05d}-S2", fingerprint="0" * 16),
            preference=preference,
        ),
        PartnerFilter(
            owner=owner,
            official=ip_address(official),
            entries=(Entry(way=TunnelEnd(number)),),
            permits=PERMITS,
        ),
    ]
