"""Linux hubs: nftables, iproute2, tc, strongSwan and OpenSSH as one device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.platforms.linux import commands as ordering
from ksz_netops.platforms.linux import statements, support
from ksz_netops.platforms.linux.dialect import Dialect, Esp
from ksz_netops.platforms.linux.parse import parse_text
from ksz_netops.platforms.linux.render import configuration
from ksz_netops.resources import DeviceState, Perimeter

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ksz_netops.platforms import Session, Target


@dataclass(frozen=True, slots=True)
class LinuxPlatform:
    """What a Linux hub can do with resources."""

    name: str = "linux"
    namespaced: bool = True

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

    def commands(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """What turns *running* into *intended* on a hub whose kernel has ESP."""
        steps = ordering.steps(
            frozenset(configuration(running)),
            frozenset(configuration(intended)),
            Dialect(esp=Esp.KERNEL, internet=_internet_port(intended)),
        )
        return tuple(line for step in steps for line in step.lines())

    def connect(self, target: Target) -> AbstractContextManager[Session]:
        """A session with the hub.

        Raises:
            ConnectError: If it is not reached, or is not the hub that its host key promises.
        """
        # NAPALM takes more than half a second to import, and only a session needs it.
        from ksz_netops.platforms.linux.session import session  # noqa: PLC0415 - reason above

        return session(target)


def _internet_port(state: DeviceState) -> str:
    for resource in state:
        if isinstance(resource, Perimeter):
            return str(resource.internet or "")
    return ""


PLATFORM = LinuxPlatform()
