"""The keys by which an operator and a hub of the lab know each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.keys import KeyPair, trust
from ksz_netops.lab.running import STATE

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.intent.models import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class HubKeys:
    """What opens a hub, and what the hub shows."""

    operator: KeyPair
    host: KeyPair


def keys_of(intent: Intent, hub: str, inventory: Path) -> HubKeys:
    """The keys of *hub*, made the first time; the operator's side is told the hub's.

    Raises:
        LabError: If the hub's file names a key outside of the lab's folder.
    """
    management = intent.hubs[hub].management
    # A lab that wrote elsewhere might replace a key that opens something real.
    for file in (management.private_key, management.known_hosts):
        if (inventory / STATE).resolve() not in (inventory / file).resolve().parents:
            raise LabError(
                Problem(
                    code="KSZ506",
                    what=f"hub {hub} has {file}, outside of the lab's folder {STATE}",
                    fix=f"name a file in {STATE} in its host_vars",
                    origin=intent.origins.get(("hub", hub)),
                )
            )
    host = KeyPair.kept(inventory / STATE / f"host-key-{hub}")
    trust(inventory / management.known_hosts, management.address, management.port, host.public)
    return HubKeys(operator=KeyPair.kept(inventory / management.private_key), host=host)
