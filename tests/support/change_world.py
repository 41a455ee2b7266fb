"""Several hubs in memory, a plan over all of them, and a runner that can be killed anywhere."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ksz_netops.change.approval.admission import Admitted, Basis
from ksz_netops.change.fleet.apply import apply_plan
from ksz_netops.change.fleet.journal import Journal
from ksz_netops.change.fleet.recover import recover
from ksz_netops.change.fleet.result import Result, RunLog
from ksz_netops.change.fleet.settings import HubTask, RunSettings
from ksz_netops.change.hub.undisturbed import undisturbed
from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.change.record.chain import Record
from ksz_netops.platforms import Target
from support.change_desk import NOW
from support.fake_session import TARGET, FakeClock, FakeHub
from support.sample_states import HUB, WITHOUT_VPN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ksz_netops.change.hub.outcome import Verify
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.state.resources import DeviceState
    from support.fake_session import Fault

OLD, NEW = WITHOUT_VPN, HUB
REVERT_IN_S = 120


class Killed(BaseException):
    """The runner is no more."""


@dataclass(slots=True)
class Fate:
    """Counts what the runner does with the world, and kills it before the one that is its last."""

    left: int | None = None
    passed: int = 0
    end: type[BaseException] = Killed
    """How it ends: `KeyboardInterrupt` is somebody who presses Ctrl-C."""

    def tick(self) -> None:
        if self.left is not None and self.passed >= self.left:
            raise self.end
        self.passed += 1


@dataclass(slots=True)
class Mortal:
    """Anything that the runner asks something of; it may die before asking and before hearing."""

    thing: Any
    fate: Fate

    def __getattr__(self, name: str) -> object:
        value = getattr(self.thing, name)
        if name == "connect":
            return self._connect
        if not callable(value) or name in {"check", "commands", "render", "safety"}:
            return value

        def asked(*given: object, **named: object) -> object:
            self.fate.tick()
            answer = value(*given, **named)
            self.fate.tick()
            return answer

        return asked

    @contextmanager
    def _connect(self, target: Target) -> Iterator[Mortal]:
        self.fate.tick()
        with self.thing.connect(target) as session:
            yield Mortal(session, self.fate)
        self.fate.tick()


@dataclass(slots=True)
class World:
    """Hubs that share a clock, and the folder of the record."""

    folder: Path
    size: int = 3
    faults: Sequence[dict[int, Fault]] = ()
    old: DeviceState = OLD
    changes: Mapping[str, tuple[DeviceState, DeviceState]] = field(default_factory=dict)
    """What each hub holds and must hold; empty is OLD and NEW on as many hubs as its size."""
    saves_apart: bool = False
    """Whether confirming and saving are two steps of a hub, as on a router."""
    clock: FakeClock = field(default_factory=FakeClock)
    hubs: dict[str, FakeHub] = field(init=False)
    plan: Plan = field(init=False)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        changes = self.changes or {f"hub-{each}": (self.old, NEW) for each in range(self.size)}
        faults = [*self.faults, *[{}] * len(changes)]
        self.hubs = {
            name: FakeHub(old, clock=self.clock, faults=faults[at], saves_apart=self.saves_apart)
            for at, (name, (old, _)) in enumerate(sorted(changes.items()))
        }
        self.plan = make_plan(
            [
                Planned(
                    name=name, platform=hub, running=changes[name][0], intended=changes[name][1]
                )
                for name, hub in self.hubs.items()
            ],
            author="alice",
            made_at=NOW - timedelta(hours=1),
            not_after=NOW + timedelta(hours=1),
            intent={"extranet.yml": "0" * 64},
        )

    @property
    def record(self) -> Record:
        return Record(self.folder)

    def log(self) -> RunLog:
        return RunLog(
            record=self.record,
            journal=Journal(self.folder),
            who={"user": "olga", "host": "here", "process": str(os.getpid())},
            now=lambda: datetime.fromtimestamp(self.clock.now(), tz=UTC),
        )

    def settings(self, *, at_once: int = 1, verify: Verify = undisturbed) -> RunSettings:
        hub = next(iter(self.hubs.values()))
        return RunSettings(
            reveal=lambda _: "key",
            timing=hub.timing,
            revert_in_s=REVERT_IN_S,
            at_once=at_once,
            tell=self.said.append,
            verify=verify,
        )

    def tasks(self, fate: Fate | None = None) -> Callable[[Plan], list[HubTask]]:
        def of(plan: Plan) -> list[HubTask]:
            for hub in self.hubs.values():
                hub.halfway = (fate or Fate()).tick
            return [
                HubTask(
                    part=part,
                    platform=Mortal(self.hubs[part.hub], fate or Fate()),
                    target=Target(**{**_fields(TARGET), "name": part.hub}),
                )
                for part in plan.hubs
            ]

        return of

    def apply(
        self, fate: Fate | None = None, basis: Basis = Basis.APPROVED, **settings: object
    ) -> Result:
        admitted = Admitted(plan=self.plan, basis=basis)
        return apply_plan(
            lambda: admitted,
            lambda allowed: self.tasks(fate)(allowed.plan),
            log=self.log(),
            settings=self.settings(**settings),
        )

    def recover(self, fate: Fate | None = None, **settings: object) -> Result | None:
        return recover(self.tasks(fate), log=self.log(), settings=self.settings(**settings))

    def let_the_timers_run_out(self) -> None:
        self.clock.sleep(100_000)
        for hub in self.hubs.values():
            hub.tick()

    def heal(self) -> None:
        """Nothing fails any more, and every hub is reached again."""
        for hub in self.hubs.values():
            hub.faults, hub.dead, hub.cut_off = {}, False, False

    @property
    def held(self) -> list[DeviceState]:
        return [hub.running for hub in self.hubs.values()]

    @property
    def kept(self) -> list[DeviceState]:
        """What they hold after a restart."""
        return [hub.startup for hub in self.hubs.values()]


def _fields(target: Target) -> dict[str, Any]:
    return {name: getattr(target, name) for name in target.__dataclass_fields__}
