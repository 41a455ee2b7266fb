"""The kernel's network parameters that a hub needs, and what is wrong where one is otherwise.

A parameter of a port is in force together with that of `all`, each in its own way: the greater of
both counts, either of them is enough, or both are needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE: Final = "/etc/sysctl.d/60-ksz.conf"


class Force(StrEnum):
    """How a port's own value and that of all ports make the one that is in force."""

    OWN = "own"
    GREATER = "greater"
    EITHER = "either"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of each port."""

    family: str
    """`ipv4` or `ipv6`."""
    name: str
    wanted: tuple[int, ...]
    """The values that do, the one that the role sets first."""
    effect: str
    """What any other value does."""
    force: Force = Force.OWN
    unless_forwarding: bool = False
    """Whether a port that forwards ignores it."""

    def in_force(self, settings: Mapping[str, str], port: str) -> int | None:
        """The value in force on *port*; None where it was not told."""
        said = [settings.get(f"{self.family}/conf/{each}/{self.name}") for each in (port, "all")]
        if not all(each is not None and re.fullmatch(r"-?\d+", each) for each in said):
            return None
        own, everywhere = (int(each) for each in said if each is not None)
        match self.force:
            case Force.OWN:
                return own
            case Force.GREATER:
                return max(own, everywhere)
            case Force.EITHER:
                return own or everywhere
            case Force.BOTH:
                return own and everywhere


PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter(
        family="ipv4",
        name="rp_filter",
        wanted=(2, 0),
        effect="drops packets whose way back leads over another port",
        force=Force.GREATER,
    ),
    Parameter(
        family="ipv4",
        name="src_valid_mark",
        wanted=(1,),
        effect="drops packets, since their source is looked up without the fence's mark",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="ignore_routes_with_linkdown",
        wanted=(1,),
        effect="keeps sending by a line that is down",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="accept_redirects",
        wanted=(0,),
        effect="lets whoever is on the line say where packets go",
        force=Force.BOTH,
    ),
    Parameter(
        family="ipv4",
        name="send_redirects",
        wanted=(0,),
        effect="tells whoever is on the line of other gateways",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="accept_source_route",
        wanted=(0,),
        effect="lets a sender say by which way its packets go",
        force=Force.BOTH,
    ),
    Parameter(
        family="ipv4",
        name="arp_ignore",
        wanted=(1, 2),
        effect="answers ARP for the hub's addresses on other ports",
        force=Force.GREATER,
    ),
    Parameter(
        family="ipv4",
        name="arp_announce",
        wanted=(2,),
        effect="tells the hub's addresses on other ports in its own ARP requests",
        force=Force.GREATER,
    ),
    Parameter(
        family="ipv4",
        name="proxy_arp",
        wanted=(0,),
        effect="answers ARP for the addresses of others",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="accept_local",
        wanted=(0,),
        effect="takes packets from the hub's own addresses",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="route_localnet",
        wanted=(0,),
        effect="routes the addresses of the hub's own loopback",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="disable_xfrm",
        wanted=(0,),
        effect="lets packets leave without encryption",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv4",
        name="disable_policy",
        wanted=(0,),
        effect="takes packets that should have been encrypted",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv6",
        name="ignore_routes_with_linkdown",
        wanted=(1,),
        effect="keeps sending by a line that is down",
    ),
    Parameter(
        family="ipv6",
        name="accept_redirects",
        wanted=(0,),
        effect="lets whoever is on the line say where packets go",
        unless_forwarding=True,
    ),
    Parameter(
        family="ipv6",
        name="accept_source_route",
        wanted=(0, -1),
        effect="lets a sender say by which way its packets go",
        force=Force.BOTH,
    ),
    Parameter(
        family="ipv6",
        name="proxy_ndp",
        wanted=(0,),
        effect="answers neighbour solicitations for the addresses of others",
        force=Force.EITHER,
    ),
    Parameter(
        family="ipv6",
        name="seg6_enabled",
        wanted=(0,),
        effect="lets a sender say by which way its packets go",
        force=Force.BOTH,
    ),
)
_BY_DEFAULT: Final = frozenset(
    {"proxy_arp", "accept_local", "route_localnet", "disable_xfrm", "disable_policy", "proxy_ndp"}
    | {"seg6_enabled"}
)
"""What every kernel sets as it must be, so that the role need not."""


def at_boot() -> Iterator[tuple[str, int]]:
    """What `FILE` must say: the names in sysctl's words, and their values."""
    for parameter in PARAMETERS:
        if parameter.name not in _BY_DEFAULT:
            yield _sysctl(parameter, "all"), parameter.wanted[0]
            if parameter.name != "src_valid_mark":
                yield _sysctl(parameter, "default"), parameter.wanted[0]
    yield "net.ipv6.conf.all.accept_ra", 0
    yield "net.ipv6.conf.default.accept_ra", 0


def _sysctl(parameter: Parameter, port: str) -> str:
    return f"net.{parameter.family}.conf.{port}.{parameter.name}"


def in_file(text: str) -> dict[str, str]:
    """What the text of a file of sysctl sets, the last value of each name."""
    pairs = (line.partition("=") for line in text.splitlines() if line.lstrip()[:1] not in "#;")
    return {name.strip().lstrip("-"): value.strip() for name, equals, value in pairs if equals}
