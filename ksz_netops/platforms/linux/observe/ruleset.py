"""What nft tables of others do to the packets that we forward.

A rule counts where a packet of ours can meet it: in a chain on the way through the hub, or in one
that may be called from there. What only counts, logs or accepts changes nothing, since the filter
asks after it or has asked before.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.state.observations import Detour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

_OURS: Final = frozenset({("inet", names.TABLE), ("inet", names.FENCE)})
_ON_THE_WAY: Final = frozenset({"ingress", "prerouting", "forward", "postrouting", "egress"})
_REWRITTEN: Final = frozenset({"saddr", "daddr", "sport", "dport"})
_CERTAIN: Final = {
    "dnat": "gives packets another destination",
    "dup": "sends copies of packets elsewhere",
    "flow": "lets packets of a known flow pass by every filter",
    "fwd": "sends packets on before any filter",
    "masquerade": "gives packets another source",
    "notrack": "keeps answers from being known as such",
    "queue": "hands packets to a program",
    "redirect": "gives packets another destination",
    "snat": "gives packets another source",
    "synproxy": "answers in place of the receiver",
    "tproxy": "hands packets to a program",
    "xt": "does what nft does not tell",
}
_METAS: Final = {
    "mark": "changes the mark by which packets are routed and fenced",
    "priority": "puts packets into another class than their partner's",
    "nftrace": "",
    "pkttype": "",
}
_DROPS: Final = frozenset({"drop", "reject"})
HARMLESS: Final = frozenset(
    {"match", "counter", "log", "accept", "continue", "return", "jump", "goto", "limit", "quota"}
    | {"set", "last", "ct count", "comment", "meter"}
)


def detours(ruleset: dict[str, Any], ports: AbstractSet[str]) -> Iterator[Detour]:
    """What the tables of others in *ruleset* do to packets by our *ports*."""
    ways = _Ways(ruleset)
    for family, table in sorted(ways.unread):
        yield Detour(
            statement=f"nft table {family} {table}",
            effect="may do anything: this nft does not list it as JSON",
        )
    for item in ruleset["nftables"]:
        if (chain := item.get("chain")) is not None and ways.are_ours(chain):
            policy, hook = chain.get("policy"), chain.get("hook")
            if policy == "drop" and hook in _ON_THE_WAY and _is_on(chain, ports):
                place = f"nft {chain['family']} {chain['table']} {chain['name']}"
                yield Detour(
                    statement=f"{place}: policy drop",
                    effect="drops what it does not accept itself",
                )
        if (rule := item.get("rule")) is not None and ways.are_on_the_way(rule):
            yield from _of_rule(rule, ports)


class _Ways:
    """Which tables and chains of others packets of ours can meet."""

    def __init__(self, ruleset: dict[str, Any]) -> None:
        self._dormant: set[tuple[str, str]] = set()
        self.unread: set[tuple[str, str]] = set()
        self._hooks: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._base: dict[tuple[str, str, str], str] = {}
        for item in ruleset["nftables"]:
            if (table := item.get("table")) is not None:
                key = (table["family"], table["name"])
                if "dormant" in table.get("flags", ()):
                    self._dormant.add(key)
                elif "unread" in table and key not in _OURS:
                    self.unread.add(key)
            if (chain := item.get("chain")) is not None and "hook" in chain:
                key = (chain["family"], chain["table"])
                self._hooks[key].add(chain["hook"])
                self._base[*key, chain["name"]] = chain["hook"]

    def are_ours(self, content: dict[str, Any]) -> bool:
        """Whether *content* is of a table of others that is in force."""
        key = (content["family"], content["table"])
        return key not in _OURS and key not in self._dormant

    def are_on_the_way(self, rule: dict[str, Any]) -> bool:
        """Whether a packet that we forward can meet *rule*."""
        if not self.are_ours(rule):
            return False
        key = (rule["family"], rule["table"])
        hook = self._base.get((*key, rule["chain"]))
        return bool(_ON_THE_WAY & ({hook} if hook else self._hooks[key]))


def _is_on(chain: dict[str, Any], ports: AbstractSet[str]) -> bool:
    """Whether *chain* is on one of *ports*, or on none by name."""
    devices = chain.get("dev", ())
    devices = [devices] if isinstance(devices, str) else devices
    return not devices or bool(ports & set(devices))


def _of_rule(rule: dict[str, Any], ports: AbstractSet[str]) -> Iterator[Detour]:
    if _is_elsewhere(rule["expr"], ports):
        return
    place = f"nft {rule['family']} {rule['table']} {rule['chain']}"
    for expression in rule["expr"]:
        for verb, value in expression.items():
            if (done := _done(verb, value)) is not None:
                what, effect, certain = done
                yield Detour(statement=f"{place}: {what}", effect=effect, certain=certain)


def _is_elsewhere(expressions: list[dict[str, Any]], ports: AbstractSet[str]) -> bool:
    """Whether the rule asks for a port that is none of *ports*."""
    for expression in expressions:
        match expression:
            case {
                "match": {
                    "op": "==",
                    "left": {"meta": {"key": "iifname" | "oifname" | "iif" | "oif"}},
                    "right": named,
                }
            }:
                match named:
                    case str():
                        asked = {named}
                    case {"set": [*members]} if all(isinstance(each, str) for each in members):
                        asked = set(members)
                    case _:
                        continue
                if not any(each in ports or "*" in each for each in asked):
                    return True
    return False


def _done(verb: str, value: Any) -> tuple[str, str, bool] | None:  # noqa: ANN401 - a part of a rule
    """What a part of a rule does, in nft's words and in a person's, and whether that is certain."""
    if verb == "mangle":
        return _mangled(value["key"])
    if verb == "xt" and value and value.get("type") == "match":
        return None
    if verb in _CERTAIN:
        return verb, _CERTAIN[verb], True
    if verb in _DROPS:
        return verb, "may drop packets of partners", False
    if verb in {"vmap", "map"}:
        return verb, "may do anything with packets, by a map", False
    return None if verb in HARMLESS else (verb, "is not understood", False)


def _mangled(key: dict[str, Any]) -> tuple[str, str, bool] | None:
    field = key.get("payload", {}).get("field", "")
    if field:
        rewritten = field in _REWRITTEN
        return (f"set {field}", "rewrites packets' headers", True) if rewritten else None
    if "meta" in key:
        name = key["meta"]["key"]
        effect = _METAS.get(name, "changes what the kernel knows about packets")
        return (f"set {name}", effect, True) if effect else None
    return "set " + " ".join(key), "changes what the kernel knows about packets", False
