"""Runs on a hub, handed to its Python on standard input: prints as JSON what is in our files.

No key leaves the hub: of a key file its fingerprint is worked out there.
"""

from __future__ import annotations

import contextlib
import grp
import hashlib
import json
import os
import pwd
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

RUN = Path("/run/ksz")
DISK = Path("/etc/ksz")
KEYS = Path("/etc/ssh/ksz")
CHROOTS = Path("/srv/ksz")
GROUP = "ksz-sftp"
STRONGSWAN = (Path("/etc/strongswan.conf"), *Path("/etc/strongswan.d").glob("*.conf"))
SSHD = Path("/etc/ssh/sshd_ksz_config")
SSHD_PID = Path("/run/ksz-sftp.pid")
HOST_KEY = Path("/etc/ssh/ksz_host_ed25519_key")
LOG_FOLDER = "dev"
"""In each root, made by the transfer log for its socket; root alone may write there."""
AGENT = Path("/usr/local/lib/ksz-netops/agent")


def text(path: Path) -> str | None:
    """The text of the file at *path*; None where it cannot be read."""
    try:
        return path.read_text()
    except (OSError, ValueError):
        return None


def digest(path: Path) -> str | None:
    """The SHA-256 of the file at *path*."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def fingerprint(path: Path) -> str:
    """Of the key in *path*, a file of swanctl's secrets with one key in hexadecimal."""
    keys = re.findall(r"^\s*secret = 0x([0-9a-f]+)$", text(path) or "", re.MULTILINE)
    if len(keys) != 1:
        return "unreadable"
    return hashlib.sha256(bytes.fromhex(keys[0])).hexdigest()[:16]


def generation(link: Path) -> dict[str, Any] | None:
    """What the generation behind *link* consists of."""
    if not link.is_dir():
        return None
    files = sorted(path for path in link.rglob("*") if path.is_file())
    secrets = {path.stem: fingerprint(path) for path in link.glob("secrets/*.conf")}
    return {
        "id": link.readlink().name,
        "statements": text(link / "statements"),
        "manifest": json.loads(text(link / "manifest.json") or "null"),
        "files": {
            str(path.relative_to(link)): digest(path)
            for path in files
            if path.parent.name != "secrets"
        },
        "connections": {path.stem: text(path) for path in link.glob("connections/*.conf")},
        "fingerprints": secrets,
    }


def accounts() -> list[dict[str, Any]]:
    """The accounts that are ours, or that have our group."""
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
        if not entry.pw_gecos.startswith("KSZ-") and entry.pw_gid != ours:
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
    """Whether root alone may write at *path*."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


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
    folders = {folder for path in (SSHD, KEYS, CHROOTS) for folder in (path, *path.parents)}
    return {
        "runs": runs,
        "unread": [str(path) for path in files if runs and path.stat().st_ctime_ns > read_ns],
        "open": sorted(
            [str(path) for path in folders if path.exists() and not safe(path)]
            + [str(path) for path in files if path == HOST_KEY and path.stat().st_mode & 0o077]
        ),
    }


def directories(root: Path, uid: int) -> list[str]:
    """What is in the chroot; a folder that is not the account's alone is marked."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(root.iterdir()):
            status = path.lstat()
            if path.name == "dev" and status.st_uid == 0:
                continue  # where the file service's log daemon listens
            own = stat.S_ISDIR(status.st_mode) and status.st_uid == uid
            found.append(path.name if own and not status.st_mode & 0o077 else f"{path.name} odd")
    return found


def exceptions() -> list[str]:
    """The lines of the partners' SSH daemon for which what it says of one of them is not all."""
    lines = (line.strip() for line in (text(SSHD) or "").splitlines())
    return [line for line in lines if re.match(r"(?:match|include)\b", line, re.IGNORECASE)]


def tool(*argv: str) -> dict[str, Any]:
    """What a tool answers: its exit code and both outputs; code 127 where it is not there."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - fixed below
    except OSError as error:
        return {"code": 127, "out": "", "err": str(error)}
    except subprocess.TimeoutExpired as error:
        return {"code": 124, "out": "", "err": str(error)}
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def nft_table(family: str, name: str, *options: str) -> dict[str, Any]:
    """The listing of one table as JSON, its flags as the listing for people shows them.

    nft 1.0.6 cuts its JSON short, or writes any text, where it comes to the flags of a table. Of
    a table whose JSON is cut short only its name and its flags remain, marked as `unread`.
    """
    answer = tool("nft", "-j", *options, "list", "table", family, name)
    head = tool("nft", "-s", "-t", "list", "table", family, name)
    flags = re.findall(r"^\tflags (.+)$", head["out"], re.MULTILINE)
    if answer["code"] or not flags:
        return answer
    try:
        listed = json.loads(answer["out"])["nftables"]
    except ValueError:
        listed = [{"table": {"family": family, "name": name, "unread": True}}]
    for item in listed:
        if "table" in item:
            item["table"]["flags"] = flags[0].split(",")
    return {**answer, "out": json.dumps({"nftables": listed}) + "\n"}


def every_table() -> dict[str, Any]:
    """All tables without their elements, as one answer of nft."""
    answer = tool("nft", "list", "tables")
    listed: list[dict[str, Any]] = []
    for family, name in re.findall(r"^table (\S+) (\S+)$", answer["out"], re.MULTILINE):
        one = nft_table(family, name, "-s", "-t")
        if one["code"]:
            return one
        try:
            listed += json.loads(one["out"])["nftables"]
        except ValueError:
            return one
    return answer if answer["code"] else {**answer, "out": json.dumps({"nftables": listed}) + "\n"}


def shaped_ports(qdiscs: str) -> list[str]:
    """The ports with our root among *qdiscs*, the answer of `tc -j qdisc show`."""
    try:
        return [
            each["dev"]
            for each in json.loads(qdiscs or "[]")
            if each.get("root") and (each["kind"], each["handle"]) == ("htb", "4b5a:")
        ]
    except (ValueError, KeyError, TypeError):
        return []


def tools() -> dict[str, dict[str, Any]]:
    """The answers of the real tools, unread; `tc class <port>` for each port with our root."""
    everywhere = ("route", "show", "table", "all")
    route = (*everywhere, "proto", "201")
    found = {
        "links": tool("ip", "-j", "-d", "address", "show"),
        "routes4": tool("ip", "-j", "-4", *route),
        "routes6": tool("ip", "-j", "-6", *route),
        "every route4": tool("ip", "-j", "-4", *everywhere),
        "every route6": tool("ip", "-j", "-6", *everywhere),
        "rules4": tool("ip", "-j", "-4", "rule", "show"),
        "rules6": tool("ip", "-j", "-6", "rule", "show"),
        "every table": every_table(),
        "qdiscs": tool("tc", "-j", "qdisc", "show"),
        "table": nft_table("inet", "ksz"),
    }
    for port in shaped_ports(found["qdiscs"]["out"]):
        found[f"tc class {port}"] = tool("tc", "-j", "class", "show", "dev", port)
    if Path("/run/charon.vici").is_socket():
        found["stats"] = tool("swanctl", "--stats", "--raw")
        found["connections"] = tool("swanctl", "--list-conns", "--raw")
        found["associations"] = tool("swanctl", "--list-sas", "--raw")
    if SSHD.exists():
        found["sshd"] = tool(
            "sshd", "-T", "-f", str(SSHD), "-C", "user=ksz-p00000-s0,host=x,addr=192.0.2.1"
        )
    return found


def main() -> None:
    """Prints the document."""
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    known = {entry["name"]: entry for entry in accounts()}
    keys = {path.stem for path in KEYS.glob("*.keys")} if KEYS.is_dir() else set()
    sys.stdout.write(
        json.dumps(
            {
                "agent": digest(AGENT),
                "pending": json.loads(text(RUN / "pending.json") or "null"),
                "running": generation(RUN / "running"),
                "startup": generation(DISK / "startup"),
                "accounts": list(known.values()),
                "orphan_keys": sorted(keys - known.keys()),
                "sshd_exceptions": exceptions(),
                "sshd_daemon": daemon(),
                "tools": tools(),
                "strongswan": "\n".join(text(path) or "" for path in STRONGSWAN),
            }
        )
    )


if __name__ == "__main__":
    main()
