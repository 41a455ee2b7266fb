"""The platforms' own sessions and drivers over answers that were recorded, or mutated.

Only the wire is replaced: what parses, compares and judges is the product's.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ksz_netops.platforms import Target
from ksz_netops.platforms.ios_xe.device.driver import KszIosDriver
from ksz_netops.platforms.ios_xe.device.session import IosSession
from ksz_netops.platforms.linux.device.driver import KszLinuxDriver
from ksz_netops.platforms.linux.device.session import LOOK, LinuxSession
from ksz_netops.platforms.linux.device.transport import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.mutation.mutants import Device
    from ksz_netops.platforms import Platform, Session
    from ksz_netops.proof import Openings
    from ksz_netops.state.resources import DeviceState

NOWHERE = Target(
    name="hub",
    address="192.0.2.1",
    port=22,
    user="nobody",
    private_key=Path("/nonexistent"),
    known_hosts=Path("/nonexistent"),
)


def recorded(answers: Mapping[str, str]) -> Device:
    """A device that gives *answers*, and to all else nothing."""
    return lambda command: answers.get(command, "")


@dataclass(frozen=True, slots=True)
class _LinuxWire:
    """Stands where the SSH connection to a Linux hub stands."""

    device: Device

    def run(self, command: str, stdin: str = "", timeout_s: float = 0) -> Answer:
        """The look where a program is handed in; else what `ip route` makes of the routes in it."""
        del timeout_s
        if stdin:
            return Answer(code=0, out=self.device(LOOK), err="")
        wanted = ip_network(command.rsplit(" ", 1)[-1])
        routes = json.loads(json.loads(self.device(LOOK))["tools"]["routes4"]["out"] or "[]")
        routes += json.loads(json.loads(self.device(LOOK))["tools"]["routes6"]["out"] or "[]")
        matching = [each for each in routes if _covers(each["dst"], wanted)]
        return Answer(code=0, out=json.dumps(matching), err="")


def _covers(destination: str, wanted: Any) -> bool:  # noqa: ANN401 - of either family
    held = ip_network(destination, strict=False)
    return held.version == wanted.version and wanted.subnet_of(held)


class ReplayedLinux(KszLinuxDriver):
    """The driver of a Linux hub over a device that was recorded."""

    def __init__(self, device: Device) -> None:
        super().__init__("192.0.2.1", "nobody")
        self._wire = _LinuxWire(device)

    @property
    def transport(self) -> Any:  # noqa: ANN401 - what stands for the connection
        """The wire."""
        return self._wire


@dataclass(frozen=True, slots=True)
class _IosWire:
    """Stands where Netmiko's connection to a router stands."""

    device: Device

    def send_command(self, command: str, **_: object) -> str:
        """What the router answers."""
        return self.device(command)


class ReplayedIos(KszIosDriver):
    """The driver of a router over a device that was recorded."""

    def __init__(self, device: Device) -> None:
        super().__init__("192.0.2.1", "nobody", "")
        self.device = _IosWire(device)


def driver_of(platform: str, device: Device) -> Any:  # noqa: ANN401 - NAPALM is not typed
    """The NAPALM driver of *platform* over *device*."""
    return {"linux": ReplayedLinux, "ios_xe": ReplayedIos}[platform](device)


@dataclass(frozen=True, slots=True)
class Replayed:
    """*platform*, all of whose hubs are *device*."""

    platform: Platform
    device: Device

    @property
    def evidence(self) -> Mapping[str, str]:
        """The platform's own."""
        found: Mapping[str, str] = getattr(self.platform, "evidence", {})
        return found

    def render(self, state: DeviceState) -> str:
        """The platform's own."""
        return self.platform.render(state)

    def openings(self, state: DeviceState) -> Openings:
        """The platform's own."""
        return self.platform.openings(state)

    @contextmanager
    def connect(self, target: Target) -> Iterator[Session]:
        """The platform's session over the device."""
        driver = driver_of(self.platform.name, self.device)
        if self.platform.name == "linux":
            yield LinuxSession(driver)
        else:
            yield IosSession(driver, target)
