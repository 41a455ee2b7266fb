"""A hub in memory with a revert timer, driven by a clock that only sleeps move.

It can be told to fail at the nth thing that is asked of it, and remembers what was asked.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops.change.hub.timing import Timing
from ksz_netops.errors import (
    BusyError,
    CommitError,
    ConnectError,
    DeviceError,
    KszError,
    Problem,
    UnconfirmedError,
)
from ksz_netops.platforms import UNSAVED, Target
from ksz_netops.proof import Doubt, Openings
from ksz_netops.state.diff import difference
from ksz_netops.state.encoding import decode, encode
from ksz_netops.state.observations import Observations
from ksz_netops.state.resources import DeviceState, Stray, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ksz_netops.platforms import Reveal

TARGET = Target(
    name="hub-a",
    address="127.0.0.1",
    port=22,
    user="root",
    private_key=Path("key"),
    known_hosts=Path("known_hosts"),
)
A_LIE = Stray(statement="something that is not there", reason="the readback lies")


class Fault(StrEnum):
    """What goes wrong when something is asked of the hub."""

    REFUSED = "refused"
    """Declined with an error; nothing happens on the hub."""
    REFUSED_AFTER = "refused after"
    """Done, and yet answered with an error."""
    LOST_BEFORE = "lost before"
    """The connection breaks before the hub hears it."""
    LOST_AFTER = "lost after"
    """The hub does it, and the connection breaks before the answer."""
    LIE = "lie"
    """A reading shows something that is not there; an action says done and does nothing."""
    EXPIRED = "expired"
    """So much time passes first that the hub's timer runs out."""
    CUT_OFF = "cut off"
    """From here on nobody reaches the hub, until it restores by itself."""
    DEAD = "dead"
    """From here on nobody reaches the hub."""


def problem(what: str) -> Problem:
    return Problem(code="KSZ400", what=what, fix="nothing, it is a test")


@dataclass(slots=True)
class FakeClock:
    """Time that passes by sleeping only."""

    time: float = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass(slots=True)
class FakeHub:
    """The hub, and at once the platform by which it is reached."""

    running: DeviceState
    clock: FakeClock = field(default_factory=FakeClock)
    faults: Mapping[int, Fault] = field(default_factory=dict)
    """By the number of the question, from 0."""
    observations: Observations = field(default_factory=Observations)
    observations_after: Observations | None = None
    """What is observed once the running state is not the startup state; None is the same."""
    name: str = "fake"
    startup: DeviceState = field(init=False)
    deadline: float | None = None
    commit_id: str = ""
    cut_off: bool = False
    dead: bool = False
    saves_apart: bool = False
    """Whether confirming and saving are two steps."""
    halfway: Callable[[], object] = lambda: None
    """Called between the two."""
    commands_of: Callable[[DeviceState, DeviceState], Iterable[str]] = lambda running, intended: (
        difference(running, intended).lines()
    )
    """What turns one state into another; a platform may look at more than what differs."""
    watch: Callable[[], object] = lambda: None
    """Called before and after whatever is asked of the hub."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.startup = self.running

    @property
    def timing(self) -> Timing:
        return Timing(now=self.clock.now, sleep=self.clock.sleep)

    def tick(self) -> None:
        """The hub's own timer."""
        if self.deadline is not None and self.clock.now() >= self.deadline:
            self.restore()

    def restore(self) -> None:
        self.running, self.deadline, self.cut_off = self.startup, None, False

    def check(self, state: DeviceState) -> None:
        assert not state.strays

    def openings(self, state: DeviceState) -> Openings:
        doubts = (Doubt(statement=each.statement, reason=each.reason) for each in state.strays)
        return Openings(doubts=tuple(doubts))

    def render(self, state: DeviceState) -> str:
        return "".join(f"{json.dumps(encode(each))}\n" for each in (*state, *state.strays))

    def parse(self, configuration: str) -> DeviceState:
        parts = [decode(json.loads(line)) for line in configuration.splitlines()]
        strays = [each for each in parts if isinstance(each, Stray)]
        return DeviceState.of((each for each in parts if not isinstance(each, Stray)), strays)

    def commands(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        return tuple(self.commands_of(running, intended))

    def safety(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        lines = len(self.commands(running, intended))
        return (f"each of {lines} lines was judged",) if lines else ()

    @contextmanager
    def connect(self, target: Target) -> Iterator[FakeSession]:
        session = FakeSession(hub=self, target=target)
        with session.asking("connect"):
            pass
        yield session
        with session.asking("close"):
            pass


@dataclass(slots=True)
class FakeSession:
    """One connection to the hub."""

    hub: FakeHub
    target: Target
    staged: DeviceState | None = None
    lost: bool = False

    @contextmanager
    def asking(self, what: str) -> Iterator[bool]:
        """Whether the hub is to lie, while it does *what*; the faults are raised around it."""
        hub = self.hub
        number = len(hub.asked)
        hub.asked.append(what)
        fault = hub.faults.get(number)
        if fault is Fault.EXPIRED:
            hub.clock.sleep(1000)
        hub.tick()
        hub.dead |= fault is Fault.DEAD
        hub.cut_off |= fault is Fault.CUT_OFF and hub.deadline is not None
        self.lost |= hub.dead or hub.cut_off or fault is Fault.LOST_BEFORE
        if self.lost:
            raise self.broken(what)
        if fault is Fault.REFUSED:
            raise self.refusal(what)
        hub.watch()
        yield fault is Fault.LIE
        hub.watch()
        if fault is Fault.REFUSED_AFTER:
            raise self.refusal(what)
        if fault is Fault.LOST_AFTER:
            self.lost = True
            raise self.broken(what)

    @staticmethod
    def broken(what: str) -> KszError:
        kind = UnconfirmedError if what == "commit" else ConnectError
        return kind(problem(f"the connection broke at {what}"))

    @staticmethod
    def refusal(what: str) -> KszError:
        kinds: dict[str, type[KszError]] = {
            "stage": BusyError,
            "commit": CommitError,
            "connect": ConnectError,
        }
        return kinds.get(what, DeviceError)(problem(f"{what} was refused"))

    def state(self) -> DeviceState:
        with self.asking("state") as lies:
            held = self.hub.running
            if self.hub.saves_apart and self.hub.deadline is None and held != self.hub.startup:
                held = dataclasses.replace(held, strays=(*held.strays, UNSAVED))
            return dataclasses.replace(held, strays=(*held.strays, A_LIE)) if lies else held

    def observe(self) -> Observations:
        with self.asking("observe"):
            hub = self.hub
            if hub.observations_after is None or hub.running == hub.startup:
                return hub.observations
            return hub.observations_after

    @staticmethod
    def evidence() -> dict[str, str]:
        return {}

    def stage(self, intended: DeviceState, reveal: Reveal) -> str:
        with self.asking("stage") as lies:
            if self.hub.deadline is not None:
                raise BusyError(problem("a commit is pending"))
            for resource in intended:
                if isinstance(resource, Tunnel):
                    reveal(resource.secret.name)
            self.staged = intended
            lines = [] if lies else list(difference(self.hub.running, intended).lines())
            if self.hub.saves_apart and self.hub.running != self.hub.startup:
                lines.append("save")
            return "\n".join(lines)

    def commit(self, *, revert_in_s: int, commit_id: str = "") -> None:
        assert self.staged is not None
        with self.asking("commit") as lies:
            if not lies:
                self.hub.deadline = self.hub.clock.now() + revert_in_s
                self.hub.running = self.staged
                self.hub.commit_id = commit_id

    def pending(self) -> bool:
        with self.asking("pending") as lies:
            return (self.hub.deadline is not None) ^ lies

    def pending_id(self) -> str | None:
        return self.hub.commit_id if self.pending() else None

    def confirm(self) -> None:
        with self.asking("confirm") as lies:
            if self.hub.deadline is None:
                raise DeviceError(problem("nothing is pending"))
            if not lies:
                self.hub.deadline = None
                if self.hub.saves_apart:
                    self.hub.halfway()
                self.hub.startup = self.hub.running

    def rollback(self) -> None:
        with self.asking("rollback") as lies:
            if not lies:
                self.hub.restore()

    def discard(self) -> None:
        with self.asking("discard"):
            self.staged = None
