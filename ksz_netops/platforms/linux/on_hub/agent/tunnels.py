"""The IKE daemon's connections and keys: those of the running generation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.on_hub.agent import files, ours
from ksz_netops.platforms.linux.on_hub.agent.command import SHORT_S, StepError
from ksz_netops.platforms.linux.on_hub.agent.vici import Vici

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

INCLUDED: Final = (
    "include /etc/swanctl/ksz/running/connections/*.conf\n"
    "include /etc/swanctl/ksz/running/secrets/*.conf\n"
)


class DaemonError(StepError):
    """The IKE daemon does not run or does not answer.

    Its connections are loaded when it comes back. The filter decides until then.
    """


def load(hub: Hub, stale: Iterable[str]) -> None:
    """Gives the daemon the running generation's connections; the SAs of *stale* ones end.

    Raises:
        DaemonError: If the daemon does not answer; nothing was given to it.
        StepError: If it refuses them.
        OSError: If they cannot be shown to swanctl.
    """
    with _session(hub) as vici:
        show(hub)
        hub.run("swanctl", "--load-creds", "--clear", "--noprompt")
        hub.run("swanctl", "--load-conns")
        for name in stale:
            # It fails where there was no SA. That is as well.
            vici.request("terminate", {"ike": name, "force": "yes", "timeout": "-1"})


def _session(hub: Hub) -> Vici:
    try:
        vici = Vici(hub.places.vici)
        vici.request("version", {})
    except StepError as error:
        raise DaemonError(str(error)) from error
    return vici


def associated(hub: Hub) -> set[str]:
    """The names of our connections that have an IKE SA; none where the daemon does not tell."""
    try:
        with Vici(hub.places.vici) as vici:
            return {name for name in vici.associations() if ours.is_connection(name)}
    except StepError:
        return set()


def show(hub: Hub) -> None:
    """Has `swanctl --load-all`, whoever types it, read the running generation.

    A mount, since AppArmor judges the place to which a link leads, and a copy would put keys on
    disk that nobody has confirmed.

    Raises:
        OSError: If that cannot be written.
        StepError: If it cannot be mounted.
    """
    places = hub.places
    if files.read(places.include) != INCLUDED.encode():
        files.write(places.include, INCLUDED.encode(), 0o644)
    if not places.shown.is_dir():
        os.mkdir(places.shown, 0o700)  # noqa: PTH102
    # Of a folder that was removed since, the mount shows what was.
    if not places.shown.samefile(places.run):
        if places.shown.is_mount():
            hub.run("umount", "--lazy", str(places.shown), limit_s=SHORT_S)
        hub.run("mount", "--bind", str(places.run), str(places.shown), limit_s=SHORT_S)


def differing(before: Path | None, after: Path | None, live: set[str]) -> list[str]:
    """The connections that are not alike in both generations, and the *live* ones in neither."""
    old, new = _files(before), _files(after)
    names = old.keys() | new.keys() | live
    return sorted(name for name in names if old.get(name) != new.get(name) or name not in new)


def _files(folder: Path | None) -> dict[str, tuple[bytes | None, ...]]:
    if folder is None:
        return {}
    return {
        path.stem: (files.read(path), files.read(folder / "secrets" / path.name))
        for path in folder.glob("connections/*.conf")
    }
