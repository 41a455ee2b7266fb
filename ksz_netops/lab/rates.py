"""The rate that a partner really gets, by TCP, each way for itself."""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.probes import FAMILY

if TYPE_CHECKING:
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.resources import IPAddress

_IP_HEADER: Final = {4: 20, 6: 40}
_TCP_HEADER: Final = 32
"""With timestamps."""
_SND_MSS_AT: Final = 16
"""In `struct tcp_info` of linux/tcp.h."""
_CONNECT_LIMIT_S: Final = 30
_CHUNK: Final = bytes(8192)
WARM_UP_S: Final = 2.0
"""Before it, TCP has not filled the shaper's queue."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was measured in one direction."""

    payload_kbps: float
    segment: int
    """Octets of payload in a full segment."""

    def at_shaper_kbps(self, version: int, overhead: int) -> float:
        """What the shaper saw of it, with *overhead* octets below each IP packet."""
        header = _IP_HEADER[version] + _TCP_HEADER + overhead
        return self.payload_kbps * (self.segment + header) / self.segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Between whom a rate is measured."""

    inside: Inside
    source: IPAddress
    to: IPAddress
    port: int


def measure(path: Stretch, *, up: bool, seconds: float) -> Throughput:
    """Sends or receives for *seconds* beyond the warm-up and reports what arrived.

    Raises:
        OSError: If the connection fails or stalls.
    """
    with path.inside.socket(FAMILY[path.source.version]) as client:
        client.settimeout(_CONNECT_LIMIT_S)
        client.bind((str(path.source), 0))
        client.connect((str(path.to), path.port))
        client.sendall(b"sink\n" if up else b"flood\n")
        segment = struct.unpack_from(
            "=I", client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), _SND_MSS_AT
        )[0]
        samples = _up(client, seconds) if up else _down(client, seconds)
    start = next(each for each in samples if each[0] >= samples[0][0] + WARM_UP_S)
    end = samples[-1]
    if end[0] - start[0] < seconds / 2:
        message = f"only {end[0] - start[0]:.1f} s could be measured"
        raise OSError(message)
    return Throughput((end[1] - start[1]) * 8 / (end[0] - start[0]) / 1000, segment)


_Samples = list[tuple[float, int]]
"""Moments in seconds, and the octets that had arrived by then."""


def _down(client: socket.socket, seconds: float) -> _Samples:
    samples: _Samples = []
    octets = 0
    end = time.monotonic() + WARM_UP_S + seconds
    while time.monotonic() < end:
        octets += len(client.recv(65536))
        samples.append((time.monotonic(), octets))
    return samples


def _up(client: socket.socket, seconds: float) -> _Samples:
    """Sends for as long, and reads what the other end says has arrived."""
    ends = threading.Event()

    def pump() -> None:
        try:
            while not ends.is_set():
                client.sendall(_CHUNK)
        except OSError:
            return  # the reader says what is wrong

    # What waits in the sender's own buffer is not measured, but takes time to drain.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    samples: _Samples = []
    rest = b""
    try:
        while not samples or samples[-1][0] - samples[0][0] < WARM_UP_S + seconds:
            data = client.recv(4096)
            if not data:
                message = "the service closed the connection"
                raise OSError(message)
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                clock_ns, octets = line.split()
                samples.append((int(clock_ns) / 1e9, int(octets)))
    finally:
        ends.set()
        client.shutdown(socket.SHUT_RDWR)
        thread.join()
    return samples
