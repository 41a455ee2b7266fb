"""The partners' SSH daemon: it runs as its files say, and root alone writes where it depends."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.on_hub.agent import files
from ksz_netops.platforms.linux.on_hub.agent.command import StepError

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

_WAIT_S: Final = 10


def tend(hub: Hub) -> None:
    """Sets owners and modes right, and has the daemon read its configuration.

    Raises:
        StepError: If the daemon does not start.
        OSError: If an owner or a mode cannot be set.
    """
    places = hub.places
    configuration = places.sftp_configuration
    for folder in (places.keys, places.chroots, places.root / "run/sshd"):
        folder.mkdir(parents=True, exist_ok=True)
        # sshd looks for keys as the account itself, which has to pass there.
        for path in (folder, *folder.parents):
            _protect(path, (path.stat().st_mode | 0o111) & 0o7755)
    for private in (configuration, *configuration.parent.glob("ksz_host_*_key")):
        _protect(private, 0o600)
    # The daemon writes its pid file anew once it has read its configuration.
    process, before = _process(hub)
    if (places.root / "run/systemd/system").is_dir():
        hub.run("systemctl", "reload-or-restart", "ksz-sftp.service")
    elif process:
        os.kill(process, signal.SIGHUP)
    else:
        hub.run("/usr/sbin/sshd", "-f", str(configuration))
    end = time.monotonic() + _WAIT_S
    while _process(hub)[1] in {0, before}:
        if time.monotonic() > end:
            message = f"the partners' SSH daemon did not read {configuration}"
            raise StepError(message)
        time.sleep(0.05)


def _protect(path: Path, mode: int) -> None:
    """Gives *path* to root with *mode*; touches nothing that is so, since / may be read-only."""
    now = path.stat()
    if (now.st_uid, now.st_gid) != (0, 0):
        os.chown(path, 0, 0)
    if stat.S_IMODE(now.st_mode) != stat.S_IMODE(mode):
        path.chmod(stat.S_IMODE(mode))


def _process(hub: Hub) -> tuple[int, int]:
    """The number of the daemon, and when it began to serve; zeros where none runs."""
    try:
        number = int(hub.places.sftp_pid.read_text())
        since = hub.places.sftp_pid.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0, 0
    command = files.read(Path("/proc", str(number), "cmdline")) or b""
    is_it = str(hub.places.sftp_configuration).encode() in command
    return (number, since) if is_it else (0, 0)
