"""Twenty more partners on the two Linux hubs of the sample inventory: ten by line, ten by VPN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from ksz_netops.load import load_intent
from ksz_netops.vault import generate_missing

if TYPE_CHECKING:
    from pathlib import Path

BY_LINE: Final = tuple(f"P0{8000 + number}" for number in range(10))
BY_VPN: Final = tuple(f"P0{8100 + number}" for number in range(10))
_HUBS: Final = ("hub-bru-1", "hub-bru-2")
_PARTNER: Final = """\
id: {id}
name: One of twenty
sector: health insurance
official_ip: 198.51.100.{number}
helpdesk:
  name: Service desk
  email: noc@example.example
  phone: "+32 2 555 01 11"
  hours: Mo-Fr 08:00-18:00
  languages: [nl, fr]
connections:
  - id: S1
    method: {method}
{connection}\
flows:
  - to: reachability
    authorisation: KSZ 26/011
"""
_LINE: Final = """\
    operator: Proximus
    lines:
      - hub: {hub}
        attachment: more{number}
        circuit: VT-{number}
        rate_kbps: 2048
        link: {{hub: 192.0.2.{link}/30, partner: 192.0.2.{peer}}}
"""
_VPN: Final = """\
    hub: {hub}
    peer: 203.0.113.{number}
    capacity_kbps: 256
    psk: vault:{id}-S1
"""


def with_more_partners(inventory: Path) -> Path:
    """*inventory*, with twenty partners more."""
    for nth, partner in enumerate(BY_LINE):
        hub, number, link = _HUBS[nth % 2], 101 + nth, 177 + 4 * nth
        _attach(inventory / f"host_vars/{hub}.yml", f"more{number}")
        line = _LINE.format(hub=hub, number=number, link=link, peer=link + 1)
        _write(inventory, partner, number, "leased_line", line)
    for nth, partner in enumerate(BY_VPN):
        number = 111 + nth
        vpn = _VPN.format(hub=_HUBS[nth % 2], number=number, id=partner)
        _write(inventory, partner, number, "ipsec_vpn", vpn)
    generate_missing(load_intent(inventory), inventory)
    return inventory


def _attach(hub: Path, attachment: str) -> None:
    said = yaml.safe_load(hub.read_text("utf-8"))
    said["ksz_hub"]["attachments"][attachment] = {"interface": attachment}
    hub.write_text(yaml.safe_dump(said), "utf-8")


def _write(inventory: Path, partner: str, number: int, method: str, connection: str) -> None:
    text = _PARTNER.format(id=partner, number=number, method=method, connection=connection)
    (inventory / f"partners/{partner}.yml").write_text(text, "utf-8")
