"""The kernel's ports, routes and rates, made what a generation says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub, Tries

_HANDLE: Final = "4b5a:"
_PROTOCOL: Final = "201"


def make_vlan(hub: Hub, parent: str, port: str, number: str) -> None:
    """Makes the VLAN *number* on *parent*, unless it is there."""
    if not (hub.places.ports / port).exists():
        hub.run("ip", "link", "set", "dev", parent, "up")
        hub.run("ip", "link", "add", "link", parent, "name", port, "type", "vlan", "id", number)


def converge_links(hub: Hub, links: Mapping[str, Any], tries: Tries) -> None:
    """Gives the ports of *links*, and no other, our tokens and our addresses."""
    shown = {
        each["ifname"]: each for each in json.loads(hub.run("ip", "-j", "-d", "address", "show"))
    }
    for port, found in shown.items():
        if port not in links and ours.is_token(found.get("ifalias", "")):
            _release(hub, port, found, tries)
    for port, link in links.items():
        if link["vlan"]:
            tries(make_vlan, hub, link["parent"], port, str(link["vlan"]))
        tries(hub.run, "ip", "link", "set", "dev", port, "alias", link["alias"], "up")
        present = {
            f"{each['local']}/{each['prefixlen']}"
            for each in shown.get(port, {}).get("addr_info", ())
            if each["scope"] == "global"
        }
        wanted = link["addresses"]
        lines = [f"address replace {each} dev {port}{_dad(each)}" for each in wanted]
        lines += [f"address del {each} dev {port}" for each in sorted(present - set(wanted))]
        tries(batch, hub, "ip", lines)


def _dad(address: str) -> str:
    """A line has two ends, and its address must be usable at once."""
    return " nodad" if ":" in address else ""


def _release(hub: Hub, port: str, found: Mapping[str, Any], tries: Tries) -> None:
    if found.get("linkinfo", {}).get("info_kind") == "vlan":
        tries(hub.run, "ip", "link", "del", "dev", port)
        return
    tries(hub.run, "ip", "address", "flush", "dev", port, "scope", "global")
    tries(hub.run, "ip", "link", "set", "dev", port, "alias", "", "down")


def converge_neighbours(hub: Hub, neighbours: Iterable[Mapping[str, Any]], tries: Tries) -> None:
    """Makes *neighbours* the neighbours with our number, and no other."""
    tries(batch, hub, "ip", [each["line"] for each in neighbours])
    kept = {(each["port"], each["address"]) for each in neighbours}
    shown = hub.run("ip", "-j", "neighbour", "show", "nud", "permanent")
    gone = [
        f"neighbour del {each['dst']} dev {each['dev']}"
        for each in json.loads(shown or "[]")
        if str(each.get("protocol")) == _PROTOCOL and (each["dev"], each["dst"]) not in kept
    ]
    tries(batch, hub, "ip", gone)


def converge_routes(hub: Hub, routes: Iterable[Mapping[str, Any]], tries: Tries) -> None:
    """Makes *routes* the routes with our number, and no other."""
    tries(batch, hub, "ip", [route["line"] for route in routes])
    kept = {(route["prefix"], route["metric"]) for route in routes}
    for family in ("-4", "-6"):
        shown = hub.run("ip", "-j", family, "route", "show", "table", "all", "proto", _PROTOCOL)
        gone = []
        for route in json.loads(shown or "[]"):
            metric, table = route.get("metric", 0), route.get("table", "main")
            if (route["dst"], metric) not in kept or table != "main":
                gone.append(
                    f"route del {route['dst']} metric {metric} proto {_PROTOCOL} table {table}"
                )
        tries(batch, hub, "ip", gone, family)


def converge_shapers(hub: Hub, shapers: Mapping[str, list[str]], tries: Tries) -> None:
    """Gives the ports of *shapers*, and no other, our root with these classes and no other.

    The first line of each makes the root. Classes that are there already are replaced in place.
    """
    roots = set()
    for line in hub.run("tc", "qdisc", "show").splitlines():
        words = line.split()
        if words[:3] == ["qdisc", "htb", _HANDLE] and "root" in words:
            port = words[4]
            if port in shapers and words[words.index("default") + 1] in {"0", "0x0"}:
                roots.add(port)
            else:
                tries(hub.run, "tc", "qdisc", "del", "dev", port, "root", "handle", _HANDLE)
    for port, (root, *classes) in shapers.items():
        # A port that is not there yet gets its rates at the next refresh.
        if not (hub.places.ports / port).exists():
            continue
        tries(batch, hub, "tc", classes if port in roots else [root, *classes])
        kept = {word for line in classes for word in line.split() if word.startswith(_HANDLE)}
        shown = hub.run("tc", "class", "show", "dev", port).splitlines()
        found = [line.split()[2] for line in shown]
        gone = [each for each in found if each.startswith(_HANDLE) and each not in kept]
        tries(batch, hub, "tc", [f"class del dev {port} classid {each}" for each in gone])


def batch(hub: Hub, tool: str, lines: Iterable[str], *options: str) -> None:
    """Feeds *lines* to *tool*, all of them although one fails.

    Raises:
        StepError: With what the tool said about those that failed.
    """
    text = "".join(f"{line}\n" for line in lines)
    if text:
        hub.run(tool, *options, "-force", "-batch", "-", stdin=text)
