"""The lab's own programs: where they are copied, how they are started and what they are told."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError
from ksz_netops.lab import programs
from ksz_netops.lab.machines import CHARON_SOCKET
from ksz_netops.lab.neighbours import taken
from ksz_netops.lab.sandbox import ROOM
from ksz_netops.lab.topology import EXTRANET
from ksz_netops.state.resources import Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.lab.running import Running
    from ksz_netops.lab.sandbox import Sandbox
    from ksz_netops.lab.topology import Door, Topology

_PYTHON: Final = ("/usr/bin/python3", "-I", "-S")


def install(directory: Path) -> None:
    """Copies the programs to where the lab's hosts see them."""
    directory.mkdir(parents=True, exist_ok=True)
    for program in Path(programs.__file__).parent.glob("*.py"):
        shutil.copy(program, directory)


def publish_services(sandbox: Sandbox, topology: Topology) -> None:
    """Tells the extranet host which ports to answer."""
    ports: dict[str, set[int]] = {"tcp": set(), "udp": set()}
    for permit in topology.services:
        if permit.protocol is not Protocol.ICMP and permit.ports is not None:
            # Of a range the ends are enough to prove it.
            ports[permit.protocol] |= set(permit.ports)
    text = json.dumps({protocol: sorted(each) for protocol, each in ports.items()})
    _write(sandbox.room / "hosts" / EXTRANET / "run/lab/services.json", text)


def publish_tunnels(running: Running, topology: Topology) -> None:
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


def keep_tunnels(sandbox: Sandbox) -> None:
    """Starts the program that keeps the sites' tunnels asked for."""
    keeper = (*_PYTHON, f"{ROOM}/programs/keeper.py", f"{ROOM}/tunnels.json")
    sandbox.inside.run("/usr/bin/setsid", "--fork", "/bin/sh", "-c", _quiet(*keeper))


def _quiet(*command: str) -> str:
    return f"exec {' '.join(command)} </dev/null >>{ROOM}/programs.log 2>&1"


def listeners(doors: tuple[Door, ...], inventory: Path) -> dict[Door, socket.socket]:
    """Listens on the machine where operators look for each hub of *inventory*.

    Raises:
        LabError: With every address and port that is taken.
    """
    found: dict[Door, socket.socket] = {}
    problems = []
    for door in doors:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((door.address, door.port))
        except OSError as error:
            listener.close()
            problems.append(
                taken(door.hub, door.address, door.port, error.strerror or str(error), inventory)
            )
            continue
        listener.listen(128)
        found[door] = listener
    if problems:
        for listener in found.values():
            listener.close()
        raise LabError(problems)
    return found


def open_doors(sandbox: Sandbox, listeners: Mapping[Door, socket.socket]) -> None:
    """Joins each listener with its hub's management port."""
    for door, listener in listeners.items():
        number = listener.fileno()
        command = _quiet(
            *(*_PYTHON, f"{ROOM}/programs/forward.py", str(number), str(door.inside), "22"),
            f"{ROOM}/door-{door.hub}",
        )
        subprocess.run(  # noqa: S603 - a fixed program, its arguments are ours
            sandbox.inside.argv("/usr/bin/setsid", "--fork", "/bin/sh", "-c", command),
            check=True,
            pass_fds=(number,),
        )


def close_door(sandbox: Sandbox, hub: str) -> None:
    """Ends what `open_doors` started for *hub*, if anything."""
    file = sandbox.room / f"door-{hub}"
    if file.exists():
        sandbox.inside.run("kill", "-KILL", file.read_text().strip())
        file.unlink()
