"""The rate that a line or tunnel really carries: TCP fills it, and the octets behind it count."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.probes import FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.state.resources import IPAddress

_CONNECT_LIMIT_S: Final = 30
_CHUNK: Final = bytes(8192)
_SEND_BUFFER: Final = 65536


@dataclass(frozen=True, slots=True)
class Count:
    """What has arrived somewhere by one moment."""

    at_s: float
    packets: int
    octets: int
    """Of IP packets, from the IP header on."""

    def kbps_since(self, earlier: Count, overhead: int) -> float:
        """The rate between the two, with *overhead* octets below each IP packet."""
        octets = self.octets - earlier.octets + overhead * (self.packets - earlier.packets)
        return octets * 8 / 1000 / (self.at_s - earlier.at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Between whom a rate is measured: a site and a service of the extranet."""

    inside: Inside
    source: IPAddress
    to: IPAddress
    port: int


@contextmanager
def filled(stretch: Stretch, *, up: bool, streams: int) -> Iterator[None]:
    """Sends one way as fast as TCP may, over several connections, until the block ends.

    Raises:
        OSError: If a connection is refused.
    """
    with ExitStack() as stack:
        for _ in range(streams):
            client = stack.enter_context(stretch.inside.socket(FAMILY[stretch.source.version]))
            client.settimeout(_CONNECT_LIMIT_S)
            client.bind((str(stretch.source), 0))
            # What waits in the sender's own buffer only makes the end slower.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            client.connect((str(stretch.to), stretch.port))
            client.sendall(b"sink\n" if up else b"flood\n")
            thread = threading.Thread(target=_pump if up else _drain, args=(client,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(client.shutdown, socket.SHUT_RDWR)
        yield


def _pump(client: socket.socket) -> None:
    # A line that stops shows in the count; the end of the block ends the connection.
    try:
        while True:
            client.sendall(_CHUNK)
    except OSError:
        return


def _drain(client: socket.socket) -> None:
    try:
        while client.recv(65536):
            pass
    except OSError:
        return


def received_by(site: Inside, devices: dict[str, int]) -> dict[str, Count]:
    """What each of *devices* of a site has received; given with the octets of its own header."""
    now = time.monotonic()
    found = {}
    for line in (site.proc / "net/dev").read_text().splitlines()[2:]:
        name, _, numbers = line.partition(":")
        if name.strip() in devices:
            octets, packets = (int(number) for number in numbers.split()[:2])
            found[name.strip()] = Count(now, packets, octets - packets * devices[name.strip()])
    return found


def received_from(extranet: Inside, source: IPAddress) -> Count:
    """What the extranet has received from *source*."""
    name = f"from{source.version}"
    started = time.monotonic()
    listed = json.loads(extranet.run("/usr/sbin/nft", "-j", "list", "set", "inet", "lab", name))
    now = (started + time.monotonic()) / 2
    for item in listed["nftables"]:
        for each in item.get("set", {}).get("elem", ()):
            if each["elem"]["val"] == str(source):
                counter = each["elem"]["counter"]
                return Count(now, counter["packets"], counter["bytes"])
    return Count(now, 0, 0)
