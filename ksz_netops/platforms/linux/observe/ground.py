"""What a hub must have before anything of ours can work on it, and what speaks against it.

Its addresses, its kernel's parameters, its fence, its rules of routing and its neighbours; and what
the kernel answers when it is asked where it would send the packets of a partner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names, parameters
from ksz_netops.platforms.linux.on_hub.build import agent_digest
from ksz_netops.state.addresses import network_of, read_address, read_interface, read_network
from ksz_netops.state.observations import Ground, Obstacle, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.platforms.linux.config.dialect import Dialect
    from ksz_netops.state.resources import IPNetwork

_Documents = list[dict[str, Any]]
_LEAST_MTU: Final = {names.LIBIPSEC_PORT: 1280}
_ETHERNET_MTU: Final = 1500
_REFUSING: Final = frozenset({"blackhole", "prohibit", "unreachable"})
_FENCE: Final = (
    {"priority": 100, "src": "all", "iif": "lo", "goto": 200},
    {"priority": 101, "src": "all", "fwmark": "0x4b5a0000", "fwmask": "0xffff0000", "goto": 200},
    {"priority": 102, "src": "all", "action": "blackhole"},
    {"priority": 200, "src": "all", "nop": None},
)
_MANAGE: Final = ("ManageForeignRoutes", "ManageForeignRoutingPolicyRules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the tools and the kernel's files show."""

    links: _Documents
    """`ip -j -d address show`."""
    routes: _Documents
    """`ip -j route show table all`."""
    rules: Mapping[int, _Documents]
    """`ip -j rule show`, by IP version."""
    ruleset: dict[str, Any]
    """All nft tables without their elements."""
    neighbours: _Documents
    """`ip -j neighbour show nud permanent`."""
    settings: Mapping[str, str]
    """The kernel's parameters by their path below `net`."""
    boot: Mapping[str, str | None]
    """The texts that decide after a restart."""
    agent: str | None
    """The SHA-256 of the agent on the hub."""
    settings_are_younger: bool
    """Whether the IKE daemon's files changed after it had started."""
    ways: _Documents
    """The questions, each with the kernel's answer."""
    ports: frozenset[str]
    """Those by which packets of partners come and go, and the management's."""


def read(answers: Answers, dialect: Dialect) -> Ground:
    """What *answers* show of the hub's ground."""
    return Ground(
        addresses=tuple(
            (link["ifname"], read_interface(f"{each['local']}/{each['prefixlen']}"))
            for link in answers.links
            for each in link.get("addr_info", ())
            if each["scope"] == "global"
        ),
        gateways=tuple(
            (route["dev"], read_address(route["gateway"]))
            for route in answers.routes
            if route["dst"] == "default"
            and {"gateway", "dev"} <= route.keys()
            and route.get("table", "main") == "main"
        ),
        obstacles=(
            *_forwarding(answers.settings),
            *_parameters(answers, dialect),
            *_sizes(answers),
            *_after_restart(answers.boot),
            *_programs(answers),
            *_fence(answers),
            *_rules(answers.rules),
            *_neighbours(answers),
        ),
        ways=tuple(_way(each, dialect) for each in answers.ways),
    )


def _forwarding(settings: Mapping[str, str]) -> Iterator[Obstacle]:
    for path, name in (
        ("ipv4/ip_forward", "net.ipv4.ip_forward"),
        ("ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding"),
    ):
        if settings.get(path) not in {None, "1"}:
            yield Obstacle(statement=f"{name} = {settings[path]}", effect="forwards nothing")
    count, most = (settings.get(f"netfilter/nf_conntrack_{each}") for each in ("count", "max"))
    if count and most and count.isdecimal() and most.isdecimal() and int(count) >= int(most) > 0:
        yield Obstacle(
            statement=f"net.netfilter.nf_conntrack_max = {most}",
            effect="takes no new session: as many are known",
        )


def _parameters(answers: Answers, dialect: Dialect) -> Iterator[Obstacle]:
    settings = answers.settings
    there = {link["ifname"] for link in answers.links}
    tunnels = {dialect.tunnel_port} if dialect.tunnel_port else set()
    for port in sorted((answers.ports | tunnels) & there):
        forwards = settings.get(f"ipv4/conf/{port}/forwarding")
        if forwards not in {None, "1"} and settings.get("ipv4/ip_forward") == "1":
            yield Obstacle(
                statement=f"net.ipv4.conf.{port}.forwarding = {forwards}",
                effect="does not forward what comes in there",
                port=port,
            )
        if (told := _accepts_ra(settings, port)) is not None:
            yield Obstacle(
                statement=f"net.ipv6.conf.{port}.accept_ra = {told}",
                effect="takes a default route from whoever is on the line",
                port=port,
            )
        for parameter in parameters.PARAMETERS:
            yield from _parameter(parameter, settings, port)


def _accepts_ra(settings: Mapping[str, str], port: str) -> str | None:
    """The value by which *port* takes router advertisements; None where it takes none."""
    value = settings.get(f"ipv6/conf/{port}/accept_ra")
    forwards = settings.get(f"ipv6/conf/{port}/forwarding") == "1"
    accepted = {"2"} if forwards else {"1", "2"}
    return value if value in accepted else None


def _parameter(
    parameter: parameters.Parameter, settings: Mapping[str, str], port: str
) -> Iterator[Obstacle]:
    own = f"{parameter.family}/conf/{port}"
    if not any(path.startswith(f"{own}/") for path in settings):
        return  # A kernel without this IP version.
    if parameter.unless_forwarding and settings.get(f"{own}/forwarding") == "1":
        return
    if f"{own}/{parameter.name}" not in settings:
        return  # Younger than this kernel.
    value = parameter.in_force(settings, port)
    if value not in parameter.wanted:
        shown = "not readable" if value is None else value
        yield Obstacle(
            statement=f"net.{parameter.family}.conf.{port}.{parameter.name} = {shown}",
            effect=parameter.effect,
            port=port,
            certain=value is not None,
        )


def _sizes(answers: Answers) -> Iterator[Obstacle]:
    for link in answers.links:
        port, mtu = link["ifname"], link.get("mtu", 0)
        if port in answers.ports and mtu < _LEAST_MTU.get(port, _ETHERNET_MTU):
            yield Obstacle(
                statement=f"{port} mtu {mtu}",
                effect="breaks up or drops packets of full size",
                port=port,
            )


def _after_restart(boot: Mapping[str, str | None]) -> Iterator[Obstacle]:
    text = boot.get("sysctl")
    if text is None:
        yield Obstacle(
            statement=f"{parameters.FILE} is not there",
            effect="leaves the kernel's parameters as it likes after a restart",
        )
    else:
        said = parameters.in_file(text)
        for name, value in parameters.at_boot():
            if said.get(name) != str(value):
                yield Obstacle(
                    statement=f"{parameters.FILE}: {name} = {said.get(name, 'unset')}",
                    effect=f"sets another value than {value} after a restart",
                )
    networkd = boot.get("networkd")
    if networkd is not None:
        for name in _MANAGE:
            found = re.findall(rf"^\s*{name}\s*=\s*(\S+)", networkd, re.MULTILINE)
            if not found or found[-1].lower() not in {"no", "false", "0", "off"}:
                yield Obstacle(
                    statement=f"systemd-networkd: {name} = {found[-1] if found else 'yes'}",
                    effect="removes our routes whenever systemd-networkd starts anew",
                )


def _programs(answers: Answers) -> Iterator[Obstacle]:
    if answers.agent != agent_digest():
        state = "another agent than this version's" if answers.agent else "no agent"
        yield Obstacle(
            statement=f"{names.AGENT}: {state}",
            effect="may neither undo a change nor bring the filter back after a restart",
        )
    if answers.settings_are_younger:
        yield Obstacle(
            statement="the IKE daemon started before its settings were written",
            effect="may not have them in force",
            certain=False,
        )


def _fence(answers: Answers) -> Iterator[Obstacle]:
    for version, rules in answers.rules.items():
        shown = [
            {key: each.get(key) for key in wanted}
            for wanted in _FENCE
            for each in rules
            if each.get("priority") == wanted["priority"] and wanted.keys() <= each.keys()
        ]
        if shown != list(_FENCE):
            yield Obstacle(
                statement=f"the fence's rules of routing for IPv{version} are not whole",
                effect="lets packets pass where the filter is lost",
            )
    objects = [
        (kind, content)
        for item in answers.ruleset["nftables"]
        for kind, content in item.items()
        if content.get("table", content.get("name")) == names.FENCE
    ]
    drops = any(
        kind == "chain" and content.get("hook") == "forward" and content.get("policy") == "drop"
        for kind, content in objects
    )
    rules_ = [content["expr"] for kind, content in objects if kind == "rule"]
    dormant = any(kind == "table" and content.get("flags") for kind, content in objects)
    if not drops or dormant or len(rules_) != 1 or not _asks_for_mark(rules_[0]):
        yield Obstacle(
            statement=f"nft table inet {names.FENCE} is not whole",
            effect="lets packets pass where the filter is lost",
        )


def _asks_for_mark(expressions: list[dict[str, Any]]) -> bool:
    match expressions:
        case [
            {"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": mark}},
            {"accept": _},
        ]:
            return bool(mark == int(str(names.MARK_ADMITTED), 0))
    return False


def _rules(rules: Mapping[int, _Documents]) -> Iterator[Obstacle]:
    for version, listed in rules.items():
        for rule in listed:
            if {key: value for key, value in rule.items() if key != "protocol"} in _FENCE:
                continue
            action = rule.get("action")
            if action is None and "table" in rule and rule.keys() <= _PLAIN:
                continue  # Its table is looked at route by route.
            if rule.get("iif") == "lo":
                continue
            source = _selected(rule, "src")
            statement = f"ip -{version} rule {_written(rule)}"
            if action in _REFUSING:
                yield Obstacle(
                    statement=statement,
                    effect="drops what it selects",
                    network=source or _selected(rule, "dst"),
                )
            else:
                yield Obstacle(
                    statement=statement,
                    effect="may send packets another way",
                    network=source,
                    certain=False,
                )


_PLAIN: Final = frozenset(
    {"priority", "src", "srclen", "dst", "dstlen", "table", "protocol", "iif", "oif", "not"}
    | {"fwmark", "fwmask"}
)


def _selected(rule: dict[str, Any], end: str) -> IPNetwork | None:
    """The addresses that *rule* asks for at one *end*; None where it takes all."""
    address = rule.get(end, "all")
    if address == "all":
        return None
    length = rule.get(f"{end}len")
    if length is None:
        return network_of(read_address(address))
    return read_network(f"{address}/{length}", strict=False)


def _written(rule: dict[str, Any]) -> str:
    words = {"src": "from", "dst": "to", "action": "", "priority": "priority"}
    return " ".join(
        f"{words.get(key, key)} {value}".strip()
        for key, value in sorted(rule.items())
        if key not in {"protocol", "srclen", "dstlen"}
    )


def _neighbours(answers: Answers) -> Iterator[Obstacle]:
    for each in answers.neighbours:
        ours = str(each.get("protocol")) == str(names.ROUTE_PROTOCOL)
        if ours or each["dev"] not in answers.ports:
            continue
        yield Obstacle(
            statement=f"ip neighbour {each['dst']} lladdr {each.get('lladdr', 'none')}"
            f" dev {each['dev']}",
            effect=f"sends what goes to {each['dst']} to that device, whoever has the address",
            port=each["dev"],
        )


def _way(asked: dict[str, Any], dialect: Dialect) -> Way:
    answer = asked["answer"] or {}
    port = answer.get("dev")
    gateway = answer.get("gateway") or answer.get("via", {}).get("host")
    return Way(
        official=read_address(asked["official"]),
        is_towards_partner=asked["out"],
        question=f"ip route get {asked['to']} from {asked['from']} iif {asked['port']}"
        f" mark {names.MARK_STANDING}",
        port=port,
        is_tunnel=port is not None and port == dialect.tunnel_port,
        next_hop=read_address(gateway) if gateway else None,
        refused="" if port else asked.get("refused") or "no way",
    )
