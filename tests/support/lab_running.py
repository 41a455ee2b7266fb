"""A running lab of a copy of the sample inventory, for tests that need real hosts."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

import ksz_netops
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from ksz_netops.lab.routers import emulated
from ksz_netops.lab.running import Running
from ksz_netops.lab.source import bench, down, plans, up

if TYPE_CHECKING:
    from ksz_netops.lab.build import Difference
    from ksz_netops.lab.proofs import Bench

SAMPLE = Path(ksz_netops.__file__).parents[1] / "inventory"
ON = date(2026, 11, 24)
_NOT_COPIED = shutil.ignore_patterns(".lab", ".vault-password", "secrets.yml", "reports")
_PORT = re.compile(r"(?<=^    port: )\d+$", re.MULTILINE)


def copy_of_sample(folder: Path, source: Path = SAMPLE, *, routers: bool = True) -> Path:
    """The sample inventory in *folder*, its hubs on free ports, with fresh pre-shared keys.

    Without *routers* only what runs in namespaces is left of it.
    """
    shutil.copytree(source, folder, ignore=_NOT_COPIED)
    if not routers:
        without_routers(folder)
    files = sorted((folder / "host_vars").glob("*.yml"))
    with ExitStack() as held:
        for file in files:
            free = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = str(free.getsockname()[1])
            text = _PORT.sub(port, file.read_text(encoding="utf-8"))
            file.write_text(text, encoding="utf-8")
    generate_missing(load_intent(folder), folder)
    return folder


def without_routers(inventory: Path) -> None:
    """Takes the emulated hubs and all their partners out of *inventory*."""
    intent = load_intent(inventory)
    gone = set(emulated(intent))
    for partner in intent.partners:
        if any(connection.hubs() & gone for connection in partner.connections):
            (inventory / f"partners/{partner.id}.yml").unlink()
    hubs = (inventory / "hubs.yml").read_text(encoding="utf-8")
    for hub in gone:
        (inventory / f"host_vars/{hub}.yml").unlink()
        hubs = hubs.replace(f"    {hub}:\n", "")
    (inventory / "hubs.yml").write_text(hubs, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Lab:
    """The lab of *inventory*; runs while the `with` lasts."""

    inventory: Path

    def up(self) -> Difference:
        """Brings it to what the inventory says now."""
        return up(self.inventory, ON)

    def down(self) -> bool:
        """Ends it."""
        return down(self.inventory)

    def run(self, host: str, *command: str) -> str:
        """What *command* prints on *host*."""
        return Running.of(self.inventory).host(host).inside.run(*command)

    def bench(self, patience_s: float = 10) -> Bench:
        """The bench for proofs."""
        return bench(plans(self.inventory, ON), patience_s)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
