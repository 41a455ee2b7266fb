"""Inventories of any size: as many partners as one likes over hubs of two hundred.

Every file is valid by the product's own rules, so that what is measured is what users run. Three of
four partners come by VPN, the fourth by a leased Ethernet line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PARTNERS_PER_HUB: Final = 200
_LINE_EVERY: Final = 4

_EXTRANET: Final = """\
lab: true
prefixes: [100.64.0.0/16]
services:
  dimona-web: {destinations: [100.64.0.10], protocol: tcp, ports: [443]}
  names: {destinations: [100.64.0.53], protocol: udp, ports: [53]}
"""

_HUB: Final = """\
ksz_hub:
  platform: {platform}
  management:
    address: 127.1.{high}.{low}
    user: root
    private_key: .lab/id_ed25519
    known_hosts: .lab/known_hosts
    interface: {management}
  extranet: {{interface: {extranet}, addresses: [100.64.{hub_high}.{low}/16]}}
  internet:
    interface: {internet}
    addresses: [198.18.{high}.{low}/16]
    gateway: 198.18.255.254
    uplink_kbps: 10000000
  attachments:
    lines:
      interface: {lines}
"""

_INTERFACES: Final = {
    "linux": {"management": "mgmt0", "extranet": "ext0", "internet": "wan0", "lines": "line0"},
    "ios_xe": {
        "management": "GigabitEthernet0",
        "extranet": "GigabitEthernet0/0/0",
        "internet": "GigabitEthernet0/0/1",
        "lines": "GigabitEthernet0/0/2",
    },
}

_PARTNER: Final = """\
id: P{number:05}
name: Partner number {number}
sector: rehearsal
official_ip: {official}
helpdesk:
  name: Service desk
  email: desk@partner{number}.example
  phone: "+32 2 555 01 12"
  hours: Mo-Fr 08:00-18:00
  languages: [nl, fr]
connections:
{connection}flows:
  - to: dimona-web
    authorisation: KSZ 26/{number}
    until: 2027-12-31
  - to: names
    authorisation: KSZ 26/{number}
"""

_VPN: Final = """\
  - id: S1
    method: ipsec_vpn
    hub: hub-{hub}
    peer: {peer}
    capacity_kbps: {capacity}
    crypto: baseline
    psk: vault:P{number:05}-S1
    equipment: {{vendor: strongSwan}}
"""

_LINE: Final = """\
  - id: S1
    method: leased_line
    operator: Proximus
    lines:
      - hub: hub-{hub}
        attachment: lines
        delivery: ethernet
        circuit: PX-{number:05}
        vlan: {vlan}
        link: {{hub: {link_hub}/30, partner: {link_partner}}}
        rate_kbps: 2048
"""


def write_fleet(
    folder: Path, partners: int, *, platform: str = "linux", per_hub: int = PARTNERS_PER_HUB
) -> None:
    """Writes an inventory of *partners* over hubs of *per_hub* into the empty *folder*."""
    for name in ("partners", "host_vars"):
        (folder / name).mkdir()
    (folder / "extranet.yml").write_text(f"---\n{_EXTRANET}")
    hubs = range(1, -(-partners // per_hub) + 1)
    names = "".join(f"    hub-{number}:\n" for number in hubs)
    (folder / "hubs.yml").write_text(f"---\nhubs:\n  hosts:\n{names}")
    for number in hubs:
        text = _HUB.format(
            platform=platform,
            high=number // 250,
            hub_high=100 + number // 250,
            low=number % 250 + 1,
            **_INTERFACES[platform],
        )
        (folder / f"host_vars/hub-{number}.yml").write_text(f"---\n{text}")
    for number in range(1, partners + 1):
        (folder / f"partners/P{number:05}.yml").write_text(f"---\n{_partner(number, per_hub)}")


def _partner(number: int, per_hub: int) -> str:
    values = {
        "number": number,
        "hub": (number - 1) // per_hub + 1,
        "peer": _address(11, number),
        "capacity": 128 * (number % 8 + 1),
        "vlan": 100 + (number - 1) % per_hub % 3900,
        "link_hub": _address(172, 4 * number + 1, second=16),
        "link_partner": _address(172, 4 * number + 2, second=16),
    }
    template = _LINE if number % _LINE_EVERY == 0 else _VPN
    return _PARTNER.format(
        number=number, official=_address(10, number), connection=template.format(**values)
    )


def _address(first: int, number: int, *, second: int = 0) -> str:
    return f"{first}.{second + number // 65536}.{number // 256 % 256}.{number % 256}"
