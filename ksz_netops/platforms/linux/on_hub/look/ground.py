"""What a hub's kernel is set to, and what it says of a partner's packets when it is asked."""

from __future__ import annotations

import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.look.files import text
from ksz_netops.platforms.linux.on_hub.look.tools import Answer, tool

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSCTL_FILE: Final = Path("/etc/sysctl.d/60-ksz.conf")
SETTINGS: Final = Path("/proc/sys/net")
NETWORKD: Final = Path("/run/systemd/netif/state")
MARK: Final = "0x4b5a0000"
"""What the filter's first chain gives every packet, before it is routed."""
WHOLE: Final = ("ipv4/ip_forward", "netfilter/nf_conntrack_count", "netfilter/nf_conntrack_max")
OF_PORTS: Final = {
    "ipv4": (
        "accept_local",
        "accept_redirects",
        "accept_source_route",
        "arp_announce",
        "arp_ignore",
        "disable_policy",
        "disable_xfrm",
        "forwarding",
        "ignore_routes_with_linkdown",
        "proxy_arp",
        "route_localnet",
        "rp_filter",
        "send_redirects",
        "src_valid_mark",
    ),
    "ipv6": (
        "accept_ra",
        "accept_redirects",
        "accept_source_route",
        "forwarding",
        "ignore_routes_with_linkdown",
        "proxy_ndp",
        "seg6_enabled",
    ),
}
"""The parameters of each port that are judged."""
LIBIPSEC_PORT: Final = "ipsec0"


def settings() -> dict[str, str]:
    """The parameters of each port, and those of the whole hub, by their path below `net`."""
    names = list(WHOLE)
    for family, parameters in OF_PORTS.items():
        ports = [path.name for path in (SETTINGS / family / "conf").glob("*")]
        names += [f"{family}/conf/{port}/{each}" for port in ports for each in parameters]
    values = {name: text(SETTINGS / name) for name in names}
    return {name: value.strip() for name, value in values.items() if value is not None}


def boot() -> dict[str, str | None]:
    """What decides after a restart, or after one of the network's own daemon."""
    networkd = None
    if NETWORKD.exists():
        networkd = tool("systemd-analyze", "cat-config", "systemd/networkd.conf")["out"]
    return {"sysctl": text(SYSCTL_FILE), "networkd": networkd}


def neighbours() -> dict[str, Answer]:
    """The neighbours that were entered by hand, and the tc filters of each port with a queue."""
    found = {
        f"neighbours{version}": tool(
            "ip", "-j", f"-{version}", "neighbour", "show", "nud", "permanent"
        )
        for version in (4, 6)
    }
    queues = tool("tc", "-j", "qdisc", "show")
    for port in sorted({each["dev"] for each in json.loads(queues["out"] or "[]")}):
        found[f"tc filter {port}"] = tool("tc", "filter", "show", "dev", port)
    return found


def ways() -> list[dict[str, Any]]:
    """For each official address and direction the kernel's answer to the way of a packet.

    The questions come from the filter: who may come in where, and one service that he may reach.
    """
    questions = list(_questions(_elements()))
    answers = {}
    for version in ("-4", "-6"):
        lines = [each for each in questions if (":" in each["from"]) == (version == "-6")]
        said = tool(
            "ip", version, "-j", "-force", "-batch", "-",
            stdin="".join(
                f"route get {each['to']} from {each['from']} iif {each['port']} mark {MARK}\n"
                for each in lines
            ),
        )  # fmt: skip
        for line in said["out"].splitlines():
            for answer in json.loads(line):
                told = {key: answer[key] for key in ("dev", "gateway", "via") if key in answer}
                answers[answer["dst"], answer.get("from"), answer.get("iif")] = told
        refused = dict(
            zip(
                (
                    int(number)
                    for number in re.findall(r"^Command failed -:(\d+)", said["err"], re.MULTILINE)
                ),
                re.findall(
                    r"^RTNETLINK answers: (.+)|^Error: (.+)|^Cannot (.+)", said["err"], re.MULTILINE
                ),
                strict=False,
            )
        )
        for number, each in enumerate(lines, start=1):
            each["refused"] = "".join(refused.get(number, ()))
    return [
        {**each, "answer": answers.get((each["to"], each["from"], each["port"]))}
        for each in questions
    ]


def _elements() -> dict[str, list[list[Any]]]:
    """The keys of the elements of each set of our table."""
    listed = json.loads(
        tool("nft", "-j", "list", "table", "inet", "ksz")["out"] or '{"nftables": []}'
    )
    found: dict[str, list[list[Any]]] = {}
    for item in listed["nftables"]:
        for element in item.get("set", {}).get("elem", ()):
            value = element["elem"]["val"] if isinstance(element, dict) else element
            key = value["concat"] if isinstance(value, dict) and "concat" in value else [value]
            found.setdefault(item["set"]["name"], []).append(key)
    return found


def _questions(elements: dict[str, list[list[Any]]]) -> Iterator[dict[str, Any]]:
    extranet = next((key[0] for key in elements.get("extranet_port", ())), None)
    internet = next((key[0] for key in elements.get("internet_port", ())), None)
    tunnel_port = LIBIPSEC_PORT if Path("/sys/class/net", LIBIPSEC_PORT).exists() else internet
    for version in (4, 6):
        services: dict[str, str] = {}
        for name in (f"flows{version}", f"echo{version}"):
            for official, destination, *_ in elements.get(name, ()):
                services.setdefault(official, _first(destination))
        entries = [(key[0], key[-1]) for key in elements.get(f"line_in{version}", ())]
        entries += [(key[0], key[-1]) for key in elements.get(f"bound_in{version}", ())]
        entries += [(tunnel_port, key[-1]) for key in elements.get(f"tunnel_in{version}", ())]
        for port, official in entries:
            service = services.get(official)
            if service is None or port is None or extranet is None:
                continue
            yield {
                "official": official,
                "out": False,
                "from": official,
                "to": service,
                "port": port,
            }
            yield {
                "official": official,
                "out": True,
                "from": service,
                "to": official,
                "port": extranet,
            }


def _first(destination: Any) -> str:  # noqa: ANN401 - nft's JSON
    """The first address of *destination* that a host can have."""
    match destination:
        case {"prefix": {"addr": address, "len": length}}:
            network = ip_network(f"{address}/{length}", strict=False)
            return str(network[1] if network.num_addresses > 1 else network[0])
        case {"range": [first, _]}:
            return str(first)
        case _:
            return str(destination)
