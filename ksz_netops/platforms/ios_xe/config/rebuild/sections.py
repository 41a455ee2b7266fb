"""Our lines, indexed by what refers to what, in one pass over them.

Rebuilding looks up what belongs to a partner here. Without the index each partner would cost a walk
over the lines of all partners.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ksz_netops.platforms.ios_xe.config import acl, names, ownership
from ksz_netops.platforms.ios_xe.config.rebuild.values import ports_of
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPAddress, Port

_ROUTE: Final = re.compile(
    r"ip(?:v6)? route (?P<to>\S+)(?: 255\.255\.255\.255)? (?P<way>[A-Za-z]\S+)"
    r"(?: (?P<via>[\d.]+\.\d+|[0-9a-f:]*:[0-9a-f:.]*))?(?: (?P<distance>\d+))?"
    r" name (?P<token>\S+)(?: track \d+)?"
)
_REMARK: Final = re.compile(r"(?:sequence )?\d+ remark (KSZ-P\d{5}-S\d{1,2}) (\S+)")
_INWARD: Final = (
    ("ip access-group ", "ip access-list extended", ""),
    ("ipv6 traffic-filter ", "ipv6 access-list", "6"),
)
_TRANSFORM: Final = "crypto ipsec transform-set "
_OUTPUT: Final = "service-policy output "


class StaticRoute(NamedTuple):
    """A route of ours."""

    owner: Owner
    official: IPAddress
    way: str
    """The interface."""
    via: str | None
    distance: int


@dataclass(frozen=True, slots=True)
class Sections:
    """Our lines *own*, and the places in them that other lines refer to."""

    own: Tree
    ports: dict[str, Port]
    """The E1 lines and bundles, by interface."""
    blocks: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    """Of each block of numbers the entries, by the interface by which they let in."""
    filtered: dict[tuple[str, IPAddress], None] = field(default_factory=dict)
    """The token and official address of each block, in the order of the lists."""
    routes: list[StaticRoute] = field(default_factory=list)
    transforms: dict[str, str] = field(default_factory=dict)
    """What each transform set is made of."""
    bound: dict[str, str] = field(default_factory=dict)
    """The interface where each list of IPv4 is bound inwards; the first where there are several."""
    limits: dict[str, list[tuple[str, Tree]]] = field(default_factory=dict)
    """Of each class the interfaces whose outbound policy holds it, with its lines."""

    @classmethod
    def of(cls, own: Tree) -> Sections:
        """The index of *own*."""
        sections = cls(own, ports_of(own))
        blocks: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
        for header, below in own.items():
            if header.startswith("interface "):
                sections._index_interface(header.split()[1], below, blocks)
            elif header.startswith(("ip route ", "ipv6 route ")):
                sections.routes.extend(_route(header))
            elif header.startswith(_TRANSFORM):
                name, _, made_of = header.removeprefix(_TRANSFORM).partition(" ")
                sections.transforms.setdefault(name, made_of)
        sections.blocks.update(blocks)
        return sections

    def _index_interface(
        self, name: str, below: Tree, blocks: defaultdict[int, dict[str, list[str]]]
    ) -> None:
        policy = None
        for line in below:
            if line.startswith("ip access-group ") and line.endswith(" in"):
                self.bound.setdefault(line.split()[2], name)
            elif line.startswith(_OUTPUT):
                policy = self.own.get(f"policy-map {line.removeprefix(_OUTPUT)}")
        for held, limits in (policy or {}).items():
            if limits:
                self.limits.setdefault(held, []).append((name, limits))
        for entries in self._inward(name, below):
            for line in entries:
                number = acl.number_of(line) or 0
                blocks[number - number % names.BLOCK].setdefault(name, []).append(line)
                remark = _REMARK.fullmatch(line)
                if remark:
                    with suppress(ValueError):
                        self.filtered[remark[1], read_address(remark[2])] = None

    def _inward(self, name: str, below: Tree) -> Iterator[Tree]:
        """Each list of the interface inwards: the bound one, else the one of its name."""
        owner = Owner.read(ownership.described(below) or "")
        for start, kind, six in _INWARD:
            bound = [
                line.split()[2]
                for line in below
                if line.startswith(f"{start}KSZ-") and line.endswith(" in")
            ]
            called = bound[0] if bound else owner and f"{names.base_of(owner, name)}-IN{six}"
            entries = self.own.get(f"{kind} {called}") if called else None
            if entries is not None:
                yield entries


def _route(header: str) -> Iterator[StaticRoute]:
    found = _ROUTE.fullmatch(header)
    owner = Owner.read(found["token"]) if found else None
    if found is None or owner is None:
        return
    with suppress(ValueError):
        official = read_network(found["to"]).network_address
        distance = int(found["distance"] or 1)
        yield StaticRoute(owner, official, found["way"], found["via"], distance)
