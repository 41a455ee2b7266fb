"""The partners' accounts, and the SSH daemon that serves them."""

from __future__ import annotations

import contextlib
import grp
import pwd
import re
import stat
from pathlib import Path
from typing import Any, Final

from ksz_netops.platforms.linux.on_hub.look.files import text
from ksz_netops.platforms.linux.on_hub.look.tools import Answer, tool

KEYS: Final = Path("/etc/ssh/ksz")
CHROOTS: Final = Path("/srv/ksz")
GROUP: Final = "ksz-sftp"
ACCOUNT: Final = re.compile(r"ksz-p[0-9]{5}-s[0-9]{1,2}")
SSHD: Final = Path("/etc/ssh/sshd_ksz_config")
SSHD_PID: Final = Path("/run/ksz-sftp.pid")
HOST_KEY: Final = Path("/etc/ssh/ksz_host_ed25519_key")
LOG_FOLDER: Final = "dev"
"""In each root, made by the transfer log for its socket; root alone may write there."""


def accounts() -> list[dict[str, Any]]:
    """The accounts that are ours, that have our group, or that could be taken for ours."""
    try:
        ours = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        ours = -1
    shadow = dict(
        line.split(":")[:2] for line in (text(Path("/etc/shadow")) or "").splitlines() if line
    )
    further: dict[str, list[str]] = {}
    for group in grp.getgrall():
        for member in group.gr_mem:
            further.setdefault(member, []).append(group.gr_name)
    found = []
    for entry in pwd.getpwall():
        named = ACCOUNT.fullmatch(entry.pw_name) or "KSZ" in entry.pw_gecos.upper()
        grouped = entry.pw_gid == ours or GROUP in further.get(entry.pw_name, ())
        if not named and not grouped:
            continue
        root = CHROOTS / entry.pw_name
        keys = KEYS / f"{entry.pw_name}.keys"
        found.append(
            {
                "name": entry.pw_name,
                "uid": entry.pw_uid,
                "group": GROUP if entry.pw_gid == ours else str(entry.pw_gid),
                "further_groups": further.get(entry.pw_name, []),
                "home": entry.pw_dir,
                "shell": entry.pw_shell,
                "gecos": entry.pw_gecos,
                "password": shadow.get(entry.pw_name) != "*",
                "keys": text(keys),
                "keys_safe": safe(keys),
                "root_safe": safe(root),
                "directories": directories(root, entry.pw_uid),
            }
        )
    return found


def safe(path: Path) -> bool:
    """Whether root alone may write at *path*, and the account may pass or read there.

    sshd looks for keys as the account itself, and changes into a root that it can pass.
    """
    try:
        status = path.lstat()
    except OSError:
        return False
    needed = stat.S_IXOTH if stat.S_ISDIR(status.st_mode) else stat.S_IROTH
    written = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid == 0 and not written and bool(status.st_mode & needed)


def private(path: Path) -> bool:
    """Whether root alone may write or read at *path*."""
    status = path.lstat()
    return status.st_uid == 0 and not status.st_mode & 0o077


def daemon() -> dict[str, Any]:
    """The partners' SSH daemon that runs, and the files on which it depends.

    It writes its pid file whenever it reads its configuration, so a file that changed later is not
    the one that is in force.
    """
    try:
        process = Path("/proc", SSHD_PID.read_text().strip(), "cmdline")
        runs = str(SSHD).encode() in process.read_bytes()
        read_ns = SSHD_PID.stat().st_mtime_ns
    except OSError:
        runs, read_ns = False, 0
    files = [path for path in (SSHD, HOST_KEY) if path.exists()]
    folders = {KEYS, CHROOTS, *KEYS.parents, *CHROOTS.parents, *SSHD.parents}
    return {
        "runs": runs,
        "unread": [str(path) for path in files if runs and path.stat().st_ctime_ns > read_ns],
        "open": sorted(
            [str(path) for path in folders if path.exists() and not safe(path)]
            + [str(path) for path in files if not private(path)]
        ),
    }


def directories(root: Path, uid: int) -> list[str]:
    """What is in the chroot; a folder that is not the account's alone is marked."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(root.iterdir()):
            status = path.lstat()
            if path.name == LOG_FOLDER and status.st_uid == 0:
                continue  # where the file service's log daemon listens
            own = stat.S_ISDIR(status.st_mode) and status.st_uid == uid
            found.append(path.name if own and not status.st_mode & 0o077 else f"{path.name} odd")
    return found


def exceptions() -> list[str]:
    """The lines of the partners' SSH daemon for which what it says of one of them is not all."""
    lines = (line.strip() for line in (text(SSHD) or "").splitlines())
    return [line for line in lines if re.match(r"(?:match|include)\b", line, re.IGNORECASE)]


def orphan_keys() -> list[str]:
    """The names of the key files that belong to no account."""
    files = {path.stem for path in KEYS.glob("*.keys")} if KEYS.is_dir() else set()
    return sorted(files - {each["name"] for each in accounts()})


def configuration() -> dict[str, Answer]:
    """The configuration of the partners' SSH daemon, as it says it; nothing where it has none."""
    if not SSHD.exists():
        return {}
    whom = "user=ksz-p00000-s0,host=x,addr=192.0.2.1"
    return {"sshd": tool("sshd", "-T", "-f", str(SSHD), "-C", whom)}
