"""Makes the running lab equal to the topology, touching only what differs."""

from __future__ import annotations

import fcntl
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab import daemons
from ksz_netops.lab import host as hosts
from ksz_netops.lab.addressing import address_lines, route_lines, undone
from ksz_netops.lab.roots import versions
from ksz_netops.lab.running import STATE, Built, Running
from ksz_netops.lab.sandbox import Sandbox
from ksz_netops.lab.topology import EXTRANET, Role
from ksz_netops.lab.wiring import plug, unplug
from ksz_netops.platforms.linux.config import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ksz_netops.lab.host import Machine, RunningHost
    from ksz_netops.lab.machines import Workshop
    from ksz_netops.lab.topology import Host, Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an `up` did to the hosts, by their names."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    outdated: tuple[str, ...] = ()
    """Hubs that hold something, and do not see packages installed since they booted."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.outdated)


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
    listeners = daemons.listeners(topology.doors, inventory)
    sandbox = Sandbox.start(inventory / STATE)
    try:
        running = Running(sandbox, {})
        running.record_roots(workshop.roots)
        daemons.install(sandbox.room / "programs")
        _boot(running, topology, topology.hosts, machines)
        daemons.open_doors(sandbox, listeners)
        daemons.keep_tunnels(sandbox)
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
    stale = _stale(running, machines)
    rebuilt = tuple(
        name
        for name in wanted
        if (name in other and wanted[name].role is Role.SITE)
        or (name in stale and not _holds_something(running, wanted[name]))
    )
    _refuse_other_base(running, [wanted[name] for name in other])
    doors = tuple(door for door in topology.doors if door.hub in new)
    listeners = daemons.listeners(doors, running.inventory)
    try:
        for name in (*gone, *rebuilt):
            running.host(name).stop()
        for name in gone:
            daemons.close_door(running.sandbox, name)
        running = running.with_hosts(dict.fromkeys((*gone, *rebuilt)))
        running = _boot(running, topology, [wanted[name] for name in (*new, *rebuilt)], machines)
        for name in other:
            if name not in rebuilt:
                running = _readdress(running, wanted[name], digests[name])
        daemons.open_doors(running.sandbox, listeners)
    finally:
        for listener in listeners.values():
            listener.close()
    daemons.publish_services(running.sandbox, topology)
    daemons.publish_tunnels(running, topology)
    return Difference(
        added=new,
        removed=gone,
        changed=tuple(dict.fromkeys((*other, *rebuilt))),
        outdated=tuple(name for name in stale if name not in rebuilt),
    )


def _stale(running: Running, machines: Mapping[str, Machine]) -> tuple[str, ...]:
    """The hosts whose root has other packages than when they booted.

    A running host does not see what is installed below its overlay.
    """
    now = {root: versions(root) for root in {machine.root for machine in machines.values()}}
    return tuple(
        name
        for name, machine in machines.items()
        if name in running.built and running.built[name].packages != now[machine.root]
    )


def _holds_something(running: Running, host: Host) -> bool:
    """Whether *host* would lose what somebody committed to it, were it booted anew."""
    return host.role is Role.HUB and running.host(host.name).inside.path(names.RUN).exists()


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
    try:
        if EXTRANET in started:
            daemons.install(running.sandbox.room / "hosts" / EXTRANET / "run/lab/programs")
            daemons.publish_services(running.sandbox, topology)
        plug(
            running.sandbox,
            [(started[host.name], link) for host in wanted for link in host.links],
        )
        hosts.boot(started.values())
    except BaseException:
        # A host that did not boot must not be taken for one that did.
        for host in started.values():
            host.stop()
        running.with_hosts(dict.fromkeys(started))
        raise
    daemons.publish_tunnels(running, topology)
    return running


def _built(running: RunningHost, host: Host, machine: Machine) -> Built:
    return Built(
        pid=running.pid,
        started=running.started,
        role=str(host.role),
        interfaces=tuple(link.interface for link in host.links),
        addressing=(*address_lines(host), *route_lines(host)),
        digest=_digest(host, machine),
        packages=versions(machine.root),
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
                packages=built.packages,
            )
        }
    )
