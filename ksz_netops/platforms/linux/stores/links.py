"""Ports of ours: the interfaces whose alias is a token, VLANs of their own, their addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.stores.steps import Change, Step, batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

_LINK: Final = re.compile(
    r"link (?P<port>\S+) (?:down )?(?:parent (?P<parent>\S+) vlan (?P<vlan>\d+) )?"
    r"alias (?P<token>\S+)"
)
_ADDRESS: Final = re.compile(r"address (?P<port>\S+) (?P<address>\S+)")


def read(interfaces: list[dict[str, Any]]) -> Iterator[str]:
    """The statements in the answer to `ip -j -d address show`."""
    for interface in interfaces:
        alias = interface.get("ifalias", "")
        if not ours.is_token(alias):
            continue
        port = interface["ifname"]
        down = "" if "UP" in interface["flags"] else "down "
        vlan = interface.get("linkinfo", {})
        tagged = (
            f"parent {interface.get('link')} vlan {vlan['info_data']['id']} "
            if vlan.get("info_kind") == "vlan"
            else ""
        )
        yield f"link {port} {down}{tagged}alias {alias}"
        for address in interface.get("addr_info", ()):
            if address["scope"] == "global":
                yield f"address {port} {address['local']}/{address['prefixlen']}"


def links(statements: AbstractSet[str]) -> dict[str, re.Match[str]]:
    """The links among *statements* by port; `parent`, `vlan` and `token` are groups."""
    found = (_LINK.fullmatch(each) for each in statements if each.startswith("link "))
    return {match["port"]: match for match in found if match}


def addresses(statements: AbstractSet[str]) -> set[tuple[str, str]]:
    """Port and address of each address among *statements*."""
    found = (_ADDRESS.fullmatch(each) for each in statements if each.startswith("address "))
    return {(match["port"], match["address"]) for match in found if match}


def changes(running: AbstractSet[str], intended: AbstractSet[str]) -> Change:
    """What makes the ports of *running* those of *intended*."""
    old, new = links(running), links(intended)
    early: list[Step] = []
    for port, link in sorted(new.items()):
        before = old.get(port)
        if before is None or before[0] != link[0]:
            if link["vlan"]:
                early.append(Step(argv=("@vlan", link["parent"], port, link["vlan"])))
            early.append(
                Step(argv=("ip", "link", "set", "dev", port, "alias", link["token"], "up"))
            )
    had, has = addresses(running), addresses(intended)
    added = [f"address replace {address} dev {port}{_dad(address)}" for port, address in has - had]
    late: list[str] = []
    gone = old.keys() - new.keys()
    for port, address in sorted(had - has):
        if not (port in gone and old[port]["vlan"]):
            late.append(f"address del {address} dev {port}")
    removals: list[Step] = []
    for port in sorted(gone):
        if old[port]["vlan"]:
            late.append(f"link del dev {port}")
        else:
            removals.append(Step(argv=("ip", "link", "set", "dev", port, "alias", "", "down")))
    return Change(early=(*early, *batch("ip", sorted(added))), late=(*batch("ip", late), *removals))


def _dad(address: str) -> str:
    """A link of two needs no detection of duplicates, and an address must be usable at once."""
    return " nodad" if ":" in address else ""
