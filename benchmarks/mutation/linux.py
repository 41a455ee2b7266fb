"""Mutants of Linux hubs: one thing changed in what the real tools said, before it is read."""

# ruff: noqa: E501 - a table of words is read by the line
from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.mutation import bypasses, edits, generic
from benchmarks.mutation.mutants import Mutant, is_address, one_bit, wider
from benchmarks.mutation.replay import recorded
from ksz_netops.platforms.linux.device.session import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from benchmarks.mutation.edits import Edit, Found, Look

STALE = (
    "list-sa event {KSZ-P00099-S1 {uniqueid=9 version=2 state=ESTABLISHED local-host=203.0.113.1"
    " remote-host=203.0.113.99 remote-id=203.0.113.99 encr-alg=AES_GCM_16 encr-keysize=256"
    " prf-alg=PRF_HMAC_SHA2_384 dh-group=ECP_384 child-sas {}}}\n"
)
FOREIGN_CONNECTION = (
    "list-conn event {KSZ-P00099-S1 {local_addrs=[203.0.113.1] remote_addrs=[203.0.113.99]"
    " version=IKEv2 children {net1 {mode=TUNNEL local-ts=[192.0.2.0/25]"
    " remote-ts=[198.51.100.99/32]}}}}\n"
)
SSHD = {
    "passwordauthentication no": "passwordauthentication yes",
    "disableforwarding yes": "disableforwarding no",
    "chrootdirectory /srv/ksz/%u": "chrootdirectory none",
    "forcecommand internal-sftp": "forcecommand none",
    "permitrootlogin no": "permitrootlogin yes",
    "kbdinteractiveauthentication no": "kbdinteractiveauthentication yes",
    "allowgroups ksz-sftp": "allowgroups root",
    "authenticationmethods publickey": "authenticationmethods any",
    "authorizedkeysfile /etc/ssh/ksz/%u.keys": "authorizedkeysfile .ssh/authorized_keys",
    "permittty no": "permittty yes",
    "permituserenvironment no": "permituserenvironment yes",
    "permitemptypasswords no": "permitemptypasswords yes",
    "listenaddress 203.0.113.3:22": "listenaddress 0.0.0.0:22",
    "authorizedkeyscommand none": "authorizedkeyscommand /tmp/anybody",
    "trustedusercakeys none": "trustedusercakeys /tmp/ca.pub",
}
SA_WORDS = {
    "an algorithm outside the profile": (
        ("encr-alg=AES_GCM_16", "encr-alg=AES_CBC"),
        ("encr-keysize=256", "encr-keysize=128"),
        ("prf-alg=PRF_HMAC_SHA2_384", "prf-alg=PRF_HMAC_SHA1"),
        ("dh-group=ECP_384", "dh-group=MODP_1024"),
        ("protocol=ESP encap", "protocol=ESP dh-group=MODP_1536 encap"),
    ),
    "a tunnel that is not up": (
        ("state=ESTABLISHED", "state=CONNECTING"),
        ("state=INSTALLED", "state=DELETING"),
        ("state=INSTALLED", "state=CREATED"),
    ),
    "an SA with another peer": (("remote-host=203", "remote-host=204"),),
}


def mutants(hub: str, document: str, random: Random) -> Iterator[Mutant]:
    """Every mutant of *hub*, which said *document*."""
    look = json.loads(document)
    for source in (
        _elements, _frame, _links, _routes, _rates, _associations, _connections, _secrets,
        _accounts, _sshd, _startup, _tools, bypasses.on_linux,
    ):  # fmt: skip
        for operator, site, edit in source(look, random):
            yield Mutant(
                hub=hub, operator=operator, site=site, device=partial(_played, document, edit)
            )


def unforeseen(hub: str, document: str) -> Iterator[Mutant]:
    """Every mutant of *hub* that is made from its answers alone."""
    for operator, site, edit in generic.on_linux(json.loads(document)):
        device = partial(_played, document, edit)
        yield Mutant(hub=hub, operator=operator, site=site, device=device)


def _played(document: str, edit: Edit) -> Callable[[str], str]:
    look = json.loads(document)
    edit(look)
    return recorded({LOOK: json.dumps(look)})


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict) and ("prefix" in value or "range" in value):
        yield path, value
    elif isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(below, (*path, key))
    else:
        yield path, value


def _other(leaf: Any, random: Random) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """What may stand in the place of a part of an element, and what that would be."""
    match leaf:
        case {"prefix": {"addr": str(address), "len": int(length)}}:
            yield "one bit in an address", {"prefix": {"addr": one_bit(address, random), "len": 32}}
            yield "a wider prefix", {"prefix": {"addr": address, "len": length - 1}}
        case {"range": [first, last]}:
            yield (
                "another port of a flow",
                {"range": [first, int(last) + 1] if str(last).isdecimal() else [first, first]},
            )
        case bool():
            return
        case int():
            yield "another port of a flow", leaf + 1
        case "tcp" | "udp":
            yield "another protocol of a flow", {"tcp": "udp", "udp": "tcp"}[leaf]
        case str() if is_address(leaf):
            yield "one bit in an address", one_bit(leaf, random)
        case str() if re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", leaf):
            yield "another layer-2 address", leaf[:-1] + ("0" if leaf[-1] != "0" else "1")
        case str() if re.fullmatch(r"[0-9a-f]+:[0-9a-f]+", leaf):
            yield "another class of a shaper", leaf + "f"
        case str():
            yield "a filter on another port", "wan0" if leaf != "wan0" else "ext0"


def _elements(look: Look, random: Random) -> Found:
    table = json.loads(look["tools"]["table"]["out"] or '{"nftables": []}')["nftables"]
    for number, item in enumerate(table):
        kind = next(iter(item))
        name = item[kind].get("name", "") if isinstance(item[kind], dict) else ""
        if kind not in {"set", "map"} or name.startswith("violators"):
            continue
        for nth, element in enumerate(item[kind].get("elem", ())):
            place = ("nftables", number, kind, "elem")
            said = f"{name}: {json.dumps(element)[:150]}"
            yield (
                "a removed element",
                said,
                edits.in_json("table", partial(edits.take, (*place, nth))),
            )
            yield from _extra(place, element, said, random)
            for path, leaf in _leaves(element):
                if path[-1] in {"comment", "packets", "bytes"}:
                    continue
                for operator, new in _other(leaf, random):
                    change = partial(edits.put, (*place, nth, *path), new)
                    yield operator, f"{said} -> {new}", edits.in_json("table", change)


def _extra(place: tuple[Any, ...], element: Any, said: str, random: Random) -> Found:  # noqa: ANN401 - JSON
    for path, leaf in _leaves(element):
        if is_address(leaf):
            more = json.loads(json.dumps(element))
            edits.put(path, one_bit(leaf, random), more)
            yield (
                "one extra element",
                f"beside {said}",
                edits.in_json("table", partial(edits.add, place, more)),
            )
            nameless = json.loads(json.dumps(more))
            inner = next(
                (each for each in (nameless, *_below(nameless)) if "comment" in each), None
            )
            if inner is not None:
                del inner["comment"]
                change = partial(edits.add, place, nameless)
                yield (
                    "one extra element without an owner",
                    f"beside {said}",
                    edits.in_json("table", change),
                )
            return


def _below(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    for child in children:
        if isinstance(child, dict):
            yield child
        yield from _below(child)


def _frame(look: Look, _: Random) -> Found:
    listed = json.loads(look["tools"]["table"]["out"] or '{"nftables": []}')["nftables"]
    for number, item in enumerate(listed):
        ((kind, content),) = item.items()
        place = ("nftables", number)
        removed = edits.in_json("table", partial(edits.take, place))
        said = f"{kind} {content.get('name', json.dumps(content.get('expr')))}"
        if kind == "counter":
            yield "a removed counter", said, removed
        elif kind == "chain" and content.get("policy") == "drop":
            change = partial(edits.put, (*place, "chain", "policy"), "accept")
            yield "a chain that lets all pass", said, edits.in_json("table", change)
        elif kind == "rule":
            yield "a removed rule", said, removed
            yield from _rule(number, item, listed[number + 1 :], said)
    if listed:
        chain = {
            "family": "inet",
            "table": "ksz",
            "name": "extra",
            "type": "filter",
            "hook": "forward",
            "prio": -5,
            "policy": "accept",
        }
        more = partial(edits.add, ("nftables",), {"chain": chain})
        yield "one extra chain", "forward, accept", edits.in_json("table", more)
        flag = partial(edits.put, ("nftables", 1, "table", "flags"), ["dormant"])
        yield "a table out of force", "dormant", edits.in_json("table", flag)


def _rule(number: int, item: dict[str, Any], following: list[dict[str, Any]], said: str) -> Found:
    open_rule = {"rule": {**item["rule"], "expr": [{"accept": None}]}}

    def put(*items: dict[str, Any], span: int = 1) -> Edit:
        def change(document: dict[str, Any]) -> None:
            document["nftables"][number : number + span] = items

        return edits.in_json("table", change)

    yield "one extra rule", f"before {said}", put(open_rule, item)
    after = following[0] if following else {}
    if after.get("rule", {}).get("chain") == item["rule"]["chain"] and after != item:
        yield "rules in another order", said, put(after, item, span=2)
    whole = json.dumps(item)
    for old, new in (('"drop"', '"accept"'), ('"!="', '"=="'), ('"saddr"', '"daddr"')):
        if old in whole:
            yield (
                "a changed rule",
                f"{said}: {old} -> {new}",
                put(json.loads(whole.replace(old, new))),
            )


def _links(look: Look, random: Random) -> Found:
    for number, port in enumerate(json.loads(look["tools"]["links"]["out"])):
        name, alias = port["ifname"], port.get("ifalias", "")
        if not alias.startswith("KSZ-"):
            continue

        def change(path: tuple[Any, ...], value: object, number: int = number) -> Edit:
            return edits.in_json("links", partial(edits.put, (number, *path), value))

        yield "a port that is down", name, change(("operstate",), "DOWN")
        yield "a port that is down", f"{name} by hand", change(("flags",), ["BROADCAST"])
        yield "a port without its owner", name, change(("ifalias",), "")
        yield "a port of another owner", name, change(("ifalias",), "KSZ-P00099-S1")
        for nth, address in enumerate(port["addr_info"]):
            if address["scope"] != "global":
                continue
            place = (number, "addr_info")
            yield (
                "a removed address",
                f"{name} {address['local']}",
                edits.in_json("links", partial(edits.take, (*place, nth))),
            )
            yield (
                "one bit in an address",
                f"{name} {address['local']}",
                change(("addr_info", nth, "local"), one_bit(address["local"], random)),
            )
            yield (
                "a wider prefix",
                f"{name} {address['local']}",
                change(("addr_info", nth, "prefixlen"), address["prefixlen"] - 1),
            )
            more = {**address, "local": one_bit(address["local"], random)}
            yield (
                "one extra address",
                f"{name} {more['local']}",
                edits.in_json("links", partial(edits.add, place, more)),
            )


def _routes(look: Look, random: Random) -> Found:
    for tool in ("routes4", "routes6"):
        routes = json.loads(look["tools"][tool]["out"] or "[]")
        for number, route in enumerate(routes):
            said = json.dumps(route)[:150]
            yield "a removed route", said, edits.in_json(tool, partial(edits.take, (number,)))
            yield (
                "a wider route",
                said,
                edits.in_json(tool, partial(edits.put, (number, "dst"), wider(route["dst"]))),
            )
            yield (
                "one bit in an address",
                said,
                edits.in_json(
                    tool, partial(edits.put, (number, "dst"), one_bit(route["dst"], random))
                ),
            )
            yield (
                "a route of another preference",
                said,
                edits.in_json(tool, partial(edits.put, (number, "metric"), route["metric"] + 1)),
            )
            more = {**route, "dst": one_bit(route["dst"], random)}
            yield "one extra route", said, edits.in_json(tool, partial(edits.add, (), more))
            for path, leaf in _leaves(route):
                if path[-1] == "gateway":
                    yield (
                        "another next hop",
                        said,
                        edits.in_json(
                            tool, partial(edits.put, (number, *path), one_bit(leaf, random))
                        ),
                    )
                elif path[-1] == "dev":
                    yield (
                        "a route by another port",
                        said,
                        edits.in_json(tool, partial(edits.put, (number, *path), "wan0")),
                    )


def _rates(look: Look, _: Random) -> Found:
    for tool in [name for name in look["tools"] if name.startswith("tc class ")]:
        classes = edits.listed_classes(look["tools"][tool]["out"])
        for number, each in enumerate(classes):
            said = f"{tool}: {each['handle']} {each.get('rate')}"
            if "rate" not in each:
                continue
            for name, new in (
                *(("rate", rate) for rate in (2 * each["rate"], each["rate"] + 1, 1)),
                ("ceil", each["ceil"] + 1000),
                ("burst", 50 * each["burst"]),
            ):
                changed = {**each, name: new}
                changed |= {"ceil": new} if name == "rate" else {}
                yield (
                    "another rate",
                    f"{said}: {name} {new}",
                    _classes(tool, classes, number, changed),
                )
            yield "a removed shaper", said, _classes(tool, classes, number)
            other = {**each, "handle": each["handle"].replace("4b5a:", "4b5a:9", 1)}
            yield "one extra shaper", said, _classes(tool, classes, number, each, other)
    for number, queue in enumerate(json.loads(look["tools"]["qdiscs"]["out"])):
        if queue["handle"] == "4b5a:":
            place, said = (number,), f"htb of {queue['dev']}"
            yield "a removed shaper", said, edits.in_json("qdiscs", partial(edits.take, place))
            way_round = partial(edits.put, (number, "options", "default"), "0x63")
            yield "a shaper with a way round it", said, edits.in_json("qdiscs", way_round)


def _classes(tool: str, classes: list[Any], number: int, *instead: dict[str, Any]) -> Edit:
    """Puts the class with this *number* away, or others in its place."""

    def edit(look: Look) -> None:
        changed = [*classes[:number], *instead, *classes[number + 1 :]]
        look["tools"][tool]["out"] = json.dumps(changed) + "\n"

    return edit


def _associations(look: Look, random: Random) -> Found:
    if "associations" not in look["tools"]:
        return
    said = look["tools"]["associations"]["out"]
    yield (
        "a stale SA",
        "KSZ-P00099-S1",
        edits.in_text("associations", "list-sas reply", STALE + "list-sas reply"),
    )
    for line in said.splitlines(keepends=True):
        token = re.search(r"\{(KSZ-\S+)", line)
        if token is None:
            continue
        yield "a missing SA", token[1], edits.in_text("associations", line, "")
        childless = re.sub(r"child-sas \{.*\}\}\}\}", "child-sas {}}}", line)
        yield "a missing SA", f"{token[1]}, child", edits.in_text("associations", line, childless)
        for operator, words in SA_WORDS.items():
            for old, new in words:
                for nth in range(line.count(old)):
                    parts = line.split(old)
                    other = old.join(parts[: nth + 1]) + new + old.join(parts[nth + 1 :])
                    yield (
                        operator,
                        f"{token[1]}: {old} -> {new} ({nth + 1})",
                        edits.in_text("associations", line, other),
                    )
        for found in re.finditer(r"((?:local|remote)-ts)=\[([^\]]+)\]", line):
            for selector in found[2].split():
                address, _, length = selector.partition("/")
                for operator, new in (
                    ("one wrong selector", f"{one_bit(address, random)}/{length}"),
                    ("one wrong selector", wider(selector)),
                    ("one extra selector", f"{selector} {one_bit(address, random)}/{length}"),
                ):
                    other = line.replace(found[0], found[0].replace(selector, new), 1)
                    yield (
                        operator,
                        f"{token[1]} {found[1]} {selector} -> {new}",
                        edits.in_text("associations", line, other),
                    )
        other = line.replace(token[1], "KSZ-P00099-S1")
        yield "an SA under another name", token[1], edits.in_text("associations", line, other)


def _connections(look: Look, random: Random) -> Found:
    if "connections" not in look["tools"]:
        return
    tool = "connections"
    yield (
        "an orphan connection",
        "KSZ-P00099-S1",
        edits.in_text(tool, "list-conns reply", FOREIGN_CONNECTION + "list-conns reply"),
    )
    for line in look["tools"][tool]["out"].splitlines(keepends=True):
        token = re.search(r"\{(KSZ-\S+)", line)
        if token is None:
            continue
        yield "a removed connection", token[1], edits.in_text(tool, line, "")
        for found in re.finditer(
            r"(local_addrs|remote_addrs|local-ts|remote-ts|id)=\[?([0-9a-f.:/]+)\]?", line
        ):
            address, slash, length = found[2].partition("/")
            other = (
                line[: found.start(2)]
                + one_bit(address, random)
                + slash
                + length
                + line[found.end(2) :]
            )
            yield (
                "one bit in an address",
                f"{token[1]} {found[0]}",
                edits.in_text(tool, line, other),
            )
        for old, new in (
            ("version=IKEv2", "version=IKEv1"), ("pre-shared key", "any"), ("rekey_time=86400", "rekey_time=0"),
            ("rekey_time=14400", "rekey_time=0"), ("dpd_delay=10", "dpd_delay=0"), ("mode=TUNNEL", "mode=PASS"),
            ("unique=UNIQUE_REPLACE", "unique=UNIQUE_NEVER"),
        ):  # fmt: skip
            if old in line:
                yield (
                    "a changed connection",
                    f"{token[1]}: {old} -> {new}",
                    edits.in_text(tool, line, line.replace(old, new, 1)),
                )


def _secrets(look: Look, _: Random) -> Found:
    for generation in ("running", "startup"):
        for token, mark in (look[generation] or {}).get("fingerprints", {}).items():
            place = (generation, "fingerprints", token)
            other = ("0" if mark[0] != "0" else "1") + mark[1:]
            yield "one other key", f"{generation} {token}", partial(edits.put, place, other)
            yield "a removed key", f"{generation} {token}", partial(edits.take, place)
        for token, text in (look[generation] or {}).get("connections", {}).items():
            if generation == "startup":
                continue
            for line in text.splitlines():
                if " = " not in line:
                    continue
                place = (generation, "connections", token)
                yield (
                    "a changed connection",
                    f"{token}: without {line.strip()}",
                    partial(edits.put, place, text.replace(f"{line}\n", "", 1)),
                )
                for old, new in (("aes256gcm16", "aes128"), ("ecp384", "modp1024")):
                    if old in line:
                        yield (
                            "an algorithm outside the profile",
                            f"{token}: {line.strip()}",
                            partial(
                                edits.put, place, text.replace(line, line.replace(old, new), 1)
                            ),
                        )


def _accounts(look: Look, random: Random) -> Found:
    yield "an orphan account", "ksz-p00099-s1", partial(edits.add, ("accounts",), {
        "name": "ksz-p00099-s1", "uid": 209901, "group": "ksz-sftp", "home": "/", "shell": "/usr/sbin/nologin",
        "gecos": "KSZ-P00099-S1", "password": False, "keys": None, "keys_safe": False, "root_safe": True, "directories": [],
    })  # fmt: skip
    yield (
        "an orphan key",
        "ksz-p00099-s1.keys",
        partial(edits.add, ("orphan_keys",), "ksz-p00099-s1"),
    )
    for number, account in enumerate(look["accounts"]):
        name, keys = account["name"], account["keys"] or ""
        for field, value in {
            "uid": account["uid"] + 1, "group": "root", "home": "/root", "shell": "/bin/bash", "gecos": "KSZ-P00099-S1",
            "password": True, "keys_safe": False, "root_safe": False, "keys": None,
            "directories": [*account["directories"], "more"],
        }.items():  # fmt: skip
            yield (
                "a changed account",
                f"{name}: {field}",
                partial(edits.put, ("accounts", number, field), value),
            )
        for directory in account["directories"]:
            rest = [each for each in account["directories"] if each != directory]
            yield (
                "a changed account",
                f"{name}: without {directory}",
                partial(edits.put, ("accounts", number, "directories"), rest),
            )
        address = re.search(r'from="([^"]+)"', keys)
        if address:
            for operator, new in {
                "a key from anywhere": keys.replace(f",{address[0]}", ""),
                "one bit in an address": keys.replace(address[1], one_bit(address[1], random)),
                "a key that may do more": keys.replace("restrict,", ""),
                "one other key": keys[:-12] + ("A" if keys[-12] != "A" else "B") + keys[-11:],
                "one extra key": keys + keys.replace("IM1M", "IM1N"),
            }.items():
                yield operator, name, partial(edits.put, ("accounts", number, "keys"), new)
        yield "a removed account", name, partial(edits.take, ("accounts", number))


def _sshd(look: Look, _: Random) -> Found:
    if '"wan0"' not in str(look["running"]["statements"]) or "sshd" not in look["tools"]:
        return
    for old, new in SSHD.items():
        if old in look["tools"]["sshd"]["out"]:
            yield "a laxer SSH daemon", f"{old} -> {new}", edits.in_text("sshd", old, new)


def _startup(look: Look, _: Random) -> Found:
    yield "an unconfirmed state", "startup is missing", partial(edits.put, ("startup",), None)
    for name, mark in look["startup"]["files"].items():
        other = ("0" if mark[0] != "0" else "1") + mark[1:]
        yield (
            "an unconfirmed state",
            f"startup {name}",
            partial(edits.put, ("startup", "files", name), other),
        )


def _tools(look: Look, _: Random) -> Found:
    for name, answer in look["tools"].items():
        if name == "sshd" and '"wan0"' not in str(look["running"]["statements"]):
            continue
        place = ("tools", name)
        yield (
            "a tool that failed",
            name,
            partial(edits.put, place, {"code": 1, "out": "", "err": "no"}),
        )
        half = answer["out"][: len(answer["out"]) // 2]
        if half.strip() and name not in {"stats", "sshd"}:
            yield "an answer cut short", name, partial(edits.put, (*place, "out"), half)
