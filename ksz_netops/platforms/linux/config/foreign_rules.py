"""Rules that somebody put into a chain of ours, as the statements of the frame say them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.proof import EVERYWHERE, Action, Opening, Rule
from ksz_netops.proof.rules import ICMP, ICMPV6, TCP, UDP
from ksz_netops.state.addresses import is_within, read_network
from ksz_netops.state.resources import EthernetPort, TunnelEnd

if TYPE_CHECKING:
    from ksz_netops.state.resources import Entry, IPNetwork

_RULE: Final = re.compile(
    r"frame foreign chain (?P<chain>\w+): (?P<words>.+?)"
    r"(?: # (?:before rule (?P<number>\d+) of \d+|(?P<dead>after the last rule)))?"
)
_LACKING: Final = re.compile(r"frame lacks chain (?:\w+): .*\b(?:accept|goto admitted)")
_OTHER_CHAINS: Final = frozenset({"input", "to_partner", "addressed"})
"""Chains that no packet from a partner to the extranet goes through."""
_CHAINS: Final = frozenset({"forward", "from_partner", "permitted"})
_EARLIER_CHAINS: Final = frozenset({"early", "standing"})
"""Chains at earlier hooks, where an accept leaves the later ones to decide."""
_VERDICTS: Final = {"accept": Action.PERMIT, "goto admitted": Action.PERMIT, "drop": Action.DENY}
_WITHOUT_EFFECT: Final = re.compile(r"\b(?:counter(?: name \S+)?|log(?: prefix \S+)?)(?= |$)")
_PREFIX: Final = r"(?:prefix )?(?:addr )?(?P<{0}>[0-9a-f.:]+)(?: len (?P<{0}_len>\d+))?"
_PROTOCOLS: Final = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "ipv6-icmp": ICMPV6, "icmpv6": ICMPV6}
_MATCHES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:meta )?iifname (?P<port>\S+)",
        r"ip6? saddr " + _PREFIX.format("source"),
        r"ip6? daddr " + _PREFIX.format("destination"),
        r"meta l4proto (?P<protocol>[a-z0-9-]+)",
        r"(?P<protocol>tcp|udp) dport (?:range )?(?P<first>\d+)(?:(?:, |-)(?P<last>\d+))?",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One foreign rule that accepts or drops, and where it stands."""

    name: str
    statement: str
    rule: Rule
    port: EthernetPort | None = None
    """The port that it asks for; None is any."""

    before: int = 0
    """How many of our rules stand before it."""

    def opening(self, entry: Entry, officials: tuple[IPNetwork, ...]) -> Opening | None:
        """What it does to packets that come in by *entry*; None where none reaches it.

        *officials* are the sources that our sets admit there.
        """
        if self.port is not None and entry.way != self.port:
            return None
        if self.name == "permitted":
            sources = tuple(
                official
                for official in officials
                if any(is_within(official, source) for source in self.rule.sources)
            )
            rule = replace(self.rule, sources=sources) if sources else None
            return Opening(entry=entry, rule=rule, strays=(self.statement,)) if rule else None
        gone = tuple(official for official in officials if self._is_past(entry, official))
        denial = Rule(action=Action.DENY, sources=gone, destinations=EVERYWHERE)
        return Opening(
            entry=entry,
            rule=self.rule,
            strays=(self.statement,),
            after=(denial,) if gone else (),
        )

    def _is_past(self, entry: Entry, official: IPNetwork) -> bool:
        """Whether packets of *official* have left the chain `from_partner` before this rule."""
        place = 2 if isinstance(entry.way, TunnelEnd) else int(entry.layer2 is not None)
        family = 0 if official.version == 4 else len(("line", "bound", "tunnel"))  # noqa: PLR2004
        return self.name == "from_partner" and self.before > place + family


NOTHING: Final = Chain(
    name="", statement="", rule=Rule(action=Action.DENY, sources=(), destinations=(), statement="")
)
"""A statement that changes no packet from a partner to the extranet."""


def foreign_rule(statement: str) -> Chain:
    """What *statement* about our frame says.

    Raises:
        ValueError: If it may change what passes and is not understood.
    """
    if statement == "frame standard" or _LACKING.fullmatch(statement):
        return NOTHING
    match = _RULE.fullmatch(statement)
    if match is None:
        raise ValueError(statement)
    if match["chain"] in _OTHER_CHAINS or match["dead"]:
        return NOTHING
    if match["chain"] not in _CHAINS | _EARLIER_CHAINS:
        raise ValueError(statement)
    words = " ".join(_WITHOUT_EFFECT.sub("", match["words"]).split())
    if not words:
        return NOTHING
    verdict = next((each for each in _VERDICTS if f" {words}".endswith(f" {each}")), None)
    if verdict is None:
        raise ValueError(statement)
    if match["chain"] in _EARLIER_CHAINS and verdict == "accept":
        return NOTHING
    matching = words.removesuffix(verdict).strip()
    found = _matched(matching, statement)
    return Chain(
        name=match["chain"],
        statement=statement,
        rule=_rule(found, verdict, statement),
        port=names.port_of(found["port"]) if "port" in found else None,
        before=int(match["number"] or 1) - 1,
    )


def _matched(matching: str, statement: str) -> dict[str, str]:
    """What the matches of a rule ask for, by field."""
    found: dict[str, str] = {}
    rest = matching
    while rest:
        for pattern in _MATCHES:
            if (match := pattern.match(rest)) and rest[match.end() : match.end() + 1] in {"", " "}:
                found |= {key: value for key, value in match.groupdict().items() if value}
                rest = rest[match.end() :].strip()
                break
        else:
            raise ValueError(statement)
    return found


def _rule(found: dict[str, str], verdict: str, statement: str) -> Rule:
    ports = ((int(found.get("first", 0)), int(found.get("last", found.get("first", 65535)))),)
    name = found.get("protocol")
    protocol = None if name is None else _PROTOCOLS.get(name) or int(name)
    return Rule(
        action=_VERDICTS[verdict],
        sources=_ends(found, "source"),
        destinations=_ends(found, "destination"),
        protocol=protocol,
        ports=ports,
        statement=statement.removeprefix("frame foreign "),
    )


def _ends(found: dict[str, str], end: str) -> tuple[IPNetwork, ...]:
    if end not in found:
        return EVERYWHERE
    length = f"/{found[f'{end}_len']}" if f"{end}_len" in found else ""
    return (read_network(f"{found[end]}{length}", strict=False),)
