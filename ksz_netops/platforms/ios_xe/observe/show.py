"""What a router shows of its work, read into observations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.observe import e1, lists, sas
from ksz_netops.platforms.ios_xe.observe.answers import misshapen
from ksz_netops.state.observations import Observations, PortStatus
from ksz_netops.state.resources import Handoff, Perimeter, Tunnel, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState

PORTS: Final = "show interfaces"
COMMANDS: Final = (PORTS, sas.IKE, sas.IPSEC, *lists.COMMANDS.values())
READ: Final = (
    "show running-config",
    "show startup-config",
    *COMMANDS,
    e1.CONTROLLERS,
    e1.BUNDLES,
)
"""All that one reading of a router may ask; the last two only where it has digital lines."""
_PORT: Final = re.compile(
    r"^(?P<name>\S+) is (?P<line>.+?), line protocol is (?P<protocol>\w+)(?P<rest>.*)$",
    re.MULTILINE,
)


def observed(show: Callable[[str], str], state: DeviceState, own: Tree) -> Observations:
    """What *show* answers about a router that holds *state* by the lines *own*.

    Raises:
        ReadbackError: If an answer does not have the shape of its command.
    """
    answers = {command: show(command) for command in COMMANDS}
    admitted, dropped = lists.counters(
        {family: answers[command] for family, command in lists.COMMANDS.items()}, own
    )
    return Observations(
        tunnels=tuple(sas.tunnels(answers[sas.IKE], answers[sas.IPSEC], own)),
        ports=tuple(_ports(answers[PORTS], state, own)),
        lines=e1.of_lines(show, state),
        bundles=e1.of_bundles(show, state),
        admitted=admitted,
        dropped=dropped,
    )


def _ports(shown: str, state: DeviceState, own: Tree) -> Iterator[PortStatus]:
    found = {each["name"]: each for each in _PORT.finditer(shown)}
    if not found:
        raise misshapen(PORTS, "it shows no interface")
    for port, interface in sorted(_wanted(state).items()):
        status = found.get(interface)
        if status is None and f"interface {interface}" in own:
            raise misshapen(PORTS, f"{interface} is configured, and not shown")
        exists = status is not None and status["line"] != "deleted"
        yield PortStatus(name=port, exists=exists, up=status is not None and _is_up(status))


def _is_up(status: re.Match[str]) -> bool:
    return status["line"] == status["protocol"] == "up" and "looped" not in status["rest"]


def _wanted(state: DeviceState) -> dict[str, str]:
    """The interfaces of *state*, by what its resources call them."""
    wanted: dict[str, str] = {}
    for resource in state:
        if isinstance(resource, Handoff):
            wanted[str(resource.port)] = names.interface(resource.port)
        elif isinstance(resource, Perimeter):
            sides = (resource.management, resource.extranet, resource.internet)
            wanted |= {str(port): names.interface(port) for port in sides if port}
        elif isinstance(resource, Tunnel):
            wanted[str(TunnelEnd(resource.number))] = f"Tunnel{resource.number}"
    return wanted
