"""The lab of an inventory: what its files ask for, and the keys that live beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.desired import desired_state
from ksz_netops.errors import KszError, LabError, Problem
from ksz_netops.lab.build import Difference, alone, build
from ksz_netops.lab.derive import topology_of
from ksz_netops.lab.keys import KeyPair, trust
from ksz_netops.lab.machines import Workshop
from ksz_netops.lab.proofs import Bench
from ksz_netops.lab.requirements import abilities
from ksz_netops.lab.running import STATE, Running
from ksz_netops.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from ksz_netops.intent.model import Intent
    from ksz_netops.lab.requirements import Abilities
    from ksz_netops.lab.topology import Topology
    from ksz_netops.resources import DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """An inventory as the lab sees it."""

    inventory: Path
    intent: Intent
    vault: Vault
    states: Mapping[str, DeviceState]
    """What each hub that the lab can host must hold."""
    topology: Topology


def plans(inventory: Path, on: date, password_file: Path | None = None) -> Plans:
    """Reads *inventory* as of the day *on*.

    Raises:
        IntentError: If its files are wrong.
        SecretError: If a pre-shared key cannot be had.
        LabError: If it is not meant for a lab.
    """
    intent = load_intent(inventory)
    if not intent.extranet.lab:
        raise LabError(
            Problem(
                code="KSZ510",
                what=f"{inventory} is not a lab's inventory",
                fix="rehearse with a copy whose extranet.yml says `lab: true`",
            )
        )
    vault = Vault.open(inventory, password_file)
    secrets = vault.secrets()
    states = {}
    problems: list[Problem] = []
    for name, hub in sorted(intent.hubs.items()):
        if not platforms()[hub.platform].namespaced:
            continue
        try:
            states[name] = desired_state(intent, name, secrets=secrets, on=on)
        except KszError as error:
            problems += error.problems
            failed = type(error)
    if problems:
        raise failed(dict.fromkeys(problems))
    return Plans(
        inventory=inventory,
        intent=intent,
        vault=vault,
        states=states,
        topology=topology_of(intent, states),
    )


def up(inventory: Path, on: date, password_file: Path | None = None) -> Difference:
    """Boots the lab of *inventory*, or brings the running one to what its files say today.

    Raises:
        KszError: If the files are wrong, a privilege is missing or the machine refuses something.
    """
    wanted = plans(inventory, on, password_file)
    able = abilities()
    with alone(inventory):
        return build(inventory, wanted.topology, _workshop(wanted, able))


def down(inventory: Path) -> bool:
    """Ends the lab of *inventory*; False where it did not run."""
    with alone(inventory):
        running = Running.attach(inventory)
        if running is None:
            return False
        running.sandbox.stop()
        return True


def _workshop(wanted: Plans, able: Abilities) -> Workshop:
    """What the hosts are made with; the operator's side is told the hubs' keys."""
    inventory = wanted.inventory
    host_keys = {}
    operators: dict[str, None] = {}
    for door in wanted.topology.doors:
        management = wanted.intent.hubs[door.hub].management
        # A lab that wrote elsewhere might replace a key that opens something real.
        for file in (management.private_key, management.known_hosts):
            if (inventory / STATE).resolve() not in (inventory / file).resolve().parents:
                raise LabError(
                    Problem(
                        code="KSZ506",
                        what=f"hub {door.hub} has {file}, outside of the lab's folder {STATE}",
                        fix=f"name a file in {STATE} in its host_vars",
                        origin=wanted.intent.origins.get(("hub", door.hub)),
                    )
                )
        key = KeyPair.kept(inventory / STATE / f"host-key-{door.hub}")
        trust(inventory / management.known_hosts, door.address, door.port, key.public)
        operators[KeyPair.kept(inventory / management.private_key).public] = None
        host_keys[door.hub] = key
    return Workshop(
        abilities=able,
        reveal=wanted.vault.reveal,
        host_keys=host_keys,
        operators=tuple(operators),
    )


def bench(wanted: Plans, patience_s: float) -> Bench:
    """The running lab of *wanted*, ready for proofs.

    Raises:
        LabError: If it does not run, or lacks a host that its inventory asks for.
    """
    running = Running.of(wanted.inventory)
    missing = [host.name for host in wanted.topology.hosts if host.name not in running.built]
    if missing:
        raise LabError(
            Problem(
                code="KSZ503",
                what=f"the lab runs without {', '.join(missing)}",
                fix="bring it up to date with `ksz-netops lab up`",
            )
        )
    return Bench(
        running=running, topology=wanted.topology, esp=abilities().esp, patience_s=patience_s
    )
