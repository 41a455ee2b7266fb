"""From an inventory to a plan, and from a plan to its hubs: what commands and playbooks call."""

from __future__ import annotations

import getpass
import os
import re
import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ksz_netops.change.approval.admission import (
    Admitted,
    Basis,
    admit,
)
from ksz_netops.change.approval.direct import admit_direct
from ksz_netops.change.approval.files import read_plan_file, read_signatures
from ksz_netops.change.approval.inputs import admission_inputs
from ksz_netops.change.approval.keys import refuse_other_keys
from ksz_netops.change.fleet.apply import apply_plan
from ksz_netops.change.fleet.journal import Journal
from ksz_netops.change.fleet.recover import recover
from ksz_netops.change.fleet.result import Holds, HubEnd, Result, RunLog
from ksz_netops.change.fleet.settings import HubTask
from ksz_netops.change.hub.outcome import Outcome, Status
from ksz_netops.change.hub.transaction import provision
from ksz_netops.change.plan.inventory_digest import inventory_files, rests_on
from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.change.plan.scope import flow_ends
from ksz_netops.change.reading import Scope, not_read, read_hubs, read_scope
from ksz_netops.change.record.chain import FOLDER, Record
from ksz_netops.change.record.revert import reverted, was_done
from ksz_netops.errors import BusyError, Problem, RefusedError
from ksz_netops.inventory.desired import target_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from ksz_netops.change.fleet.settings import RunSettings
    from ksz_netops.change.plan.plan import HubPlan, Plan
    from ksz_netops.change.reading import Reading
    from ksz_netops.intent.models import Intent
    from ksz_netops.platforms import Platform
    from ksz_netops.state.resources import DeviceState

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._+@-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authoring:
    """What a plan says about its making."""

    author: str
    now: datetime
    valid_for: timedelta = timedelta(hours=24)
    purpose: str = ""


def user_name() -> str:
    """The name of who runs this program, as a plan can hold it."""
    return _NOT_IN_A_NAME.sub("-", getpass.getuser()) or "somebody"


@dataclass(frozen=True, slots=True)
class Workspace:
    """An inventory with its vault and its record."""

    inventory: Path
    record: Record
    vault: Vault
    intent: Intent

    @classmethod
    def open(
        cls, inventory: Path, *, record: Path | None = None, password_file: Path | None = None
    ) -> Workspace:
        """The workspace of *inventory*.

        Raises:
            IntentError: If the inventory is wrong.
            SecretError: If the vault cannot be opened.
        """
        intent = load_intent(inventory)
        kept = Record(record or inventory / FOLDER)
        return cls(inventory, kept, Vault.open(inventory, password_file), intent)

    def plan(self, authoring: Authoring, scope: Scope | None = None) -> Plan:
        """What turns the hubs into what they must hold.

        Raises:
            IntentError: If a hub is not known.
            RefusedError: If a partner is not known, or the change would take partners off.
            DeviceError: If a hub cannot be read.
        """
        asked = scope or Scope()
        reading = self._read(asked, authoring.now)
        reading.refuse_errors()
        return self._make(reading.running, reading.intended, authoring, scope=asked.partners)

    def revert(self, number: int, authoring: Authoring) -> Plan:
        """What undoes the change of entry *number* of the record.

        Raises:
            RefusedError: If there is no such change, or a later one stands on it.
            DeviceError: If a hub cannot be read.
        """
        former = was_done(self.record, number)
        reading = read_hubs([part.hub for part in former.hubs], self.intent, self.inventory)
        reading.refuse_errors()
        running = reading.running
        return self._make(running, reverted(former, running), authoring, undoes=number)

    def admitted(self, path: Path, at: datetime) -> Admitted:
        """The plan at *path*, if everything allows to apply it.

        Raises:
            RefusedError: With everything that forbids it.
        """
        inputs = admission_inputs(self.inventory, self.intent, self.record)
        allowed = admit(read_plan_file(path), read_signatures(path), inputs, at)
        refuse_other_keys(allowed.plan, self.vault.secrets())
        return allowed

    def apply(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        settings: RunSettings,
        user: str | None = None,
    ) -> Result:
        """Applies the approved plan at *path* to all its hubs, or to none; see `apply_plan`."""
        return apply_plan(
            lambda: self.admitted(path, now()),
            lambda allowed: self.tasks(allowed.plan),
            log=self.log(now, user),
            settings=settings,
        )

    def provision(
        self,
        scope: Scope | None = None,
        *,
        now: Callable[[], datetime],
        settings: RunSettings,
        emergency: str = "",
    ) -> Result:
        """Brings the hubs to what they must hold, where one person may decide it alone.

        Hubs end independently: one that cannot be read does not stop the others.

        Args:
            scope: To what the change is limited.
            now: The clock.
            settings: What the run works with.
            emergency: Why the policy is passed by; empty keeps to the policy.

        Raises:
            IntentError: If a hub is not known.
            RefusedError: If the policy asks for an approval, or the change would take partners off.
            InterruptError: If the run was interrupted, with what holds.
        """
        authoring = Authoring(
            author=user_name(), now=now(), valid_for=timedelta(hours=1), purpose="provision"
        )
        asked = scope or Scope()
        reading = self._read(asked, authoring.now)
        ends = {name: not_read(name, error) for name, error in reading.errors.items()}
        for name, state in reading.running.items():
            if state == reading.intended[name]:
                ends[name] = HubEnd(hub=name, holds=Holds.NEW, is_begun=False)
        result = Result(plan="", ends=(), record=str(self.record.head()), basis=Basis.DIRECT)
        if ends.keys() != {*reading.order}:
            plan = self._make(reading.running, reading.intended, authoring, scope=asked.partners)
            result = apply_plan(
                lambda: admit_direct(plan, self.inventory, emergency=emergency, at=now()),
                lambda allowed: self.tasks(allowed.plan),
                log=self.log(now),
                settings=settings,
            )
        ends |= {end.hub: end for end in result.ends}
        return replace(result, ends=tuple(ends[name] for name in reading.order))

    def preview(
        self, scope: Scope | None = None, *, now: Callable[[], datetime], settings: RunSettings
    ) -> list[Outcome]:
        """What `provision` would do to each hub; nothing is changed or written down.

        Raises:
            IntentError: If a hub is not known.
            RefusedError: If the change would take partners off.
        """
        reading = self._read(scope or Scope(), now())

        def stage(name: str) -> Outcome:
            if name in reading.errors:
                error = reading.errors[name]
                status = Status.BUSY if isinstance(error, BusyError) else Status.FAILED
                return Outcome(hub=name, status=status, problems=error.problems)
            return provision(
                self._platform(name),
                target_of(self.intent, name, self.inventory),
                reading.intended[name],
                reveal=settings.reveal,
                check=True,
                timing=settings.timing,
            )

        return settings.for_each(stage, reading.order)

    def recover(
        self,
        *,
        now: Callable[[], datetime],
        settings: RunSettings,
        user: str | None = None,
    ) -> Result | None:
        """Ends the run that did not end; see `recover.recover`."""
        return recover(self.tasks, log=self.log(now, user), settings=settings)

    def log(self, now: Callable[[], datetime], user: str | None = None) -> RunLog:
        """Where a run of ours is written down."""
        who = {
            "user": user or getpass.getuser(),
            "host": socket.gethostname(),
            "process": str(os.getpid()),
        }
        return RunLog(record=self.record, journal=Journal(self.record.folder), who=who, now=now)

    def tasks(self, plan: Plan) -> list[HubTask]:
        """The hubs of *plan* as the inventory reaches them.

        Raises:
            RefusedError: If one is not known, or is of another kind.
        """
        problems = [
            Problem(
                code="KSZ934",
                what=f"the inventory has no hub '{part.hub}' of platform {part.platform}",
                fix="take the inventory for which the plan was made",
            )
            for part in plan.hubs
            if not self._has(part)
        ]
        if problems:
            raise RefusedError(problems)
        return [
            HubTask(
                part=part,
                platform=platforms()[part.platform],
                target=target_of(self.intent, part.hub, self.inventory),
            )
            for part in plan.hubs
        ]

    def _has(self, part: HubPlan) -> bool:
        hub = self.intent.hubs.get(part.hub)
        return hub is not None and hub.platform == part.platform

    def _platform(self, name: str) -> Platform:
        return platforms()[self.intent.hubs[name].platform]

    def _read(self, scope: Scope, now: datetime) -> Reading:
        secrets = self.vault.secrets()
        return read_scope(scope, self.intent, self.inventory, secrets=secrets, now=now)

    def _make(
        self,
        running: Mapping[str, DeviceState],
        intended: Mapping[str, DeviceState],
        authoring: Authoring,
        *,
        scope: Collection[str] = (),
        undoes: int | None = None,
    ) -> Plan:
        plan = make_plan(
            (
                Planned(
                    name=name,
                    platform=self._platform(name),
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
            scope=scope,
            undoes=undoes,
        )
        if not plan.hubs:
            return plan
        hubs = [part.hub for part in plan.hubs]
        files = rests_on(inventory_files(self.inventory), hubs=hubs, partners=plan.partners)
        last = min([plan.not_after, *flow_ends(self.intent, plan.partners, authoring.now)])
        said = {
            "intent": files,
            "not_after": last.replace(microsecond=0),
            "record": str(self.record.start(authoring.now)),
        }
        return plan.model_copy(update=said)
