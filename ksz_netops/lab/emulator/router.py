"""The router: what it runs, what it will start with, and its flash."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.lab.emulator import packets, tree
from ksz_netops.lab.emulator.config import Configuration
from ksz_netops.lab.emulator.entries import V4
from ksz_netops.lab.emulator.faults import Faults
from ksz_netops.lab.emulator.profiles import PLAIN, Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ksz_netops.lab.emulator.peers import Peer
    from ksz_netops.lab.emulator.tree import Section


class SessionLostError(Exception):
    """The connection ends here, without an answer."""


class LoggedOutError(SessionLostError):
    """The user left."""


@dataclass(slots=True)
class Pending:
    """A change that the router undoes by itself unless it is confirmed."""

    former: Section
    user: str
    minutes: int
    deadline: float


@dataclass(slots=True)
class Router:
    """An emulated IOS-XE router."""

    startup: str
    """The configuration it starts with."""
    profile: Profile = PLAIN
    """Which kind of router it shows itself as."""
    peers: Sequence[Peer] = ()
    faults: Faults = field(default_factory=Faults)
    clock: Callable[[], float] = time.monotonic
    minute_s: float = 60.0
    """How long a minute of the revert timer lasts."""
    files: dict[str, bytes] = field(default_factory=dict)
    hits: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often each entry of each access list matched."""
    dead: set[str] = field(default_factory=set)
    """Interfaces and controllers whose line is cut."""
    errored_s: dict[str, int] = field(default_factory=dict)
    """Errored seconds of controllers, `E1 0/1/0`, in their last quarter of an hour."""
    recorded: dict[str, str] = field(default_factory=dict)
    """Answers of a real router that it gives instead of its own, by command."""
    log: list[str] = field(default_factory=list)
    """Every command that arrived."""
    is_saved: bool = field(init=False)
    """Whether a startup configuration is there to be shown."""
    _running: Configuration = field(init=False)
    _pending: Pending | None = None

    def __post_init__(self) -> None:
        self.is_saved = self.profile.is_saved
        self.reload()

    @property
    def running(self) -> Configuration:
        """What it runs at this moment; a timer that is over has taken effect."""
        if self._pending and self.clock() >= self._pending.deadline:
            self.revert()
        return self._running

    @property
    def pending(self) -> Pending | None:
        """The change that waits for its confirmation, if any."""
        return self._pending if self.running and self._pending else None

    @property
    def host(self) -> str:
        """Its name."""
        names = [line for line in self.running.root.lines if line.startswith("hostname ")]
        return names[0].split()[1] if names else "Router"

    def reload(self) -> None:
        """Starts again from its startup configuration."""
        keys = self._running.keys if hasattr(self, "_running") else {}
        self._running = Configuration(tree.read(self.startup), keys)
        self._pending = None

    def keep(self) -> None:
        """Confirms the pending change."""
        self._pending = None

    def revert(self) -> None:
        """Undoes the pending change."""
        if self._pending:
            self._running.become(self._pending.former)
            self._pending = None

    def arm(self, user: str, minutes: int) -> None:
        """Remembers what it runs, and goes back to it after *minutes*."""
        deadline = self.clock() + minutes * self.minute_s
        self._pending = Pending(self.running.root.copy(), user, minutes, deadline)

    def reachable(self, interface: str | None, packet: packets.Packet) -> bool:
        """Whether *packet* to the router itself gets in at *interface*."""
        section = self.running.root.lines.get(f"interface {interface}")
        if section is None:
            return True
        form = (
            r"ip access-group (\S+) in" if packet.family == V4 else r"ipv6 traffic-filter (\S+) in"
        )
        bound = [match[1] for line in section.lines if (match := re.fullmatch(form, line))]
        return all(self.passes(name, packet) for name in bound)

    def passes(self, access_list: str, packet: packets.Packet) -> bool:
        """Sends *packet* through an access list, which counts it."""
        passed, entry = packets.deciding(self.running.root, access_list, packet)
        if entry is not None:
            self.hits[access_list, entry] = self.hits.get((access_list, entry), 0) + 1
        return passed

    def configure(self, lines: Sequence[str]) -> str:
        """Types configuration *lines* and returns what it said, faults included."""
        said = []
        self.running.leave()
        for line in lines:
            if line.strip() == "end":
                break
            said.append(self.type(line))
        self.running.leave()
        return "".join(said)

    def type(self, line: str) -> str:
        """Types one configuration line in the mode where one stands."""
        if self.faults.takes("ignore", line):
            return ""
        if self.faults.takes("refuse", line):
            return f"{line.strip()}\n% Refused: resource in use\n"
        answer = self.running.type(line)
        return f"{line.strip()}\n{answer}" if answer else ""
