"""Two emulated routers as hubs beside the Linux hubs of a lab, each with two partners."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, listening
from ksz_netops.lab.emulator.station import prepared
from ksz_netops.platforms import platforms
from ksz_netops.state.encoding import fingerprint
from support.ios_lab import Clock
from support.partner_files import add_by_line, add_by_vpn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models.hub import Hub
    from support.lab_running import Lab

NAMES: Final = ("hub-gen-1", "hub-ant-1")
_HUB: Final = """\
ksz_hub:
  platform: ios_xe
  management:
    address: 127.0.0.1
    port: {port}
    user: netops
    private_key: routers/user
    known_hosts: routers/known_hosts
    interface: GigabitEthernet0
  extranet:
    interface: GigabitEthernet0/0/1
    addresses: [192.0.2.{number}/25]
  internet:
    interface: GigabitEthernet0/0/0
    addresses: [203.0.113.{number}/24]
    gateway: 203.0.113.254
    uplink_kbps: 100000
  attachments:
    e1a:
      controller: 0/1/0
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The routers of *inventory*, by name, and the clock of their timers."""

    lab: Lab
    """The Linux hubs of the same inventory."""
    inventory: Path
    routers: dict[str, Router]
    clock: Clock

    def let_the_timers_run_out(self) -> None:
        self.clock.now += 100_000

    def started_anew(self) -> dict[str, str]:
        """What each would hold after a reload, as a fingerprint."""
        platform = platforms()[load_intent(self.inventory).hubs[NAMES[0]].platform]
        return {
            name: fingerprint(platform.parse(router.startup))
            for name, router in self.routers.items()
        }


@contextmanager
def pair_beside(lab: Lab, folder: Path) -> Iterator[Pair]:
    """Two routers that listen, in an inventory in *folder* that has the Linux hubs of *lab* too."""
    inventory = Path(shutil.copytree(lab.inventory, folder, ignore=shutil.ignore_patterns(".lab")))
    (inventory / ".lab").symlink_to(lab.inventory / ".lab")
    (inventory / "routers").mkdir()
    for name in ("user", "host"):
        subprocess.run(  # noqa: S603 - our own files
            [
                "/usr/bin/ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                folder / "routers" / name,
            ],
            check=True,
        )
    for number, name in enumerate(NAMES):
        _write_hub(inventory, name, number, port=1 + number)
        _write_partners(inventory, name, number)
    intent = load_intent(inventory)
    generate_missing(intent, inventory)
    clock = Clock()
    routers: dict[str, Router] = {}
    with ExitStack() as stack:
        for number, name in enumerate(NAMES):
            routers[name] = Router(prepared(name, intent.hubs[name]), clock=clock)
            port = stack.enter_context(_reachable(inventory, routers[name], intent.hubs[name]))
            _write_hub(inventory, name, number, port)
        yield Pair(lab, inventory, routers, clock)


def _write_hub(inventory: Path, name: str, number: int, port: int) -> None:
    text = _HUB.format(port=port, number=60 + number)
    (inventory / f"host_vars/{name}.yml").write_text(text, "utf-8")


def _write_partners(inventory: Path, hub: str, router: int) -> None:
    partner, number = 9000 + 2 * router, 201 + 2 * router
    add_by_vpn(inventory, f"P0{partner}", hub, number, to="dimona-web")
    add_by_line(
        inventory,
        f"P0{partner + 1}",
        hub,
        number + 1,
        to="dimona-web",
        operator="Versatel",
        attachment="e1a",
        link=241 + 4 * router,
        rate_kbps=1984,
    )


@contextmanager
def _reachable(inventory: Path, router: Router, hub: Hub) -> Iterator[int]:
    """The port at which *router* listens."""
    keys = inventory / "routers"
    access = Access(
        user=hub.management.user,
        authorised_keys=keys / "user.pub",
        host_key=keys / "host",
        interface=hub.management.interface,
    )
    with listening(router, access) as endpoint, (keys / "known_hosts").open("a") as known:
        public = (keys / "host.pub").read_text("utf-8").split()[:2]
        known.write(f"[127.0.0.1]:{endpoint.port} {' '.join(public)}\n")
        known.flush()
        yield endpoint.port
