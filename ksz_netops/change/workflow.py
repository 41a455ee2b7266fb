"""From an inventory to a plan, and from a plan to its hubs: what commands and playbooks call."""

from __future__ import annotations

import getpass
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from ksz_netops.change.approval.admission import Admitted, Ground, admit
from ksz_netops.change.approval.files import plan_file, signatures_of
from ksz_netops.change.approval.policy import read_policy
from ksz_netops.change.fleet.apply import apply_plan
from ksz_netops.change.fleet.converge import Means, Party
from ksz_netops.change.fleet.journal import Journal
from ksz_netops.change.fleet.recover import recover
from ksz_netops.change.fleet.result import Desk
from ksz_netops.change.plan.inventory_digest import inventory_files, rests_on
from ksz_netops.change.plan.plan import Plan, Planned, make_plan
from ksz_netops.change.plan.scope import flow_ends, only_partners, refuse_unknown
from ksz_netops.change.record.chain import Record
from ksz_netops.change.record.revert import reverted, was_done
from ksz_netops.errors import KszError, Problem, RefusedError
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.desired import desired_state, target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.platforms import platforms
from ksz_netops.signing.signers import read_signers
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ksz_netops.change.fleet.result import Result
    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import DeviceState

    Work = TypeVar("Work")
    Answer = TypeVar("Answer")

RECORD: Final = "record"
"""Folder of the record below an inventory, unless another is named."""
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Authoring:
    """What a plan says about its making."""

    author: str
    now: datetime
    valid_for: timedelta = timedelta(hours=24)
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """An inventory with its vault and its record."""

    inventory: Path
    record: Record
    vault: Vault
    intent: Intent

    @classmethod
    def open(
        cls, inventory: Path, *, record: Path | None = None, password_file: Path | None = None
    ) -> Office:
        """The office of *inventory*.

        Raises:
            IntentError: If the inventory is wrong.
            SecretError: If the vault cannot be opened.
        """
        intent = load_intent(inventory)
        kept = Record(record or inventory / RECORD)
        return cls(inventory, kept, Vault.open(inventory, password_file), intent)

    def plan(
        self, authoring: Authoring, *, hubs: Iterable[str] = (), partners: Iterable[str] = ()
    ) -> Plan:
        """What turns the hubs into what they must hold.

        Args:
            authoring: What the plan says about its making.
            hubs: Only these; none given takes all.
            partners: Only what is these partners'; none given takes all.

        Raises:
            IntentError: If a hub is not known.
            RefusedError: If a partner is not known.
            DeviceError: If a hub cannot be read.
        """
        names = list(hubs) or sorted(self.intent.hubs)
        day = authoring.now.astimezone(BRUSSELS).date()
        secrets = self.vault.secrets()
        wanted = {name: desired_state(self.intent, name, secrets=secrets, on=day) for name in names}
        running = self._running(names)
        chosen = frozenset(partners)
        if chosen:
            refuse_unknown(chosen, self.intent, running.values())
            wanted = {name: only_partners(running[name], wanted[name], chosen) for name in names}
        return self._made(running, wanted, authoring)

    def revert(self, number: int, authoring: Authoring) -> Plan:
        """What undoes the change of entry *number* of the record.

        Raises:
            RefusedError: If there is no such change, or a later one stands on it.
            DeviceError: If a hub cannot be read.
        """
        former = was_done(self.record, number)
        running = self._running([part.hub for part in former.hubs])
        return self._made(running, reverted(former, running), authoring)

    def admitted(self, path: Path, at: datetime) -> Admitted:
        """The plan at *path*, if everything allows to apply it.

        Raises:
            RefusedError: With everything that forbids it.
        """
        return admit(plan_file(path), signatures_of(path), self.ground(), at)

    def ground(self) -> Ground:
        """What stands on our side when a plan is judged."""
        used = {entry.body.get("plan") for entry in self.record.entries()}
        return Ground(
            signers=read_signers(self.inventory),
            policy=read_policy(self.inventory),
            files=inventory_files(self.inventory),
            used=used.__contains__,
        )

    def apply(
        self, path: Path, *, now: Callable[[], datetime], means: Means, user: str | None = None
    ) -> Result:
        """Applies the plan at *path* to all its hubs, or to none; see `apply_plan`."""

        def parties(allowed: Admitted) -> Sequence[Party]:
            self._same_keys(allowed.plan)
            return self.parties(allowed.plan)

        desk = self.desk(now, user)
        return apply_plan(lambda: self.admitted(path, now()), parties, desk=desk, means=means)

    def recover(
        self, *, now: Callable[[], datetime], means: Means, user: str | None = None
    ) -> Result | None:
        """Ends the run that did not end; see `recover.recover`."""
        return recover(self.parties, desk=self.desk(now, user), means=means)

    def desk(self, now: Callable[[], datetime], user: str | None = None) -> Desk:
        """Where a run of ours writes down what it does."""
        who = {
            "user": user or getpass.getuser(),
            "host": socket.gethostname(),
            "process": str(os.getpid()),
        }
        return Desk(record=self.record, journal=Journal(self.record.folder), who=who, now=now)

    def parties(self, plan: Plan) -> list[Party]:
        """The hubs of *plan* as the inventory reaches them.

        Raises:
            RefusedError: If one is not known, or is of another kind.
        """
        problems = []
        for part in plan.hubs:
            hub = self.intent.hubs.get(part.hub)
            if hub is None or hub.platform != part.platform:
                problems.append(
                    Problem(
                        code="KSZ934",
                        what=f"the inventory has no hub '{part.hub}' of platform {part.platform}",
                        fix="take the inventory for which the plan was made",
                    )
                )
        if problems:
            raise RefusedError(problems)
        return [
            Party(
                part=part,
                platform=platforms()[part.platform],
                target=target_of(self.intent, part.hub, self.inventory),
            )
            for part in plan.hubs
        ]

    def _running(self, names: Sequence[str]) -> dict[str, DeviceState]:
        def read(name: str) -> DeviceState | KszError:
            try:
                platform = platforms()[self.intent.hubs[name].platform]
                with platform.connect(target_of(self.intent, name, self.inventory)) as session:
                    return session.state()
            except KszError as error:
                return error

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
            found = dict(zip(names, threads.map(read, names), strict=True))
        errors = [each for each in found.values() if isinstance(each, KszError)]
        if errors:
            raise type(errors[0])(problem for error in errors for problem in error.problems)
        return {name: each for name, each in found.items() if not isinstance(each, KszError)}

    def _made(
        self,
        running: Mapping[str, DeviceState],
        intended: Mapping[str, DeviceState],
        authoring: Authoring,
    ) -> Plan:
        plan = make_plan(
            (
                Planned(
                    name=name,
                    platform=platforms()[self.intent.hubs[name].platform],
                    running=running[name],
                    intended=intended[name],
                )
                for name in sorted(intended)
            ),
            author=authoring.author,
            purpose=authoring.purpose,
            made_at=authoring.now,
            not_after=authoring.now + authoring.valid_for,
            intent={},
            record=str(self.record.head()),
        )
        hubs = [part.hub for part in plan.hubs]
        files = rests_on(inventory_files(self.inventory), hubs=hubs, partners=plan.partners)
        last = min([plan.not_after, *flow_ends(self.intent, plan.partners, authoring.now)])
        return plan.model_copy(update={"intent": files, "not_after": last.replace(microsecond=0)})

    def _same_keys(self, plan: Plan) -> None:
        """Accepts a plan whose pre-shared keys are those of the vault.

        Raises:
            RefusedError: With each tunnel that would get another key than was approved.
        """
        held = self.vault.secrets()
        wanted = {
            (part.hub, tunnel.secret.name, tunnel.secret.fingerprint)
            for part in plan.hubs
            for tunnel in part.comes
            if isinstance(tunnel, Tunnel)
        }
        problems = [
            Problem(
                code="KSZ935",
                what=f"{hub}: the vault holds another key called {name} than the plan names",
                fix="bring the former key back into the vault, or make a new plan",
            )
            for hub, name, mark in sorted(wanted)
            if name not in held or held[name].fingerprint != mark
        ]
        if problems:
            raise RefusedError(problems)
