"""A probe that goes on: how many of many packets are lost while something is changed."""

from __future__ import annotations

import itertools
import secrets
import select
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.claims import authorised
from ksz_netops.lab.probes import ECHO, FAMILY, echo_request
from ksz_netops.state.resources import Permit, Protocol

if TYPE_CHECKING:
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.lab.topology import Site, Topology
    from ksz_netops.state.resources import IPAddress

LATE_S: Final = 2.0
"""An answer that takes longer counts as lost."""
_PREFERRED: Final = (Protocol.ICMP, Protocol.UDP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of a run of probes."""

    partner: str
    service: str
    sent: int
    lost: int
    longest_gap_ms: int
    """Between two answers in a row; about the interval where nothing was lost."""


@dataclass(slots=True, kw_only=True)
class Pinger:
    """Sends one packet after the other from a site's official address."""

    inside: Inside
    partner: str
    source: IPAddress
    service: Permit
    interval_s: float
    _sent: int = 0
    _answers: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Ends a run before its time."""
        self._stop.set()

    def run(self, count: int | None) -> Tally:
        """Sends *count* packets, or without it until `stop`, and waits for the last answers."""
        icmp = self.service.protocol is Protocol.ICMP
        version = self.source.version
        kind, protocol = (
            (socket.SOCK_RAW, ECHO[version][0]) if icmp else (socket.SOCK_DGRAM, socket.IPPROTO_UDP)
        )
        port = 0 if self.service.ports is None else self.service.ports[0]
        with self.inside.socket(FAMILY[version], kind, protocol) as client:
            client.bind((str(self.source), 0))
            client.connect((str(self.service.destination.network_address), port))
            mark = secrets.randbelow(65535)
            done = threading.Event()
            listener = threading.Thread(target=self._listen, args=(client, mark, done))
            listener.start()
            self._send(client, mark, count)
            end = time.monotonic() + LATE_S
            while len(self._answers) < self._sent and time.monotonic() < end:
                time.sleep(0.01)
            done.set()
            listener.join()
        moments = sorted(self._answers.values())
        gaps = [later - sooner for sooner, later in itertools.pairwise(moments)]
        return Tally(
            partner=self.partner,
            service=str(self.service),
            sent=self._sent,
            lost=self._sent - len(self._answers),
            longest_gap_ms=round(max(gaps, default=0.0) * 1000),
        )

    def _send(self, client: socket.socket, mark: int, count: int | None) -> None:
        due = time.monotonic()
        while not self._stop.is_set() and (count is None or self._sent < count):
            number = self._sent
            body = (
                echo_request(self.source.version, mark, number & 0xFFFF)
                if self.service.protocol is Protocol.ICMP
                else struct.pack("!HH", mark, number & 0xFFFF)
            )
            self._sent += 1
            # One that cannot be sent is one that is lost.
            with suppress(OSError):
                client.send(body)
            due += self.interval_s
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _listen(self, client: socket.socket, mark: int, done: threading.Event) -> None:
        version = self.source.version
        icmp = self.service.protocol is Protocol.ICMP
        while not done.is_set():
            if not select.select([client], [], [], 0.05)[0]:
                continue
            try:
                octets = client.recv(2048)
            except OSError:
                continue
            if icmp:
                octets = octets[(octets[0] & 15) * 4 :] if version == 4 else octets  # noqa: PLR2004
                if octets[0] != ECHO[version][2]:
                    continue
                octets = octets[4:]
            theirs, low = struct.unpack("!HH", octets[:4])
            if theirs == mark:
                # The number on the wire has 16 bits; the answer belongs to the latest with them.
                number = self._sent - 1 - ((self._sent - 1 - low) & 0xFFFF)
                self._answers.setdefault(number, time.monotonic())


def pinger(topology: Topology, site: Site, inside: Inside, interval_s: float) -> Pinger:
    """One over the best authorised service of *site* for counting packets.

    Raises:
        LabError: If the partner may reach none by ICMP or UDP.
    """
    services = list(authorised(site, topology.services))
    for protocol in _PREFERRED:
        for service in services:
            if service.protocol is protocol and site.uplinks:
                return Pinger(
                    inside=inside,
                    partner=site.partner,
                    source=site.official,
                    service=service,
                    interval_s=interval_s,
                )
    raise LabError(
        Problem(
            code="KSZ512",
            what=f"partner {site.partner} may reach nothing by ICMP or UDP, whose loss shows",
            fix="choose another partner, or open such a flow for this one",
        )
    )
