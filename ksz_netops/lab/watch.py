"""What packets leave behind: arrivals at the extranet, and a hub's own word about drops."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError
from ksz_netops.lab.machines import CHARON_LOG
from ksz_netops.lab.packets import Packet, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.lab.namespaces import Inside

_EVERY_PROTOCOL: Final = 0x0003
_POLICY: Final = re.compile(r"discarding inbound IP packet (\S+) == \S+ .*due to policy")
_XFRM: Final = "/proc/1/net/xfrm_stat"


@dataclass(slots=True)
class Witness:
    """Everything that arrives on one interface, while the `with` lasts."""

    inside: Inside
    device: str
    _seen: set[Packet] = field(default_factory=set)
    _ends: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def watching(self) -> Iterator[Witness]:
        """Notes what arrives until the block ends."""
        with self.inside.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as ear:
            ear.bind((self.device, _EVERY_PROTOCOL))
            thread = threading.Thread(target=self._note, args=(ear,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                self._ends.set()
                thread.join()

    def saw(self, packet: Packet) -> bool:
        """Whether *packet* arrived."""
        return packet in self._seen

    def _note(self, ear: socket.socket) -> None:
        while not self._ends.is_set():
            if select.select([ear], [], [], 0.05)[0]:
                octets, where = ear.recvfrom(2048)
                packet = read(octets) if where[2] == socket.PACKET_HOST else None
                if packet is not None:
                    self._seen.add(packet)


@dataclass(frozen=True, slots=True)
class Drops:
    """How many packets a hub says that it refused, by what says so."""

    counts: Mapping[str, int]

    def risen_since(self, earlier: Drops) -> dict[str, int]:
        """What rose, and by how much."""
        rises = {name: count - earlier.counts.get(name, 0) for name, count in self.counts.items()}
        return {name: rise for name, rise in rises.items() if rise > 0}


def drops(hub: Inside) -> Drops:
    """What *hub* says now: its named counters, charon's log, and the kernel's IPsec policy."""
    counts: dict[str, int] = {}
    # A hub without our table counts nothing; the proof then fails for want of a rise.
    with contextlib.suppress(LabError):
        listed = json.loads(
            hub.run("/usr/sbin/nft", "-j", "list", "counters", "table", "inet", "ksz")
        )
        for item in listed["nftables"]:
            if "counter" in item:
                counts[f"counter {item['counter']['name']}"] = item["counter"]["packets"]
    with contextlib.suppress(FileNotFoundError):
        for match in _POLICY.finditer(hub.path(CHARON_LOG).read_text(errors="replace")):
            name = f"charon: {match[1]} against policy"
            counts[name] = counts.get(name, 0) + 1
    with contextlib.suppress(FileNotFoundError):
        for line in hub.path(_XFRM).read_text().splitlines():
            name, number = line.split()
            counts[f"kernel {name}"] = int(number)
    return Drops(counts)
