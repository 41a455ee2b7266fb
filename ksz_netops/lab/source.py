"""The lab of an inventory: what its files ask for, and the keys that live beside them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import KszError, LabError, Problem
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.lab.access import keys_of
from ksz_netops.lab.build import Difference, alone, build
from ksz_netops.lab.derive import topology_of
from ksz_netops.lab.machines import Workshop
from ksz_netops.lab.proofs import Bench
from ksz_netops.lab.requirements import abilities
from ksz_netops.lab.roots import Roots
from ksz_netops.lab.routers import Routers, emulated
from ksz_netops.lab.running import Running
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ksz_netops.intent.models import Intent
    from ksz_netops.lab.requirements import Abilities
    from ksz_netops.lab.topology import Site, Topology
    from ksz_netops.state.resources import DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """An inventory as the lab sees it."""

    inventory: Path
    intent: Intent
    vault: Vault
    states: Mapping[str, DeviceState]
    """What each hub that the lab can host must hold."""
    topology: Topology

    def site(self, partner: str) -> Site:
        """The site of *partner*.

        Raises:
            LabError: If the partner has none.
        """
        if partner in self.unproven():
            raise LabError(
                Problem(
                    code="KSZ505",
                    what=f"{partner} meets emulated routers alone, which no packet passes",
                    fix="choose a partner of a Linux hub",
                )
            )
        return self.topology.site(partner)

    def unproven(self) -> tuple[str, ...]:
        """The partners who meet emulated routers only, through which no packet passes."""
        sites = {site.partner for site in self.topology.sites}
        routers = frozenset(emulated(self.intent))
        return tuple(
            partner.id
            for partner in self.intent.partners
            if partner.id not in sites
            and any(connection.hubs() & routers for connection in partner.connections)
        )


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


def up(
    inventory: Path,
    on: date,
    password_file: Path | None = None,
    *,
    routers_only: bool = False,
    roots: Roots | None = None,
) -> Difference:
    """Boots the lab of *inventory*, or brings the running one to what its files say today.

    Args:
        inventory: Its folder.
        on: The day.
        password_file: That of the vault.
        routers_only: Whether the hosts in namespaces are left as they are.
        roots: What the hosts run on; None for what a running lab has, or the machine's own.

    Raises:
        KszError: If the files are wrong, a privilege is missing or the machine refuses something.
    """
    wanted = plans(inventory, on, password_file)
    hosts = not routers_only and (wanted.states or Running.attach(inventory))
    able = _abilities(wanted) if hosts else None
    with alone(inventory):
        running = Routers.attach(inventory)
        routers = running
        if running is not None:
            running.read_again()
        elif emulated(wanted.intent):
            routers = Routers.start(inventory, password_file)
        try:
            workshop = _workshop(wanted, able, roots) if able else None
            built = build(inventory, wanted.topology, workshop) if workshop else None
            changed = routers.settled() if routers else {}
        except BaseException:
            if running is None and routers is not None:
                routers.stop()
            raise
    parts = [asdict(built) if built else {}, changed]
    return Difference(
        **{
            word: tuple(name for part in parts for name in part.get(word, ()))
            for word in ("added", "removed", "changed", "outdated")
        }
    )


def down(inventory: Path) -> bool:
    """Ends the lab of *inventory*; False where it did not run."""
    with alone(inventory):
        running = Running.attach(inventory)
        if running is not None:
            running.sandbox.stop()
        routers = Routers.attach(inventory)
        if routers is not None:
            routers.stop()
        return running is not None or routers is not None


def argv_at(inventory: Path, host: str, command: Sequence[str]) -> list[str]:
    """How *command*, or without one a shell, is run on a host of the running lab.

    Raises:
        LabError: If no such host runs.
    """
    routers = Routers.attach(inventory)
    if routers is not None and host in routers.hubs:
        target = target_of(load_intent(inventory), host, inventory)
        return [
            *("/usr/bin/ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"),
            # ssh splits the value at spaces unless it is in quotes, and expands what follows a %.
            *("-o", "StrictHostKeyChecking=yes"),
            *("-o", f'UserKnownHostsFile="{str(target.known_hosts).replace("%", "%%")}"'),
            *("-i", str(target.private_key), "-p", str(target.port)),
            f"{target.user}@{target.address}",
            *command,
        ]
    return Running.of(inventory).host(host).inside.argv(*(command or ("/bin/sh", "-l")))


def _abilities(wanted: Plans) -> Abilities:
    try:
        return abilities()
    except LabError as error:
        routers = emulated(wanted.intent)
        if not routers:
            raise
        hint = Problem(
            code="KSZ501",
            what=f"{', '.join(routers)} are emulated, and need nothing of this",
            fix="`ksz-netops lab up --routers` starts them alone",
        )
        raise LabError([*error.problems, hint]) from error


def _roots(inventory: Path, asked: Roots | None) -> Roots:
    """What the hosts run on.

    Raises:
        LabError: If the lab runs on others than *asked*.
    """
    running = Running.attach(inventory)
    if running is None:
        return asked or Roots()
    if asked is not None and asked != running.roots:
        raise LabError(
            Problem(
                code="KSZ508",
                what=f"the lab runs with {running.roots}, and {asked} was asked for",
                fix="boot it anew with `ksz-netops lab down` and `ksz-netops lab up`",
            )
        )
    return running.roots


def _workshop(wanted: Plans, able: Abilities, roots: Roots | None) -> Workshop:
    """What the hosts are made with; the operator's side is told the hubs' keys."""
    keys = {
        door.hub: keys_of(wanted.intent, door.hub, wanted.inventory)
        for door in wanted.topology.doors
    }
    return Workshop(
        abilities=able,
        reveal=wanted.vault.reveal,
        host_keys={hub: each.host for hub, each in keys.items()},
        operators=tuple(dict.fromkeys(each.operator.public for each in keys.values())),
        roots=_roots(wanted.inventory, roots),
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
