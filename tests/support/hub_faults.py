"""Faults injected into a hub under packets, and what the hub lets pass during and after each.

A campaign changes a `LinuxHost` between two states, breaks something, and waits until nothing is
pending. Packets that neither state permits are sent all the time.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Self

from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.planning import generation, order
from ksz_netops.state.resources import DeviceState, Permit, Protocol
from support.linux_states import PERIMETER, line, reveal
from support.linux_wire import udp, wired

if TYPE_CHECKING:
    from random import Random

    from support.linux_host import LinuxHost

# ruff: noqa: S603, S607 - fixed commands of the test itself

SERVICE: Final = "192.0.2.10"
PARTNER: Final = "198.51.100.3"
STRANGER: Final = "198.51.100.9"
BOTH, ONLY_OLD, ONLY_NEW, NEVER = 7001, 7002, 7003, 7004
PASSING: Final = {
    "old": frozenset({"both", "only old"}),
    "new": frozenset({"both", "only new"}),
    "closed": frozenset(),
}
FORBIDDEN: Final = frozenset({"never", "stranger", "unasked"})
REVERT_S: Final = 3
_LIMIT_S: Final = 240
"""So long a hung tool may keep the way back; each call of a tool has a limit of its own."""

TRAFFIC: Final = r"""
import json, select, socket, sys, time
frames, tags = json.load(sys.stdin)
def bound(port):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    made.bind((port, 0))
    return made
ports = {port: bound(port) for port in ("p-line3", "p-ext0")}
tags = {bytes.fromhex(tag): name for tag, name in tags.items()}
due = time.monotonic()
while True:
    for port, frame in frames:
        try:
            ports[port].send(bytes.fromhex(frame))
        except OSError:
            pass
    due += 0.02
    while True:
        left = due - time.monotonic()
        ready = select.select(list(ports.values()), [], [], max(left, 0))[0]
        for each in ready:
            octets, address = each.recvfrom(65535)
            if address[2] != socket.PACKET_OUTGOING:
                name = tags.get(octets[-8:])
                if name:
                    print(time.monotonic(), name, flush=True)
        if left <= 0:
            break
"""


def _permit(port: int) -> Permit:
    return Permit(ip_network(f"{SERVICE}/32"), Protocol.UDP, (port, port))


OLD: Final = DeviceState.of([PERIMETER, *line(3, permits=(_permit(BOTH), _permit(ONLY_OLD)))])
NEW: Final = DeviceState.of(
    [PERIMETER, *line(3, permits=(_permit(BOTH), _permit(ONLY_NEW))), *line(4)]
)
DIALECT: Final = Dialect(esp=Esp.LIBIPSEC, internet="wan0")


class Traffic:
    """Packets of every kind, sent all the time, and what comes out of the hub."""

    def __init__(self, host: LinuxHost) -> None:
        self.seen: list[tuple[float, str]] = []
        wired(host, ("ext0", SERVICE), ("line3", "192.0.2.142"))
        self._process = subprocess.Popen(
            ["nsenter", "-t", str(host.beside_pid), "-n", "/usr/bin/python3", "-I", "-c", TRAFFIC],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(_frames(host)))
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            at, _, name = text.strip().partition(" ")
            self.seen.append((float(at), name))

    def since(self, at: float) -> Counter[str]:
        """What came out since *at*."""
        return Counter(name for when, name in list(self.seen) if when >= at)

    def now(self) -> frozenset[str]:
        """What comes out at this moment."""
        start = time.monotonic()
        time.sleep(0.6)
        # Less than a handful may have been on their way.
        return frozenset(name for name, count in self.since(start).items() if count > 3)

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()


def _frames(host: LinuxHost) -> tuple[list[tuple[str, str]], dict[str, str]]:
    partner, service = ip_address(PARTNER), ip_address(SERVICE)
    kinds = {
        "both": ("line3", partner, service, BOTH),
        "only old": ("line3", partner, service, ONLY_OLD),
        "only new": ("line3", partner, service, ONLY_NEW),
        "never": ("line3", partner, service, NEVER),
        "stranger": ("line3", ip_address(STRANGER), service, BOTH),
        "unasked": ("ext0", service, partner, NEVER),
    }
    frames, tags = [], {}
    for number, (name, (port, source, destination, dport)) in enumerate(kinds.items()):
        tag = b"ksz" + number.to_bytes(5, "big")
        shown = json.loads(host.run(f"ip -j link show dev {port}"))[0]["address"]
        mac = bytes.fromhex(shown.replace(":", ""))
        packet = udp((source, 40000 + number), (destination, dport), bytes(24) + tag)
        frame = mac + b"\x02\0\0\0\0\x63" + b"\x08\x00" + packet
        frames.append((f"p-{port}", frame.hex()))
        tags[tag.hex()] = name
    return frames, tags


def change(running: DeviceState, intended: DeviceState) -> dict[str, object]:
    """The document that the agent gets for the change from *running* to *intended*."""
    before, after = frozenset(configuration(running)), frozenset(configuration(intended))
    content = {**generation.files(after, DIALECT), **generation.secrets(after, reveal)}
    steps = [step.document() for step in order.steps(before, after, DIALECT)]
    return {"seal": generation.seal(content), "files": content, "steps": steps}


@dataclass(slots=True, kw_only=True)
class Ending:
    """How a hub stood once a fault was over."""

    kind: str
    holds: str
    """old, new, closed, or mixed: what the packets say."""
    state: str
    """What the agent says."""
    wrong: list[str] = field(default_factory=list)


class Campaign:
    """One hub, its traffic, and the faults that it went through."""

    def __init__(self, host: LinuxHost, dice: Random) -> None:
        self.host, self.dice = host, dice
        self.confirmed = "old"
        self._serial = 0
        self._documents = {"new": change(OLD, NEW), "old": change(NEW, OLD)}
        self.provision()
        self.traffic = Traffic(host)
        self._timer: subprocess.Popen[bytes] | None = None
        self.start_timer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.traffic.close()
        self.stop_timer()

    # What a person or a run does.

    def provision(self) -> None:
        """Has the product itself make the hub hold the old state."""
        with platforms()["linux"].connect(self.host.target) as session:
            if session.stage(OLD, reveal):
                session.commit(revert_in_s=60)
                session.confirm()
        self.confirmed = "old"

    def commit(
        self,
        *,
        kill_after_s: float | None = None,
        base: str | None = None,
        revert_s: int = REVERT_S,
    ) -> str:
        """Commits the new state; returns its id, whatever came of it."""
        document = self._documents["new"]
        self._serial += 1
        name = generation.name(str(document["seal"]), at=time.gmtime(), token=f"{self._serial:08x}")
        base = base or self.status()["running"] or "-"
        command = f"{names.AGENT} commit {name} --base {base} --revert-in {revert_s}"
        if kill_after_s is not None:
            command = f"timeout -s KILL {kill_after_s:.3f} {command}"
        self.run(command, stdin=json.dumps(document))
        return name

    def confirm(self, name: str) -> bool:
        """Confirms the commit *name*; whether the agent said that it is kept."""
        answer = self.run(f"{names.AGENT} confirm {name}; echo $?").split()
        is_kept = bool(answer) and answer[-1] == "0"
        if is_kept:
            self.confirmed = "new"
        return is_kept

    def run(self, command: str, stdin: str = "") -> str:
        """Runs *command* on the hub, whatever comes of it."""
        return self.host.run(command, check=False, stdin=stdin)

    def status(self) -> dict[str, str | None]:
        """What the agent says."""
        said = self.run(f"{names.AGENT} status").strip().splitlines()
        document: dict[str, str | None] = json.loads(said[-1]) if said else {"state": "silent"}
        return {"running": None, "startup": None, **document}

    # What systemd does on a real hub.

    def start_timer(self) -> None:
        """Stands for `ksz-sweep.timer`."""
        loop = f"while :; do sleep 1; {names.GUARD} sweep; done"
        self._timer = subprocess.Popen(
            ["nsenter", "-t", str(self.host.pid), "-a", "sh", "-c", loop],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop_timer(self) -> None:
        """Ends it, but for a sweep that is under way."""
        if self._timer:
            self._timer.kill()
            self._timer.wait()
            self._timer = None

    def restart(self) -> None:
        """Loses what a restart loses, and boots."""
        self.stop_timer()
        self.kill_agents()
        off = " ".join(
            f"echo 0 >/proc/sys/net/{each};"
            for each in ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
        )
        rules = "; ".join(
            f"ip {family} rule del pref {pref}"
            for family in ("-4", "-6")
            for pref in (100, 101, 102, 200)
        )
        self.run(
            f"{off} umount -l /run/ksz 2>/dev/null; rm -rf /run/ksz; nft flush ruleset; {rules}"
        )
        self.run(f"{names.GUARD} fence; {names.AGENT} restore; {names.AGENT} refresh")
        self.start_timer()

    def kill_agents(self) -> None:
        """Kills every process of the agent on the hub, watchdogs too."""
        self.run("pkill -9 -f ksz-netops/agent")

    # The law.

    def ended(self, kind: str, since: float) -> Ending:
        """How the hub stands now that nothing is pending; heals it by the product."""
        end = time.monotonic() + _LIMIT_S
        while self.run("[ ! -e /run/ksz/pending.json ] || echo waits").strip():
            if time.monotonic() > end:
                break
            time.sleep(0.3)
        status = self.status()
        passing = self.traffic.now()
        holds = next(
            (name for name, kinds in PASSING.items() if kinds == passing), f"mixed {set(passing)}"
        )
        ending = Ending(kind=kind, holds=holds, state=str(status["state"]))
        slipped = {
            name: count for name, count in self.traffic.since(since).items() if name in FORBIDDEN
        }
        if slipped:
            ending.wrong.append(f"open: {slipped}")
        if holds not in {self.confirmed, "closed"}:
            ending.wrong.append(f"holds {holds}, confirmed is {self.confirmed}")
        if not self.is_managed():
            ending.wrong.append("locked out")
        told = {"confirmed": self.confirmed, "closed": "closed", "differs": holds, "silent": holds}
        if told.get(ending.state, "?") != holds:
            ending.wrong.append(f"the agent says {ending.state}, and it holds {holds}")
        return ending

    def mend(self) -> None:
        """Takes away what a fault left, and has the product make the hub hold the old state."""
        self.run(
            "rm -f /run/ksz/fill /etc/ksz/fill; umount -l /etc/ksz 2>/dev/null;"
            f"[ -e /etc/ksz/startup ] || {names.AGENT} refresh"
        )
        self.provision()
        self.run(f"{names.AGENT} refresh")

    def is_managed(self) -> bool:
        """Whether a new connection reaches the management port."""
        probe = "import socket; socket.create_connection(('10.9.0.1', 22), 2)"
        return not self.host.beside(
            f'/usr/bin/python3 -c "{probe}" 2>/dev/null || echo closed', check=False
        )
