"""What lines that no resource explains let in: entries of our access lists, and lists not bound.

An access list is read in its order, so a permit below the last denial opens nothing. A list that is
bound and not defined, or that has no entry, lets everything in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl
from ksz_netops.platforms.ios_xe.config.parse import ABOVE, MISSING, configuration_of
from ksz_netops.platforms.ios_xe.config.rebuild.values import ports_of, way_of
from ksz_netops.proof import EVERYWHERE, Action, Doubt, Opening, Openings, Rule
from ksz_netops.state.resources import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState, Port, Stray

_GUARDS: Final = {
    acl.V4: (re.compile(r"ip access-group (\S+) in"), "ip access-list extended "),
    acl.V6: (re.compile(r"ipv6 traffic-filter (\S+) in"), "ipv6 access-list "),
}
"""By IP version, the line that binds a list inwards, and how the header of such a list begins."""
_HARMLESS_TOP: Final = re.compile(
    r"(?:startup-config|policy-map|class-map|ip route|ipv6 route|track|ip sla|crypto|controller"
    r"|key)\b.*"
)
"""Sections that can change no filter of partners."""
_HARMLESS_IN_INTERFACE: Final = re.compile(
    r"(?:no )?(?:description|service-policy|bandwidth|ip mtu|ipv6 mtu|ip tcp|mtu|keepalive"
    r"|load-interval|encapsulation|ppp|tunnel|ip address|ipv6 address|ip unnumbered|ipv6 enable"
    r"|ip verify|ipv6 verify|vrf forwarding|ip vrf|shutdown)\b.*"
)
_NARROWING: Final = frozenset(
    {"established", "fragments", *acl.HARMLESS}
    | {word for words in acl.ICMP_TYPES.values() for word in words}
)
"""Words at the end of an entry whose meaning is known: they only narrow it."""


@dataclass(slots=True)
class _Hub:
    whole: Tree
    opened: list[Opening] = field(default_factory=list)
    closed: list[Opening] = field(default_factory=list)
    ports: dict[str, Port] = field(init=False)
    doubts: dict[Doubt, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = ports_of(self.whole)

    def entry(self, interface: str) -> Entry | None:
        """The way in that the header *interface* names; None where it is none of ours."""
        try:
            return Entry(way=way_of(interface.split()[1], self.ports))
        except (KeyError, ValueError):
            return None

    def bound(self, interface: str) -> Iterator[tuple[int, str]]:
        """The IP version and the header of each list that *interface* binds inwards."""
        for family, (guard, header) in _GUARDS.items():
            for line in self.whole.get(interface, {}):
                if match := guard.fullmatch(line):
                    yield family, f"{header}{match[1]}"

    def doubt(self, stray: Stray, entry: Entry | None = None) -> None:
        way = entry.way if entry else None
        self.doubts[Doubt(statement=stray.statement, reason=stray.reason, way=way)] = None


def openings(state: DeviceState) -> Openings:
    """What the strays of *state* do to the filters that it holds."""
    if not state.strays:
        return Openings()
    hub = _Hub(configuration_of(state))
    lists: dict[str, list[Stray]] = {}
    unbound: dict[tuple[str, int], Stray] = {}
    for stray in state.strays:
        top, *below = stray.statement.split(ABOVE)
        if stray.reason == MISSING and not below:
            top = top.removeprefix("no ")
        if top.startswith(("ip access-list ", "ipv6 access-list ")):
            lists.setdefault(top, []).append(stray)
        elif top.startswith("interface ") and below:
            _sort_interface(hub, stray, top, below[-1], unbound)
        elif not _HARMLESS_TOP.fullmatch(top):
            hub.doubt(stray)
    _read_lists(hub, lists, unbound)
    return Openings(opened=tuple(hub.opened), closed=tuple(hub.closed), doubts=tuple(hub.doubts))


def _sort_interface(
    hub: _Hub, stray: Stray, interface: str, line: str, unbound: dict[tuple[str, int], Stray]
) -> None:
    bare = line.removeprefix("no ")
    guards = [family for family, (guard, _) in _GUARDS.items() if guard.fullmatch(bare)]
    if guards and stray.reason == MISSING:
        # Another list in its place is not ours, and so not read.
        if any(family == guards[0] for family, _ in hub.bound(interface)):
            hub.doubt(stray, hub.entry(interface))
        else:
            unbound[interface, guards[0]] = stray
    elif not guards and not _HARMLESS_IN_INTERFACE.fullmatch(line) and not _is_outward(bare):
        hub.doubt(stray, hub.entry(interface))


def _is_outward(line: str) -> bool:
    return line.startswith(("ip access-group ", "ipv6 traffic-filter ")) and line.endswith(" out")


def _read_lists(
    hub: _Hub, lists: dict[str, list[Stray]], unbound: dict[tuple[str, int], Stray]
) -> None:
    for interface, below in hub.whole.items():
        if not interface.startswith("interface ") or "shutdown" in below:
            continue
        entry = hub.entry(interface)
        if entry is None:
            continue
        for family in _GUARDS:
            stray = unbound.get((interface, family))
            if stray is not None:
                everything = _anything(family, f"{interface} without an access list inwards")
                hub.opened.append(Opening(entry=entry, rule=everything, strays=(stray.statement,)))
        for family, header in hub.bound(interface):
            if header in lists:
                _read_list(hub, entry, family, header, lists[header])


def _anything(family: int, statement: str) -> Rule:
    anyone = EVERYWHERE[0] if family == acl.V4 else EVERYWHERE[1]
    return Rule(
        action=Action.PERMIT, sources=(anyone,), destinations=(anyone,), statement=statement
    )


def _read_list(hub: _Hub, entry: Entry, family: int, header: str, strays: list[Stray]) -> None:
    foreign = {each.statement.split(ABOVE)[-1]: each for each in strays if each.reason != MISSING}
    lines = [line for line in hub.whole.get(header, {}) if " remark " not in line]
    if not lines:
        everything = _anything(family, f"{header}, which has no entry")
        statements = tuple(each.statement for each in strays)
        hub.opened.append(Opening(entry=entry, rule=everything, strays=statements))
        return
    lines.sort(key=lambda line: acl.number_of(line) or 0)
    last_own = max((n for n, line in enumerate(lines) if _is_own_permit(line, foreign)), default=-1)
    denied: list[Rule] = []
    for number, line in enumerate(lines):
        ace = acl.read(line, family)
        rule = _rule(ace)
        stray = foreign.get(line)
        if rule is None:
            # Of what is not understood, a denial that is left out only lets more pass.
            if stray is not None and (ace is None or ace.action == "permit"):
                hub.doubt(stray, entry)
        elif rule.action is Action.DENY:
            if stray is not None and number < last_own:
                hub.closed.append(Opening(entry=entry, rule=rule, strays=(stray.statement,)))
            denied.append(rule)
        elif stray is not None:
            statement = f"{header}{ABOVE}{line}"
            opening = Opening(
                entry=entry,
                rule=replace(rule, statement=statement),
                strays=(stray.statement,),
                after=tuple(denied),
            )
            hub.opened.append(opening)


def _is_own_permit(line: str, foreign: dict[str, Stray]) -> bool:
    return " permit " in line and line not in foreign


def _rule(ace: acl.Ace | None) -> Rule | None:
    """What *ace* says; None where that is not known, as with a group of addresses."""
    if ace is None or isinstance(ace.source, str) or isinstance(ace.destination, str):
        return None
    if not set(ace.tail) <= _NARROWING:
        return None
    try:
        return acl.rule(ace, {})
    except ValueError:
        return None
