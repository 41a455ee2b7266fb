"""A router over one connection, as the transaction needs it."""

from __future__ import annotations

import fcntl
import re
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from ksz_netops.errors import (
    BusyError,
    CommitError,
    ConnectError,
    DeviceError,
    KszError,
    Problem,
    ReadbackError,
    SecretError,
    UnconfirmedError,
)
from ksz_netops.platforms import IMPORTING, UNSAVED, Lack
from ksz_netops.platforms.ios_xe.config import names, normal, tree
from ksz_netops.platforms.ios_xe.config.parse import configuration_of, held
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.device import preflight, readiness
from ksz_netops.platforms.ios_xe.device.conflicts import conflicts
from ksz_netops.platforms.ios_xe.device.cut_off import cut_off
from ksz_netops.platforms.ios_xe.observe import foreign
from ksz_netops.platforms.ios_xe.observe.answers import refusal_in
from ksz_netops.platforms.ios_xe.observe.masking import kept
from ksz_netops.platforms.ios_xe.observe.show import READ, observed
from ksz_netops.platforms.ios_xe.planning.proven import commands
from ksz_netops.state.resources import DeviceState, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.platforms import Reveal, Target
    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.platforms.ios_xe.device.driver import KszIosDriver
    from ksz_netops.state.observations import Observations

_BESIDES: Final = (
    "show archive config rollback timer",
    "show ip interface",
    "show policy-map interface",
    "show vrf",
    "show vrf detail",
    "show track",
    "show ip sla configuration",
    "show ip sla statistics",
    "show ip ssh",
    "show inventory",
    "show license summary",
    "show platform hardware throughput crypto",
    "show crypto ikev2 policy",
    "show crypto ikev2 proposal",
)
"""Commands whose forms are not read yet, and are wanted from real routers."""
_KEY: Final = re.compile(r"( *pre-shared-key (?:local|remote)) 6 ([0-9a-f]{16})")


RECORDED: Final = tuple(dict.fromkeys((*READ, *readiness.COMMANDS, *_BESIDES)))
"""Everything that we ever ask a router, or would want to know of one."""


class _Reading(NamedTuple):
    """One reading of the running configuration."""

    running: Tree
    own: Tree
    state: DeviceState


class IosSession:
    """A router, reached over one connection."""

    def __init__(self, driver: KszIosDriver, target: Target) -> None:
        self._driver = driver
        self._target = target
        self._staged: tuple[str, ...] = ()
        self._changed_peers: tuple[str, ...] = ()
        self._reveal: Reveal | None = None
        self._names: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._now: _Reading | None = None
        self._answers: dict[str, str] = {}

    def state(self) -> DeviceState:
        """What the router holds of ours.

        Raises:
            ReadbackError: If the configuration was cut short.
        """
        self._now = self._read()
        return self._with_unsaved(self._now)

    def _with_unsaved(self, now: _Reading) -> DeviceState:
        """What the router holds, and whether it would start with that."""
        if self.pending():
            return now.state
        with self._spoken():
            saved = normal.own(tree.read_saved(self._show("show startup-config")))
        if saved == now.own:
            return now.state
        return DeviceState.of(now.state, (*now.state.strays, UNSAVED))

    def _read(self) -> _Reading:
        """Reads all that runs, once for everything that is asked about it."""
        with self._spoken():
            running = tree.read_whole(self._show("show running-config"))
        own = normal.own(running)
        return _Reading(running, own, held(own))

    def _show(self, command: str) -> str:
        answer = self._answers[command] = self._driver.show(command)
        refused = refusal_in(answer)
        if refused:
            what = f"the router does not answer `{command}`: {refused}"
            raise ReadbackError(self._problem("KSZ271", what, _TAUGHT))
        return answer

    def evidence(self) -> Mapping[str, str]:
        """The answers to the commands of `state` and `observe`, without anybody's keys."""
        return {command: kept(command, answer) for command, answer in self._answers.items()}

    def observe(self) -> Observations:
        """What the router does, holding what `state` found where that was asked just before."""
        now, self._now = self._now or self._read(), None
        with self._spoken():
            shown = observed(self._show, now.state, now.own)
        return replace(shown, foreign=foreign.read(now.running, now.own))

    def lacks(self, intended: DeviceState) -> tuple[Lack, ...]:
        """What the router lacks for *intended*, by read-only commands.

        Raises:
            ReadbackError: If its configuration could not be read.
        """
        now = self._read()
        with self._spoken():
            answers = readiness.ask(self._shown_or_refused)
        found = list(readiness.lacks(answers, now.running, intended))
        new = rendered(intended)
        found += [
            Lack(what=each, fix="ask whose it is; choose another value, or have it removed")
            for each in conflicts(now.running, now.own, new)
        ]
        found += [
            Lack(
                what=f"the closing list would cut off {each}",
                fix="have it moved to another port before the first push",
            )
            for each in cut_off(now.running, now.own, new)
        ]
        return tuple(found)

    def _shown_or_refused(self, command: str) -> str | None:
        """The answer to a command that not every router has."""
        answer = self._driver.show(command)
        return None if refusal_in(answer) else answer

    def recording(self) -> Mapping[str, str]:
        """The answers to everything that we ever ask, as they may be kept."""
        with self._spoken():
            return {command: kept(command, self._driver.show(command)) for command in RECORDED}

    def stage(self, intended: DeviceState, reveal: Reveal) -> str:
        """Works out the change to *intended* and returns it as a diff; the router is not changed.

        Raises:
            BusyError: If another run holds the router or a commit is pending on it.
            CommitError: If the router lacks what we stand on, or holds something in our way.
        """
        if self.pending():
            raise BusyError(self._problem("KSZ266", "a commit is pending on it", _WAIT))
        self._now = None
        now = self._read()
        preflight.check(now.running, now.own, intended, self._target.name)
        current = self._with_unsaved(now)
        lines = commands(current, intended)
        tunnels = [each for each in intended if isinstance(each, Tunnel)]
        self._names = {each.secret.fingerprint: each.secret.name for each in tunnels}
        self._reveal = reveal
        self._staged = lines
        self._changed_peers = _peers_touched(now.own, lines)
        saving = UNSAVED in current.strays
        if lines or saving:
            self._take_lock()
        for line in lines:
            self._revealed(line)
        diff = tree.difference(configuration_of(current), rendered(intended))
        if not lines:
            return diff or ("+write memory\n" if saving else "")
        return diff + _to_be_typed((*lines, *map(_cleared, self._changed_peers)))

    def _take_lock(self) -> None:
        path = self._target.known_hosts.with_name(f".{self._target.name}.lock")
        lock = path.open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise BusyError(self._problem("KSZ266", "another run changes it", _WAIT)) from error
        self._lock = lock

    def _revealed(self, line: str) -> str:
        """*line* with the key in the place of its fingerprint.

        Raises:
            SecretError: If the vault's key is not the intended one.
        """
        found = _KEY.fullmatch(line)
        if found is None or self._reveal is None:
            return line
        name = self._names.get(found[2], "")
        key = self._reveal(name)
        if sha256(key.encode()).hexdigest()[:16] != found[2] or not key.isalnum():
            what = f"the key {name} is not the one that was planned with, or is unfit"
            raise SecretError(self._problem("KSZ269", what, "plan again with the vault of today"))
        return f"{found[1]} {key}"

    def commit(self, *, revert_in_s: int, commit_id: str = "") -> None:
        """Makes the staged change; the router undoes it unless it is confirmed in time.

        A router keeps no id with a commit.

        Raises:
            CommitError: If the router rejected a line; it then went back at once.
            UnconfirmedError: If the session broke, so that the outcome is unknown.
        """
        del commit_id
        self._now = None
        text = "\n".join([*(self._revealed(line) for line in self._staged), "end", ""])
        with self._spoken(after=UnconfirmedError):
            self._driver.sweep()
            self._driver.load_merge_candidate(config=text)
        with self._spoken(after=UnconfirmedError):
            self._driver.commit_config(revert_in=revert_in_s)
            for peer in self._changed_peers:
                self._driver.show(_cleared(peer))

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation."""
        with self._spoken():
            return self._driver.pending_user() is not None

    def pending_id(self) -> str | None:
        """Empty where a commit waits: a router keeps no id with it."""
        return "" if self.pending() else None

    def confirm(self) -> None:
        """Keeps the pending commit, also over a reload.

        Raises:
            DeviceError: If none is pending, or it is somebody else's.
        """
        with self._spoken(after=UnconfirmedError):
            self._driver.confirm_commit()

    def rollback(self) -> None:
        """Undoes the pending commit at once."""
        self._now = None
        with self._spoken(after=UnconfirmedError):
            user = self._driver.pending_user()
            if user not in {None, self._target.user}:
                what = f"the commit that is pending is {user}'s"
                raise DeviceError(self._problem("KSZ266", what, _WAIT))
            if user:
                self._driver.revert_now()
                self._driver.sweep()

    def discard(self) -> None:
        """Forgets what was staged."""
        self._staged = ()
        self._reveal = None
        self.release()

    def release(self) -> None:
        """Lets others change the router."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def _problem(self, code: str, what: str, fix: str) -> Problem:
        return Problem(code=code, what=f"{self._target.name}: {what}", fix=fix)

    @contextmanager
    def _spoken(self, after: type[KszError] = ConnectError) -> Iterator[None]:
        """Translates what NAPALM, Netmiko and paramiko raise; *after* is for a lost session."""
        from ksz_netops.platforms.ios_xe.device.failures import LOST, REFUSED  # noqa: PLC0415 - slow

        try:
            yield
        except KszError:
            raise
        except REFUSED as error:
            what = f"the router refused: {error}"
            fix = "the router went back to what it held; correct the change"
            kind = CommitError if after is UnconfirmedError else DeviceError
            raise kind(self._problem("KSZ263", what, fix)) from error
        except LOST as error:
            what = f"the session was lost ({type(error).__name__})"
            raise after(self._problem("KSZ268", what, _LOOK)) from error


_TAUGHT: Final = "type the command on the router; a version without it must be taught here"
_WAIT: Final = "wait until it is confirmed or has gone back, then run again"
_LOOK: Final = "see what the router holds with a new connection; it undoes what is pending"


def _to_be_typed(lines: tuple[str, ...]) -> str:
    """Every line that will be sent, in its order, keys by their fingerprints.

    What differs does not show all of it: a port is shut, a list is renewed entry by entry.
    """
    return "".join(f"! {line}\n" for line in ("to be typed, in this order:", *lines))


def _cleared(peer: str) -> str:
    """The command that ends what is left of the security associations with *peer*."""
    return f"clear crypto session remote {peer} fvrf {names.FRONT_DOOR}"


def _peers_touched(own: Tree, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The peers whose tunnels go or change, so that no SA of old survives."""
    found = set()
    for line in lines:
        gone = re.fullmatch(r"(?:no )?(interface Tunnel\d+)", line)
        for held_line in own.get(gone[1], {}) if gone else ():
            if held_line.startswith("tunnel destination "):
                found.add(held_line.split()[-1])
    return tuple(sorted(found))


@contextmanager
def session(target: Target) -> Iterator[IosSession]:
    """A session with the router at *target*.

    Raises:
        ConnectError: If it is not reached, or is not the one that its host key promises.
    """
    with IMPORTING:
        from ksz_netops.platforms.ios_xe.device import failures  # noqa: PLC0415 - NAPALM is slow to import
        from ksz_netops.platforms.ios_xe.device.driver import KszIosDriver  # noqa: PLC0415

    driver: Any = KszIosDriver.to(target)
    try:
        driver.open()
    except failures.ALL as error:
        raise ConnectError(failures.refusal(target, error)) from error
    opened = IosSession(driver, target)
    try:
        yield opened
    finally:
        opened.release()
        with suppress(*failures.ALL):
            driver.close()
