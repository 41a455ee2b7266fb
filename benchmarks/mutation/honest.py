"""What changes on a hub by itself, or by others' hands, and must not be held against it."""

# ruff: noqa: E501 - a table of words is read by the line
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from benchmarks.mutation.edits import listed_classes
from benchmarks.mutation.replay import recorded
from benchmarks.mutation.routers import played
from ksz_netops.platforms.linux.device.session import LOOK

if TYPE_CHECKING:
    from random import Random

    from benchmarks.mutation.mutants import Device
    from ksz_netops.lab.emulator.peers import Peer

FOREIGN_LINES = (
    "interface Loopback77\n description another team's\n ip address 10.77.7.7 255.255.255.255\n",
    "ip access-list extended OTHER-ACL\n 10 permit tcp any host 10.1.1.1 eq www\n 20 deny   ip any any\n",
    "ip route 10.20.0.0 255.255.0.0 192.0.2.2\n",
    "class-map match-any VOICE\n match dscp ef\n",
    "crypto ikev2 keyring OTHER-TEAM\n peer OTHER\n  address 203.0.113.200\n  pre-shared-key local 6 AB\n",
    "interface GigabitEthernet9\n vrf forwarding OTHER\n ip address 10.88.0.1 255.255.255.0\n ip nat inside\n",
    "interface Tunnel77\n ip address 10.88.1.1 255.255.255.0\n shutdown\n",
    "ip sla 7777\n icmp-echo 192.0.2.2\n  frequency 30\n",
)
FOREIGN_LINK = {
    "ifindex": 99, "ifname": "dummy9", "flags": ["BROADCAST", "UP"], "mtu": 1500, "operstate": "UNKNOWN",
    "addr_info": [{"family": "inet", "local": "10.77.7.7", "prefixlen": 32, "scope": "global"}],
}  # fmt: skip
FOREIGN_ROUTES = (
    {"dst": "default", "gateway": "203.0.113.254", "dev": "wan0", "protocol": "static", "flags": []},
    {"dst": "10.0.0.0/8", "gateway": "192.0.2.2", "dev": "ext0", "protocol": "bgp", "metric": 20, "flags": []},
    {"dst": "198.51.100.0/24", "gateway": "192.0.2.2", "dev": "ext0", "protocol": "ospf", "flags": []},
    {"dst": "198.51.100.200", "gateway": "192.0.2.2", "dev": "ext0", "table": "77", "protocol": "static", "flags": []},
)  # fmt: skip
FOREIGN_RULES = (
    {"table": {"family": "inet", "name": "other", "handle": 9}},
    {"chain": {"family": "inet", "table": "other", "name": "in", "handle": 1, "type": "filter", "hook": "input", "prio": 9, "policy": "accept"}},
    {"rule": {"family": "inet", "table": "other", "chain": "in", "handle": 2, "expr": [{"counter": None}, {"accept": None}]}},
    {"rule": {"family": "inet", "table": "other", "chain": "in", "handle": 3, "expr": [{"mangle": {"key": {"meta": {"key": "mark"}}, "value": 3}}]}},
)  # fmt: skip
FOREIGN_CONNECTION = (
    "list-conn event {maintenance {local_addrs=[203.0.113.1] remote_addrs=[%any] version=IKEv2 children {net {mode=TUNNEL"
    " local-ts=[10.9.0.0/24] remote-ts=[dynamic]}}}}\n"
)


def linux(document: str, random: Random) -> Device:
    """The same Linux hub later: counted on, keys renewed, answers in another order."""
    look = json.loads(document)
    tools = look["tools"]
    if tools["table"]["out"]:
        table = json.loads(tools["table"]["out"])
        _counted(table, random)
        _shuffled(table, random)
        tools["table"]["out"] = json.dumps(table) + "\n"
    links = json.loads(tools["links"]["out"])
    if random.getrandbits(1):
        links.append(FOREIGN_LINK)
    random.shuffle(links)
    tools["links"]["out"] = json.dumps(links) + "\n"
    routes = json.loads(tools["every route4"]["out"]) + random.sample(FOREIGN_ROUTES, 2)
    tools["every route4"]["out"] = json.dumps(routes) + "\n"
    if tools["table"]["out"] and random.getrandbits(1):
        every = json.loads(tools["every table"]["out"])
        every["nftables"] += FOREIGN_RULES
        tools["every table"]["out"] = json.dumps(every) + "\n"
    if "connections" in tools and random.getrandbits(1):
        tools["connections"]["out"] = FOREIGN_CONNECTION + tools["connections"]["out"]
    for name in ("routes4", "routes6", "every route4", "every route6"):
        routes = json.loads(tools[name]["out"] or "[]")
        random.shuffle(routes)
        tools[name]["out"] = json.dumps(routes) + "\n"
    for name in [name for name in tools if name.startswith("tc class ")]:
        classes = listed_classes(tools[name]["out"])
        random.shuffle(classes)
        tools[name]["out"] = json.dumps(classes) + "\n"
    queues = json.loads(tools["qdiscs"]["out"] or "[]")
    for queue in queues:
        if queue["kind"] == "bfifo":
            queue["handle"] = f"{random.randrange(4096, 65535):x}:"
    random.shuffle(queues)
    tools["qdiscs"]["out"] = json.dumps(queues) + "\n"
    if "associations" in tools:
        tools["associations"]["out"] = _rekeyed(tools["associations"]["out"], random)
    return recorded({LOOK: json.dumps(look)})


def _counted(value: Any, random: Random) -> None:  # noqa: ANN401 - JSON
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict) and "packets" in each:
            more = random.randrange(10_000)
            each["packets"] += more
            each["bytes"] += 60 * more
        elif isinstance(each, dict | list):
            _counted(each, random)


def _shuffled(table: dict[str, Any], random: Random) -> None:
    for item in table["nftables"]:
        for held in item.values():
            held["handle"] = random.randrange(5000)
            if "elem" in held:
                random.shuffle(held["elem"])
            if held.get("name") == "violators4":
                source = f"198.18.0.{random.randrange(255)}"
                counter = {"packets": 3, "bytes": 180}
                element = {"val": {"concat": ["wan0", source]}, "expires": 9, "counter": counter}
                held["elem"] = [{"elem": element}]


def _rekeyed(said: str, random: Random) -> str:
    def number(found: re.Match[str]) -> str:
        return f"{found[1]}={random.randrange(1, 9999)}"

    said = re.sub(
        r"\b(uniqueid|established|rekey-time|life-time|install-time|bytes-\w+|packets-\w+)=\d+",
        number,
        said,
    )
    said = re.sub(
        r"\b(spi-in|spi-out|initiator-spi|responder-spi)=\w+",
        lambda found: f"{found[1]}={random.randrange(2**32):08x}",
        said,
    )
    if random.getrandbits(1):
        # After its first rekey a child SA shows the group that it was made with.
        said = re.sub(r"(net\d+)-1 \{name=(net\d+)", r"\1-7 {name=\2", said)
        said = re.sub(
            r"(INSTALLED mode=TUNNEL .*?encr-keysize=256 )(?!dh-group)",
            r"\1dh-group=ECP_384 ",
            said,
        )
    return said


def router(text: str, peers: tuple[Peer, ...], random: Random) -> Device:
    """The same router later: keys encrypted anew, others' lines, everything counted on."""
    end = text.rindex("end")
    others = random.sample(FOREIGN_LINES, random.randrange(len(FOREIGN_LINES)))
    device = played(text[:end] + "".join(others) + text[end:], peers)
    age = random.randrange(86_000)
    matches = random.randrange(2, 9999)

    def answer(command: str) -> str:
        said = device(command)
        if command.endswith("-config"):
            cipher = f"{random.randrange(2**60):X}"
            said = re.sub(r"(pre-shared-key \w+ 6) \S+", rf"\1 {cipher}", said)
            said = said.replace("08:00:00 UTC", f"{age % 24:02}:17:00 UTC")
        elif "access-list" in command:
            said = re.sub(
                r"(?m)^( +(?:sequence )?\d+ (?:permit|deny)[^(\n]*)(?: \(\d+ matche?s?\))?$",
                rf"\1 ({matches} matches)",
                said,
            )
        elif "crypto" in command:
            said = re.sub(r"Life/Active Time: 86400/\d+", f"Life/Active Time: 86400/{age}", said)
            said = re.sub(r"(#pkts \w+:) \d+", rf"\1 {matches}", said)
            said = re.sub(r"spi: 0x1\(1\)", f"spi: 0x{age:X}({age})", said)
        elif command == "show controllers E1":
            said = said.replace("     0 Errored Secs", f"     {random.randrange(3)} Errored Secs")
        return said

    return answer
