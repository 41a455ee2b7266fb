"""The seam's session, over the NAPALM driver."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ksz_netops.platforms.linux import live
from ksz_netops.platforms.linux.driver import KszLinuxDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.observations import Observations
    from ksz_netops.platforms import Reveal, Target
    from ksz_netops.resources import DeviceState


class LinuxSession:
    """A Linux hub over one connection."""

    def __init__(self, driver: KszLinuxDriver) -> None:
        self._driver = driver

    def state(self) -> DeviceState:
        """What the hub holds in our territory."""
        return self._driver.box.running_state()

    def observe(self) -> Observations:
        """What the hub does at this moment."""
        return live.observations(self._driver.box.look())

    def stage(self, intended: DeviceState, reveal: Reveal) -> str:
        """Works out the change to *intended* and returns it as a diff; the hub is not changed."""
        self._driver.reveal = reveal
        return self._driver.stage(intended)

    def commit(self, *, revert_in_s: int) -> None:
        """Makes the staged change, undone by the hub unless confirmed in time."""
        self._driver.commit_config(revert_in=revert_in_s)

    def pending(self) -> bool:
        """Whether a commit waits for its confirmation."""
        return self._driver.has_pending_commit()

    def confirm(self) -> None:
        """Keeps the pending commit, also over a restart of the hub."""
        self._driver.confirm_commit()

    def rollback(self) -> None:
        """Undoes the pending commit at once."""
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
