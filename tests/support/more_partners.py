"""Twenty more partners on the two Linux hubs of the sample inventory: ten by line, ten by VPN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from support.partner_files import add_by_line, add_by_vpn

if TYPE_CHECKING:
    from pathlib import Path

BY_LINE: Final = tuple(f"P0{8000 + number}" for number in range(10))
BY_VPN: Final = tuple(f"P0{8100 + number}" for number in range(10))
_HUBS: Final = ("hub-bru-1", "hub-bru-2")


def with_more_partners(inventory: Path) -> Path:
    """*inventory*, with twenty partners more."""
    for nth, partner in enumerate(BY_LINE):
        hub, number, link = _HUBS[nth % 2], 101 + nth, 177 + 4 * nth
        _attach(inventory / f"host_vars/{hub}.yml", f"more{number}")
        add_by_line(
            inventory,
            partner,
            hub,
            number,
            to="reachability",
            operator="Proximus",
            attachment=f"more{number}",
            link=link,
            rate_kbps=2048,
        )
    for nth, partner in enumerate(BY_VPN):
        add_by_vpn(inventory, partner, _HUBS[nth % 2], 111 + nth, to="reachability")
    generate_missing(load_intent(inventory), inventory)
    return inventory


def _attach(hub: Path, attachment: str) -> None:
    said = yaml.safe_load(hub.read_text("utf-8"))
    said["ksz_hub"]["attachments"][attachment] = {"interface": attachment}
    hub.write_text(yaml.safe_dump(said), "utf-8")
