"""The seam's session, over the NAPALM driver."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.device.box import Box
from ksz_netops.platforms.linux.device.driver import KszLinuxDriver
from ksz_netops.platforms.linux.observe import live
from ksz_netops.platforms.linux.observe.held import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ksz_netops.platforms import Reveal, Target
    from ksz_netops.platforms.linux.observe.seen import Seen
    from ksz_netops.state.observations import Observations
    from ksz_netops.state.resources import DeviceState

LOOK: Final = "python3 -I - < look"
"""The one command whose answer is the evidence: it runs all the tools, and reads the files."""
_SECRET: Final = re.compile(r"((?:secret|password|passphrase)\s*=\s*)[^\s\\\"}]+", re.IGNORECASE)


class LinuxSession:
    """A Linux hub over one connection."""

    def __init__(self, driver: KszLinuxDriver) -> None:
        self._driver = driver
        self._now: Seen | None = None
        self._heard = ""

    def state(self) -> DeviceState:
        """What the hub holds in our territory.

        Raises:
            ReadbackError: If any part of it could not be read.
        """
        self._now = self._looked(Box.look)
        return held(self._now)

    def survey(self) -> DeviceState:
        """What could be read of the hub, each part by itself."""
        self._now = self._looked(Box.survey)
        return held(self._now)

    def observe(self) -> Observations:
        """What the hub does; of the moment of `state`, where that was asked just before."""
        now, self._now = self._now or self._looked(Box.survey), None
        return live.observations(now)

    def evidence(self) -> Mapping[str, str]:
        """The answer to the last look; the hub hands out fingerprints of its keys only."""
        return {LOOK: _SECRET.sub(r"\1***", self._heard)} if self._heard else {}

    def _looked(self, look: Callable[[Box], Seen]) -> Seen:
        box = self._driver.box
        try:
            return look(box)
        finally:
            self._heard = box.heard

    def stage(self, intended: DeviceState, reveal: Reveal) -> str:
        """Works out the change to *intended* and returns it as a diff; the hub is not changed."""
        self._now = None
        self._driver.reveal = reveal
        return self._driver.stage(intended)

    def commit(self, *, revert_in_s: int, commit_id: str = "") -> None:
        """Makes the staged change, undone by the hub unless confirmed in time."""
        self._now = None
        self._driver.commit_id = commit_id
        self._driver.commit_config(revert_in=revert_in_s)

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation."""
        return self._driver.has_pending_commit()

    def pending_id(self) -> str | None:
        """The id of the commit that waits, which ends the name of its generation."""
        pending = self._driver.box.pending()
        if pending is None:
            return None
        # Callers compare the id before they confirm or undo, and then mean this very commit.
        self._driver.adopt(pending)
        return pending.rpartition("-")[2]

    def confirm(self) -> None:
        """Keeps the pending commit, also over a restart of the hub."""
        self._now = None
        self._driver.confirm_commit()

    def rollback(self) -> None:
        """Undoes the pending commit at once."""
        self._now = None
        self._driver.rollback()

    def discard(self) -> None:
        """Forgets what was staged."""
        self._driver.discard_config()


@contextmanager
def session(target: Target) -> Iterator[LinuxSession]:
    """A session with the hub at *target*.

    Raises:
        ConnectError: If it is not reached, or is not the hub that its host key promises.
    """
    driver = KszLinuxDriver(
        target.address,
        target.user,
        optional_args={
            "name": target.name,
            "port": target.port,
            "key_file": str(target.private_key),
            "known_hosts": str(target.known_hosts),
        },
    )
    driver.open()
    try:
        yield LinuxSession(driver)
    finally:
        driver.close()
