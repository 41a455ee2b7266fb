"""The partners' accounts on a file server, their keys and their folders."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import files, ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub, Tries

GROUP: Final = "ksz-sftp"
NOLOGIN: Final = "/usr/sbin/nologin"
LOG_FOLDER: Final = "dev"
"""In each root, made by the transfer log for its socket."""


def find(name: str) -> pwd.struct_passwd | None:
    """The account called *name*."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def converge(hub: Hub, accounts: Mapping[str, Any], tries: Tries) -> None:
    """Makes *accounts* the partners' accounts, and no other."""
    for entry in pwd.getpwall():
        if ours.is_account(entry.pw_name) and entry.pw_name not in accounts:
            tries(remove, hub, entry.pw_name)
    for name, wanted in accounts.items():
        tries(add, hub, name, str(wanted["uid"]), wanted["gecos"])
        tries(write_keys, hub, name, wanted["keys"])
        tries(make_directories, hub, name, wanted["directories"])
    for path in hub.places.keys.glob("*.keys"):
        if path.stem not in accounts:
            tries(files.remove, path)


def add(hub: Hub, name: str, uid: str, gecos: str) -> None:
    """Makes an account that no password opens and that has no shell.

    Raises:
        StepError: If it cannot be made.
    """
    found = find(name)
    if found and str(found.pw_uid) != uid:
        remove(hub, name)
        found = None
    fields = ("-d", "/", "-s", NOLOGIN, "-g", GROUP, "-c", gecos, "-p", "*")
    if found is None:
        hub.run("useradd", "-M", "-N", "-l", "-u", uid, *fields, name)
    elif not _is_right(hub, found, gecos):
        hub.run("usermod", "-G", "", *fields, name)
    root = hub.places.chroots / name
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    os.chown(root, 0, 0)
    root.chmod(0o755)


def _is_right(hub: Hub, found: pwd.struct_passwd, gecos: str) -> bool:
    """Whether the account needs no `usermod`, which costs three processes for each of thousands."""
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return False
    shadow = files.read(hub.places.root / "etc/shadow") or b""
    return (
        (found.pw_dir, found.pw_shell, found.pw_gecos, found.pw_gid) == ("/", NOLOGIN, gecos, group)
        and os.getgrouplist(found.pw_name, group) == [group]
        and f"\n{found.pw_name}:*:".encode() in shadow
    )


def write_keys(hub: Hub, name: str, text: str) -> None:
    """Writes the keys with which the account *name* is opened."""
    hub.places.keys.mkdir(mode=0o755, parents=True, exist_ok=True)
    files.write(hub.places.keys / f"{name}.keys", text.encode(), 0o644)


def make_directories(hub: Hub, name: str, directories: Iterable[str]) -> None:
    """Makes the folders in which the account *name* may write.

    One that is no longer wanted becomes root's. What the partner left there is kept.
    """
    owner = pwd.getpwnam(name)
    root = hub.places.chroots / name
    for directory in directories:
        path = root / directory
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        path.chmod(0o700)
    for path in root.iterdir():
        is_of_the_log = path.name == LOG_FOLDER and path.lstat().st_uid == 0
        if path.name not in directories and not is_of_the_log:
            shelve(hub, path, name)


def remove(hub: Hub, name: str) -> None:
    """Ends the account *name* and its sessions; its files stay until the change is confirmed.

    Its keys go first: that needs no room on the disk. Of a name that no partner's account has, only
    the keys go.

    Raises:
        StepError: If the account cannot be removed; it has no keys and no sessions then.
    """
    files.remove(hub.places.keys / f"{name}.keys")
    if ours.is_account(name) and (found := find(name)):
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if process.stat().st_uid == found.pw_uid:
                    os.kill(int(process.name), signal.SIGKILL)
        hub.run("userdel", "-f", name)


def shelve(hub: Hub, path: Path, name: str) -> None:
    """Moves what a partner left behind where root alone finds it."""
    if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
        path.rmdir()
        return
    hub.places.archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(path, hub.places.archive / f"{name}-{path.name}-{time.time_ns()}")


def shelve_departed(hub: Hub, accounts: Mapping[str, Any], tries: Tries) -> None:
    """Shelves the folders of accounts that are confirmed to be gone."""
    if not hub.places.chroots.is_dir():
        return
    for path in list(hub.places.chroots.iterdir()):
        if ours.is_account(path.name) and path.name not in accounts:
            files.discard(path / LOG_FOLDER)
            tries(shelve, hub, path, "account")
