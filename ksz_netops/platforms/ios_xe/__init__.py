"""Cisco IOS-XE routers: E1, Ethernet, private networks and IPsec, by NAPALM's `ios` driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe import support
from ksz_netops.platforms.ios_xe.config import tree
from ksz_netops.platforms.ios_xe.config.openings import openings
from ksz_netops.platforms.ios_xe.config.parse import parse
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.device import session
from ksz_netops.platforms.ios_xe.planning import proven
from ksz_netops.state.resources import Handoff, PartnerFilter, Perimeter, Route, Shaper, Tunnel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from ksz_netops.platforms import Session, Target
    from ksz_netops.proof import Openings
    from ksz_netops.state.resources import DeviceState

_EVIDENCE: Final = {
    Perimeter.kind: "show access-lists; show object-group; show ipv6 access-list",
    Handoff.kind: "show running-config | section ^interface|^controller",
    Route.kind: "show running-config | include ^ip(v6)? route|^track|^ip sla",
    Tunnel.kind: "show running-config | section ^crypto|^interface Tunnel",
    PartnerFilter.kind: "show access-lists; show ipv6 access-list; show ip interface",
    Shaper.kind: "show policy-map interface; show class-map",
    "observations": (
        "show crypto ikev2 sa detailed; show crypto ipsec sa; show interfaces; "
        "show controllers E1; show ppp multilink"
    ),
    "foreign": "show running-config | section ^interface; show ip route static",
}


@dataclass(frozen=True, slots=True)
class IosXePlatform:
    """IOS-XE routers as hubs."""

    name: str = "ios_xe"
    namespaced: bool = False
    evidence: Mapping[str, str] = field(default_factory=lambda: dict(_EVIDENCE), repr=False)
    """By kind of resource, and by `observations`, the command that shows it on a router."""

    def check(self, state: DeviceState) -> None:
        """Accepts a state that a router can hold.

        Raises:
            UnsupportedError: With every resource that it has no way to hold.
        """
        support.check(state)

    def render(self, state: DeviceState) -> str:
        """Our part of the configuration that holds *state*, keys as fingerprints."""
        return tree.written(rendered(state))

    def parse(self, configuration: str) -> DeviceState:
        """What *configuration* holds of ours."""
        return parse(configuration)

    def openings(self, state: DeviceState) -> Openings:
        """What the strays of *state* do to the filters that it holds."""
        return openings(state)

    def commands(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """The lines that turn *running* into *intended*, safe after every one.

        Raises:
            CommitError: If no such order was found.
        """
        return proven.commands(running, intended)

    def safety(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """What was judged after every line.

        Raises:
            CommitError: If no safe order was found.
        """
        return proven.safety(running, intended)

    def connect(self, target: Target) -> AbstractContextManager[Session]:
        """A session with the router.

        Raises:
            ConnectError: If it is not reached, or is not the one that its host key promises.
        """
        return session.session(target)


PLATFORM = IosXePlatform()
