"""What runs of a lab: its hosts in namespaces and its emulated routers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.lab.routers import Routers
from ksz_netops.lab.running import Running
from ksz_netops.lab.seal import installed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """One host or router of the running lab."""

    host: str
    role: str
    alive: bool
    interfaces: tuple[str, ...]
    tunnels: tuple[str, ...]
    """Those with an installed child SA: as the site sees it, or the router."""


def statuses(inventory: Path) -> tuple[HostStatus, ...]:
    """All that the lab of *inventory* runs; nothing where there is none."""
    return (*_hosts(inventory), *_routers(inventory))


def _hosts(inventory: Path) -> Iterator[HostStatus]:
    running = Running.attach(inventory)
    for name, built in running.built.items() if running else ():
        host = running.host(name) if running else None
        alive = host is not None and host.alive()
        children = installed(host.inside) if host is not None and alive else ()
        yield HostStatus(
            host=name,
            role=built.role,
            alive=alive,
            interfaces=built.interfaces,
            tunnels=tuple(sorted({each.ike["name"] for each in children})),
        )


def _routers(inventory: Path) -> Iterator[HostStatus]:
    routers = Routers.recorded(inventory)
    if routers is None:
        return
    alive = routers.process.alive()
    up = routers.up() if alive else {}
    for name in routers.hubs:
        seen = up.get(name, {})
        yield HostStatus(
            host=name,
            role="emulated router",
            alive=alive,
            interfaces=seen.get("interfaces", ()),
            tunnels=seen.get("tunnels", ()),
        )
