"""Linux hubs: nftables, iproute2, tc, strongSwan and OpenSSH as one device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms import IMPORTING
from ksz_netops.platforms.linux import support
from ksz_netops.platforms.linux.config import statements
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.config.openings import openings
from ksz_netops.platforms.linux.config.parse import parse_text
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.planning import order as ordering
from ksz_netops.platforms.linux.planning import safety
from ksz_netops.state.resources import (
    DeviceState,
    Handoff,
    PartnerFilter,
    Perimeter,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from ksz_netops.platforms import Session, Target
    from ksz_netops.platforms.linux.stores.steps import Steps
    from ksz_netops.proof import Openings


_EVIDENCE: Final = {
    Perimeter.kind: "nft list table inet ksz",
    Handoff.kind: "ip -d address show",
    Route.kind: "ip route show table all proto 201; ip -6 route show table all proto 201",
    Tunnel.kind: "swanctl --list-conns",
    PartnerFilter.kind: "nft list table inet ksz",
    Shaper.kind: "tc -s class show dev PORT; nft list table inet ksz",
    SftpAccount.kind: "getent group ksz-sftp; head /etc/ssh/ksz/*.keys",
    "observations": "swanctl --list-sas; ip -br link show",
    "foreign": "ip route show table all; ip rule; nft list ruleset; swanctl --list-conns",
}


@dataclass(frozen=True, slots=True)
class LinuxPlatform:
    """What a Linux hub can do with resources."""

    name: str = "linux"
    namespaced: bool = True
    evidence: Mapping[str, str] = field(default_factory=lambda: dict(_EVIDENCE), repr=False)
    """By kind of resource, and by `observations`, the command that shows it on a hub."""

    def check(self, state: DeviceState) -> None:
        """Accepts a state that a Linux hub can hold.

        Raises:
            UnsupportedError: With everything that it cannot hold.
        """
        support.check(state)

    def render(self, state: DeviceState) -> str:
        """The configuration that holds *state*, secrets as fingerprints."""
        return statements.join(configuration(state))

    def parse(self, configuration: str) -> DeviceState:
        """What *configuration* holds."""
        return parse_text(configuration)

    def openings(self, state: DeviceState) -> Openings:
        """What the strays of *state* do to the filters that it holds."""
        return openings(state)

    def commands(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """What turns *running* into *intended* on a hub whose kernel has ESP."""
        return tuple(line for step in _steps(running, intended) for line in step.lines())

    def safety(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """What of the steps touches the filter, and what that means.

        Raises:
            CommitError: If the filter would not change in one transaction.
        """
        return safety.argued(_steps(running, intended))

    def connect(self, target: Target) -> AbstractContextManager[Session]:
        """A session with the hub.

        Raises:
            ConnectError: If it is not reached, or is not the hub that its host key promises.
        """
        # NAPALM takes more than half a second to import, and only a session needs it.
        with IMPORTING:
            from ksz_netops.platforms.linux.device.session import session  # noqa: PLC0415 - reason above

        return session(target)


def _steps(running: DeviceState, intended: DeviceState) -> Steps:
    return ordering.steps(
        frozenset(configuration(running)),
        frozenset(configuration(intended)),
        Dialect(esp=Esp.KERNEL, internet=_internet_port(intended)),
    )


def _internet_port(state: DeviceState) -> str:
    for resource in state:
        if isinstance(resource, Perimeter):
            return str(resource.internet or "")
    return ""


PLATFORM = LinuxPlatform()
