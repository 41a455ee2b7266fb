"""The seam between resources and devices: one folder here is one platform.

A platform is found by discovery: `platforms/<name>/` exports `PLATFORM`. Its functions are pure,
but for `connect`, whose session is the only way to a device. A platform sees resources, never a
partner.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, runtime_checkable

from ksz_netops.errors import CommitError, Problem
from ksz_netops.state.resources import Stray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ksz_netops.proof import Openings
    from ksz_netops.state.observations import Observations
    from ksz_netops.state.resources import DeviceState

IMPORTING: Final = threading.RLock()
"""Held while `connect` imports what only a session needs: threads that import one set of libraries
from two ends at a time fail with a deadlock."""

Reveal: TypeAlias = "Callable[[str], str]"
"""Gives the pre-shared key of a name; called while pushing, and its answer is never kept."""


UNSAVED: Final = Stray(
    statement="startup-config",
    reason="it does not hold what runs: a reload would bring back something else",
)
"""Stands in a state for the difference between what runs and what the hub starts with.

A platform needs it where confirming and saving are two steps; it goes when the hub is provisioned
with the same state once more.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How a hub is reached."""

    name: str
    address: str
    port: int
    user: str
    private_key: Path
    known_hosts: Path


class Session(Protocol):
    """A hub, reached over one connection. Whatever it raises is a `KszError`."""

    def state(self) -> DeviceState:
        """What the hub holds in our territory.

        Raises:
            ReadbackError: If an answer was cut short or is not what the command gives.
        """

    def observe(self) -> Observations:
        """What the hub does at this moment."""

    def evidence(self) -> Mapping[str, str]:
        """The raw answers on which `state` and `observe` rested last, by command; keys masked."""

    def stage(self, intended: DeviceState, reveal: Reveal) -> str:
        """Prepares the change to *intended* and returns it as a diff; the hub is not changed.

        Empty where there is nothing to do.

        Raises:
            BusyError: If another run holds the hub or a commit is pending on it.
        """

    def commit(self, *, revert_in_s: int, commit_id: str = "") -> None:
        """Makes the staged change; the hub undoes it by itself unless it is confirmed in time.

        A platform that can keep a name with the commit keeps *commit_id*: eight hexadecimal digits.

        Raises:
            CommitError: If the hub refused, and holds what it held before.
            UnconfirmedError: If the session broke, so that the outcome is unknown.
        """

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation."""

    def pending_id(self) -> str | None:
        """The id of the commit that waits for its confirmation; None where none waits.

        It is empty where the platform cannot keep ids, so that nobody knows whose commit it is.
        """

    def confirm(self) -> None:
        """Keeps the pending commit, also over a restart of the hub."""

    def rollback(self) -> None:
        """Undoes the pending commit at once."""

    def discard(self) -> None:
        """Forgets what was staged."""


@runtime_checkable
class Surveyor(Protocol):
    """A session with a hub whose parts are read each by itself."""

    def survey(self) -> DeviceState:
        """What could be read of the hub; `unread` names what could not.

        Raises:
            ReadbackError: If nothing could be read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that a hub must have before it can carry what is intended."""

    what: str
    fix: str
    """The command or step that mends it."""


@runtime_checkable
class Examiner(Protocol):
    """A session with a hub that can say whether the hub is ready."""

    def lacks(self, intended: DeviceState) -> tuple[Lack, ...]:
        """What the hub lacks for *intended*, by read-only commands.

        Raises:
            ReadbackError: If its configuration could not be read.
        """


@runtime_checkable
class Recorder(Protocol):
    """A session with a hub that can show everything that we ever ask it."""

    def recording(self) -> Mapping[str, str]:
        """The answers by command, as they may be kept: without keys or lines of others.

        An answer that was refused holds the hub's words.
        """


class Platform(Protocol):
    """What a kind of device can do with resources."""

    name: str
    namespaced: bool
    """Whether a host in namespaces can play such a hub in the lab; any other is emulated."""

    def check(self, state: DeviceState) -> None:
        """Accepts a state that the platform can hold.

        Raises:
            UnsupportedError: With every resource that it has no way to hold.
        """

    def render(self, state: DeviceState) -> str:
        """The configuration that holds *state*, as the device shows it, secrets as fingerprints."""

    def parse(self, configuration: str) -> DeviceState:
        """What *configuration* holds; `parse(render(state)) == state`."""

    def openings(self, state: DeviceState) -> Openings:
        """What the strays of *state* do to the filters that it holds."""

    def commands(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """What turns *running* into *intended*, in an order that is safe after every step.

        Raises:
            CommitError: If no such order was found.
        """

    def safety(self, running: DeviceState, intended: DeviceState) -> tuple[str, ...]:
        """Why the hub is safe after each of the `commands`, as it was computed, a line for each.

        Nothing where there is no command.

        Raises:
            CommitError: If it would not be.
        """

    def connect(self, target: Target) -> AbstractContextManager[Session]:
        """A session with the hub.

        Raises:
            ConnectError: If it is not reached, or is not the hub that its host key promises.
        """


def admit(platform: Platform, state: DeviceState) -> None:
    """Accepts a state that *platform* can hold, and whose configuration reads back as that state.

    To be called before anything is sent, and before a hub is reached.

    Raises:
        UnsupportedError: With every resource that it has no way to hold.
        CommitError: If what would be sent says anything else than *state*.
    """
    platform.check(state)
    if platform.parse(platform.render(state)) != state:
        what = f"the {platform.name} configuration does not read back as what is intended"
        fix = "nothing was sent; report it with the inventory that led to it"
        raise CommitError(Problem(code="KSZ208", what=what, fix=fix))


@cache
def platforms() -> Mapping[str, Platform]:
    """Every platform by its name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            platform: Platform = importlib.import_module(f"{__name__}.{module.name}").PLATFORM
            found[platform.name] = platform
    return found
