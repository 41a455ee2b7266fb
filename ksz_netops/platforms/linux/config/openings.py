"""What statements that no resource explains let pass: elements of our sets, rules in our chains.

A packet passes where an element of an entry set matches its way in and its source, and an element
of a flow set matches its source, destination and service. So a foreign element opens together with
every element of the other kind, ours or foreign.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from ipaddress import summarize_address_range
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.config.foreign_rules import NOTHING, Chain, foreign_rule
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.config.statements import kind_of
from ksz_netops.proof import Action, Doubt, Opening, Openings, Rule
from ksz_netops.proof.rules import ICMP, ICMPV6, TCP, UDP
from ksz_netops.state.addresses import is_within, read_network
from ksz_netops.state.grammar import Mac
from ksz_netops.state.resources import Entry, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.proof.boxes import Interval
    from ksz_netops.state.resources import DeviceState, IPNetwork

_ELEMENT: Final = re.compile(
    r'element (?P<set>\w+) \{ (?P<key>.+?)(?: comment "[^"]*")?(?: : \S+)?(?: with .*)? \}'
)
_HARMLESS_KINDS: Final = frozenset(
    {"link", "address", "route", "shaping", "class", "connection", "secret", "loaded", "sa"}
    | {"sshd", "account", "key", "directory", "startup"}
)
"""Statements that can change no filter of partners."""
_HARMLESS_SETS: Final = re.compile(
    r"management_port|management_open|management[46]|peers[46]|sftp_clients[46]|file_service"
    r"|line_out[46]|tunnel_out[46]|extranet[46]|class_(?:from|to)[46]|violators[46]"
)
"""Sets for the hub itself, for answers to partners, and for rates."""
_PROTOCOLS: Final = {
    "tcp": TCP,
    "udp": UDP,
    "dccp": 33,
    "sctp": 132,
    "udplite": 136,
}
_EVERY_PORT: Final[tuple[Interval, ...]] = ((0, 65535),)
_ECHO: Final = {4: (ICMP, 8), 6: (ICMPV6, 128)}


@dataclass(slots=True)
class _Sets:
    """The elements of the filter by what they do, each with its statement."""

    entries: list[tuple[str, Entry, IPNetwork]] = field(default_factory=list)
    flows: dict[IPNetwork, list[tuple[str, Rule]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By source."""
    wide: list[tuple[str, IPNetwork, Rule]] = field(default_factory=list)
    """Those whose source is more than one address."""
    chains: list[Chain] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def openings(state: DeviceState) -> Openings:
    """What the strays of *state* do to the filters that it holds."""
    reasons = {stray.statement: stray.reason for stray in state.strays}
    if not any(_may_matter(statement) for statement in reasons):
        return Openings()
    sets = _Sets()
    for statement in configuration(state):
        if _may_matter(statement):
            _sort_in(sets, statement, reasons)
    opened = [*_joined(sets, frozenset(reasons)), *_by_rules(sets, Action.PERMIT)]
    return Openings(
        opened=tuple(opened),
        closed=tuple(_by_rules(sets, Action.DENY)),
        doubts=tuple(sets.doubts),
    )


def _may_matter(statement: str) -> bool:
    if kind_of(statement) in _HARMLESS_KINDS:
        return False
    element = _ELEMENT.fullmatch(statement)
    return not (element and _HARMLESS_SETS.fullmatch(element["set"]))


def _sort_in(sets: _Sets, statement: str, reasons: dict[str, str]) -> None:
    """Puts *statement* where it belongs; a stray that is not understood is a doubt."""
    try:
        match = _ELEMENT.fullmatch(statement)
        if match:
            _sort_element(sets, statement, match["set"], match["key"])
        elif statement in reasons:
            chain = foreign_rule(statement)
            if chain is not NOTHING:
                sets.chains.append(chain)
    except (ValueError, IndexError, TypeError):
        if statement in reasons:
            sets.doubts.append(Doubt(statement=statement, reason=reasons[statement]))


def _sort_element(sets: _Sets, statement: str, name: str, key: str) -> None:
    parts = [part.strip('"') for part in key.split(" . ")]
    match name[:-1], parts:
        case "line_in", [port, source]:
            entry = Entry(way=names.port_of(port))
        case "bound_in", [port, layer2, source]:
            entry = Entry(way=names.port_of(port), layer2=Mac(layer2))
        case "tunnel_in", [number, source]:
            entry = Entry(way=TunnelEnd(int(number)))
        case (("flows" | "echo"), [source, *_]):
            _sort_flow(sets, statement, parts)
            return
        case _:
            # The sets of our ports: another port in one of them changes what everything means.
            raise ValueError(statement)
    sets.entries.append((statement, entry, read_network(source)))


def _sort_flow(sets: _Sets, statement: str, parts: list[str]) -> None:
    for source in _networks(parts[0]):
        rule = _flow_rule(statement, source, parts)
        if source.prefixlen == source.max_prefixlen:
            sets.flows[source].append((statement, rule))
        else:
            sets.wide.append((statement, source, rule))


def _flow_rule(statement: str, source: IPNetwork, parts: list[str]) -> Rule:
    protocol, ports = _ECHO[source.version][0], ((_ECHO[source.version][1],) * 2,)
    if len(parts) > 2:  # noqa: PLR2004 - source, destination, protocol, ports
        protocol = _PROTOCOLS.get(parts[2]) or int(parts[2])
        first, _, last = parts[3].partition("-")
        ports = ((int(first), int(last or first)),)
    return Rule(
        action=Action.PERMIT,
        sources=(source,),
        destinations=tuple(_networks(parts[1])),
        protocol=protocol,
        ports=ports,
        source_ports=_EVERY_PORT,
        statement=statement,
    )


def _networks(text: str) -> Iterator[IPNetwork]:
    """The prefixes that cover *text*, an address, a prefix or a range exactly."""
    first, dash, last = text.partition("-")
    if not dash:
        yield read_network(text, strict=False)
        return
    ends = read_network(first).network_address, read_network(last).network_address
    yield from summarize_address_range(*ends)


def _joined(sets: _Sets, strays: frozenset[str]) -> Iterator[Opening]:
    """Each pair of an entry and a flow for one source of which one at least is foreign."""
    for entered, entry, source in sets.entries:
        for flowing, rule in (
            *sets.flows.get(source, ()),
            *((said, rule) for said, wide, rule in sets.wide if is_within(source, wide)),
        ):
            foreign = [each for each in (entered, flowing) if each in strays]
            if foreign:
                yield Opening(
                    entry=entry,
                    rule=Rule(
                        action=rule.action,
                        sources=(source,),
                        destinations=rule.destinations,
                        protocol=rule.protocol,
                        ports=rule.ports,
                        statement=" with ".join(foreign),
                    ),
                    strays=tuple(foreign),
                )


def _by_rules(sets: _Sets, action: Action) -> Iterator[Opening]:
    """What foreign rules in our chains let in or refuse, at each way in that there is."""
    sources: dict[Entry, dict[IPNetwork, None]] = defaultdict(dict)
    for _, entry, source in sets.entries:
        sources[entry][source] = None
    for chain in sets.chains:
        if chain.rule.action is not action:
            continue
        ways = [*sources, *([Entry(way=chain.port)] if chain.port is not None else [])]
        for entry in dict.fromkeys(ways):
            opening = chain.opening(entry, tuple(sources.get(entry, ())))
            if opening is not None:
                yield opening
