"""Makes the running lab equal to the topology, touching only what differs."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab import host as hosts
from ksz_netops.lab import programs
from ksz_netops.lab.addressing import address_lines, route_lines, undone
from ksz_netops.lab.machines import CHARON_SOCKET
from ksz_netops.lab.running import STATE, Built, Running
from ksz_netops.lab.sandbox import Sandbox
from ksz_netops.lab.topology import EXTRANET, Role
from ksz_netops.lab.wiring import plug, unplug
from ksz_netops.resources import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.lab.host import Machine, RunningHost
    from ksz_netops.lab.machines import Workshop
    from ksz_netops.lab.topology import Door, Host, Topology

_PYTHON: Final = ("/usr/bin/python3", "-I", "-S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an `up` did to the hosts, by their names."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@contextmanager
def alone(inventory: Path) -> Iterator[None]:
    """Holds the lab of *inventory* against another `up` or `down`.

    Raises:
        LabError: If another one is at work.
    """
    state = inventory / STATE
    state.mkdir(mode=0o700, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(
                Problem(
                    code="KSZ507",
                    what=f"another command is building the lab of {inventory}",
                    fix="wait until it is done",
                )
            ) from error
        yield


def build(inventory: Path, topology: Topology, workshop: Workshop) -> Difference:
    """Boots the lab, or brings the running one to *topology*.

    Raises:
        LabError: If the machine refuses something; a lab that did not run before is taken down.
    """
    running = Running.attach(inventory)
    if running is not None:
        return _adjust(running, topology, workshop)
    machines = {host.name: workshop.machine(host, topology) for host in topology.hosts}
    listeners = _listeners(topology.doors)
    sandbox = Sandbox.start(inventory / STATE)
    try:
        running = Running(sandbox, {})
        _install(sandbox.room / "programs")
        _boot(running, topology, topology.hosts, machines)
        _open_doors(sandbox, listeners)
        _keep_tunnels(sandbox, topology)
    except BaseException:
        sandbox.stop()
        raise
    finally:
        for listener in listeners.values():
            listener.close()
    return Difference(added=tuple(machines), removed=(), changed=())


def _adjust(running: Running, topology: Topology, workshop: Workshop) -> Difference:
    machines = {host.name: workshop.machine(host, topology) for host in topology.hosts}
    wanted = {host.name: host for host in topology.hosts}
    gone = tuple(running.built.keys() - wanted.keys())
    new = tuple(name for name in wanted if name not in running.built)
    digests = {name: _digest(host, machines[name]) for name, host in wanted.items()}
    other = tuple(
        name
        for name in wanted
        if name in running.built and running.built[name].digest != digests[name]
    )
    rebuilt = tuple(name for name in other if wanted[name].role is Role.SITE)
    _refuse_other_base(running, [wanted[name] for name in other])
    doors = tuple(door for door in topology.doors if door.hub in new)
    listeners = _listeners(doors)
    try:
        for name in (*gone, *rebuilt):
            running.host(name).stop()
            _close_door(running.sandbox, name)
        running = running.with_hosts(dict.fromkeys((*gone, *rebuilt)))
        running = _boot(running, topology, [wanted[name] for name in (*new, *rebuilt)], machines)
        for name in other:
            if name not in rebuilt:
                running = _readdress(running, wanted[name], digests[name])
        _open_doors(running.sandbox, listeners)
    finally:
        for listener in listeners.values():
            listener.close()
    _publish_services(running.sandbox, topology)
    _publish_tunnels(running, topology)
    return Difference(added=new, removed=gone, changed=other)


def _boot(
    running: Running,
    topology: Topology,
    wanted: tuple[Host, ...] | list[Host],
    machines: Mapping[str, Machine],
) -> Running:
    """Boots *wanted* beside what runs already."""
    if not wanted:
        return running
    started = hosts.start(running.sandbox, [machines[host.name] for host in wanted])
    running = running.with_hosts(
        {host.name: _built(started[host.name], host, machines[host.name]) for host in wanted}
    )
    if EXTRANET in started:
        _install(running.sandbox.room / "hosts" / EXTRANET / "io/programs")
        _publish_services(running.sandbox, topology)
    plug(
        running.sandbox,
        [(started[host.name], link) for host in wanted for link in host.links],
    )
    hosts.boot(started.values())
    _publish_tunnels(running, topology)
    return running


def _built(running: RunningHost, host: Host, machine: Machine) -> Built:
    return Built(
        pid=running.pid,
        started=running.started,
        role=str(host.role),
        interfaces=tuple(link.interface for link in host.links),
        addressing=(*address_lines(host), *route_lines(host)),
        digest=_digest(host, machine),
    )


def _digest(host: Host, machine: Machine) -> str:
    # A hub's key and its operators do not change while it runs; its cables and addresses may.
    made_of = (host, machine.files, machine.boot) if host.role is Role.SITE else (host,)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _refuse_other_base(running: Running, changed: list[Host]) -> None:
    """A hub's own base addresses are the operator's once it runs."""
    problems = [
        Problem(
            code="KSZ508",
            what=f"the base addresses of hub {host.name} changed while it runs",
            fix="boot it anew with `ksz-netops lab down` and `ksz-netops lab up`",
        )
        for host in changed
        if host.role is Role.HUB
        and (*address_lines(host), *route_lines(host)) != running.built[host.name].addressing
    ]
    if problems:
        raise LabError(problems)


def _readdress(running: Running, host: Host, digest: str) -> Running:
    """Brings cables, addresses and routes of a running host to what *host* says."""
    built = running.built[host.name]
    there = running.host(host.name)
    for interface in built.interfaces:
        if interface not in {link.interface for link in host.links}:
            unplug(running.sandbox, host.name, interface)
    plugged = [link for link in host.links if link.interface not in built.interfaces]
    if plugged:
        plug(running.sandbox, [(there, link) for link in plugged])
    lines = (*address_lines(host), *route_lines(host))
    steps = [
        *(undone(line) for line in built.addressing if line not in lines),
        *(f"link set {link.interface} up" for link in plugged if link.up),
        *(line for line in lines if line not in built.addressing),
    ]
    if steps:
        # What went with an interface is gone already.
        there.inside.run("/usr/sbin/ip", "-force", "-batch", "-", feed="\n".join(steps) + "\n")
    return running.with_hosts(
        {
            host.name: Built(
                pid=built.pid,
                started=built.started,
                role=built.role,
                interfaces=tuple(link.interface for link in host.links),
                addressing=lines,
                digest=digest,
            )
        }
    )


def _install(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for program in Path(programs.__file__).parent.glob("*.py"):
        shutil.copy(program, directory)


def _publish_services(sandbox: Sandbox, topology: Topology) -> None:
    ports: dict[str, set[int]] = {"tcp": set(), "udp": set()}
    for permit in topology.services:
        if permit.protocol is not Protocol.ICMP and permit.ports is not None:
            # Of a range the ends are enough to prove it.
            ports[permit.protocol] |= set(permit.ports)
    text = json.dumps({protocol: sorted(each) for protocol, each in ports.items()})
    _write(sandbox.room / "hosts" / EXTRANET / "io/services.json", text)


def _publish_tunnels(running: Running, topology: Topology) -> None:
    """Tells the keeper where each site's charon listens."""
    sockets = {
        site.partner: f"/proc/{running.built[site.partner].pid}/root{CHARON_SOCKET}"
        for site in topology.sites
        if site.partner in running.built
        and any(uplink.device.startswith("ipsec") for uplink in site.uplinks)
    }
    _write(running.sandbox.room / "tunnels.json", json.dumps(sockets))


def _write(file: Path, text: str) -> None:
    if file.exists() and file.read_text() == text:
        return
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def _keep_tunnels(sandbox: Sandbox, topology: Topology) -> None:
    del topology
    room = "/run/ksz-lab"
    keeper = (*_PYTHON, f"{room}/programs/keeper.py", f"{room}/tunnels.json")
    sandbox.inside.run("/usr/bin/setsid", "--fork", "/bin/sh", "-c", _quiet(*keeper))


def _quiet(*command: str) -> str:
    return f"exec {' '.join(command)} </dev/null >>/run/ksz-lab/programs.log 2>&1"


def _listeners(doors: tuple[Door, ...]) -> dict[Door, socket.socket]:
    listeners: dict[Door, socket.socket] = {}
    problems = []
    for door in doors:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((door.address, door.port))
        except OSError as error:
            listener.close()
            problems.append(
                Problem(
                    code="KSZ509",
                    what=f"hub {door.hub} cannot be reached at {door.address}:{door.port}: {error}",
                    fix="end what holds the port, or give the hub another one in its host_vars",
                )
            )
            continue
        listener.listen(128)
        listeners[door] = listener
    if problems:
        for listener in listeners.values():
            listener.close()
        raise LabError(problems)
    return listeners


def _open_doors(sandbox: Sandbox, listeners: Mapping[Door, socket.socket]) -> None:
    room = "/run/ksz-lab"
    for door, listener in listeners.items():
        number = listener.fileno()
        command = _quiet(
            *(*_PYTHON, f"{room}/programs/forward.py", str(number), str(door.inside), "22"),
            f"{room}/door-{door.hub}",
        )
        subprocess.run(  # noqa: S603 - a fixed program, its arguments are ours
            sandbox.inside.argv("/usr/bin/setsid", "--fork", "/bin/sh", "-c", command),
            check=True,
            pass_fds=(number,),
        )


def _close_door(sandbox: Sandbox, hub: str) -> None:
    file = sandbox.room / f"door-{hub}"
    if file.exists():
        sandbox.inside.run("kill", "-KILL", file.read_text().strip())
        file.unlink()
