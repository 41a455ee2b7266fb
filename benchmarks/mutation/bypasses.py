"""Mutants in which somebody else's things on a hub lead past its filter."""

# ruff: noqa: E501 - a table of words is read by the line
from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.mutation.edits import add, in_json, in_text, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from benchmarks.mutation.edits import Found, Look

ROUTE = "a route of others"
TUNNEL = "a tunnel of others"
REWRITING = "a filter of others that changes packets"
DIVERTED = "a port that is diverted"
EXPRESSIONS = {
    "dnat": {"dnat": {"addr": "192.0.2.11"}},
    "snat": {"snat": {"addr": "198.51.100.77"}},
    "masquerade": {"masquerade": None},
    "redirect": {"redirect": {"port": 22}},
    "tproxy": {"tproxy": {"port": 22}},
    "fwd": {"fwd": {"dev": "ext0"}},
    "dup": {"dup": {"addr": "192.0.2.11", "dev": "ext0"}},
    "flow": {"flow": {"op": "add", "flowtable": "@fast"}},
    "queue": {"queue": {"num": 1}},
    "xt": {"xt": {"type": "target", "name": "DNAT"}},
    **{
        f"set {field}": {"mangle": {"key": {"payload": {"protocol": "ip", "field": field}}, "value": "198.51.100.77"}}
        for field in ("saddr", "daddr", "dport", "sport")
    },
}  # fmt: skip
INTERFACES = (
    "interface Tunnel99\n description another team's\n ip address 10.77.0.1 255.255.255.252\n tunnel source GigabitEthernet0/0/0\n tunnel destination 203.0.113.99\n",
    "interface Tunnel99\n ip unnumbered Loopback0\n tunnel source GigabitEthernet0/0/0\n tunnel destination 203.0.113.99\n",
    "interface Loopback77\n ip address 10.77.7.7 255.255.255.255\ninterface Tunnel98\n ipv6 address 2001:db8:77::1/64\n tunnel source GigabitEthernet0/0/0\n tunnel destination 203.0.113.99\n",
)


def on_linux(look: Look, _: Random) -> Found:
    """What others may put on a Linux hub."""
    yield from _routes(look)
    if look["tools"]["table"]["out"]:
        for words, expression in EXPRESSIONS.items():
            rule = {
                "family": "ip",
                "table": "other",
                "chain": "pre",
                "handle": 9,
                "expr": [expression],
            }
            edit = in_json("every table", partial(add, ("nftables",), {"rule": rule}))
            yield REWRITING, words, edit
    yield from _links(look)
    yield from _tunnels(look)
    if '"wan0"' in str(look["running"]["statements"]) and "sshd" in look["tools"]:
        for line in ("Match User ksz-p00008-s1", "include /etc/ssh/more.conf"):
            yield "a laxer SSH daemon", line, partial(add, ("sshd_exceptions",), line)


def _routes(look: Look) -> Found:
    for version in (4, 6):
        tool = f"every route{version}"
        for route in json.loads(look["tools"][f"routes{version}"]["out"] or "[]"):
            official = route["dst"]
            for words, more in (
                ("in the main table", {"protocol": "static", "metric": 5}),
                ("on the hub itself", {"type": "local", "table": "local", "protocol": "kernel"}),
            ):
                other = {"dst": official, "dev": "ext0", "flags": [], **more}
                yield ROUTE, f"{official} {words}", in_json(tool, partial(add, (), other))
            yield (
                ROUTE,
                f"{official} in a table before",
                partial(_before, tool, f"rules{version}", official),
            )


def _before(tool: str, rules: str, official: str, look: Look) -> None:
    wider = f"{official.rsplit('.', 1)[0]}.0/24" if "." in official else "default"
    route = {"dst": wider, "dev": "ext0", "table": "99", "protocol": "static", "pref": "medium"}
    rule = {"priority": 99, "src": "all", "table": "99"}
    in_json(tool, partial(add, (), route))(look)
    in_json(rules, partial(add, (), rule))(look)


def _links(look: Look) -> Found:
    for number, link in enumerate(json.loads(look["tools"]["links"]["out"])):
        if link.get("ifalias", "").startswith("KSZ-") or link["ifname"] in {"ext0", "wan0"}:
            port = link["ifname"]
            for key, value in (("master", "br0"), ("xdp", {"mode": 2})):
                yield (
                    DIVERTED,
                    f"{port} {key}",
                    in_json("links", partial(put, (number, key), value)),
                )
            for kind in ("ingress", "clsact"):
                queue = {
                    "kind": kind,
                    "handle": "ffff:",
                    "dev": port,
                    "parent": "ffff:fff1",
                    "options": {},
                }
                yield DIVERTED, f"{kind} on {port}", in_json("qdiscs", partial(add, (), queue))


def _tunnels(look: Look) -> Found:
    for line in look["tools"].get("connections", {}).get("out", "").splitlines(keepends=True):
        token = re.search(r"\{(KSZ-\S+)", line)
        if token:
            other = line.replace(token[1], "other")
            end = "list-conns reply"
            yield TUNNEL, f"as {token[1]}", in_text("connections", end, other + end)
            anybody = re.sub(r"remote-ts=\[[^\]]+\]", "remote-ts=[dynamic]", other)
            anybody = re.sub(r"remote_addrs=\[[^\]]+\]", "remote_addrs=[%any]", anybody)
            yield TUNNEL, f"as {token[1]}, for anybody", in_text("connections", end, anybody + end)
    for line in look["tools"].get("associations", {}).get("out", "").splitlines(keepends=True):
        token = re.search(r"\{(KSZ-\S+)", line)
        if token:
            end = "list-sas reply"
            more = line.replace(token[1], "other") + end
            yield TUNNEL, f"SA as {token[1]}", in_text("associations", end, more)


def on_router(text: str) -> Iterator[tuple[str, str, str]]:
    """Kind, place, and the configuration in which others have put something into *text*."""
    end = text.rindex("end")

    def beside(more: str) -> str:
        return text[:end] + more + text[end:]

    for more in INTERFACES:
        yield "an interface of others", more.splitlines()[0], beside(more)
    for found in sorted(set(re.findall(r"ip route (\S+ 255\.255\.255\.255) .*name KSZ-", text))):
        for rest in ("192.0.2.9", "Null0 name OTHER"):
            line = f"ip route {found} {rest}\n"
            yield ROUTE, line.strip(), beside(line)
    for found in sorted(set(re.findall(r"ipv6 route (\S+/128) .*name KSZ-", text))):
        line = f"ipv6 route {found} 2001:DB8::9\n"
        yield ROUTE, line.strip(), beside(line)
    for guard in re.finditer(r" ip access-group KSZ-\S+ in\n", text):
        for line in ("ip nat inside", "ip policy route-map OTHER", "crypto map OTHER"):
            other = text[: guard.end()] + f" {line}\n" + text[guard.end() :]
            yield DIVERTED, f"{line} beside {guard[0].strip()}", other
