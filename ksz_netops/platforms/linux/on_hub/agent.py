#!/usr/bin/python3 -I
"""Changes a hub so that it undoes the change by itself; runs on the hub, with the standard library.

    agent commit ID --base ID --revert-in SECONDS   make the change of generation ID, armed
    agent confirm ID                                keep it, also over a restart
    agent rollback                                  undo it now
    agent restore                                   back to what is confirmed (at boot)
    agent refresh                                   what runs, once more (after charon started)
    agent status                                    as JSON

A generation is a folder with all that a hub must hold. The running ones are in /run/ksz, the
confirmed ones in /etc/ksz. Whatever goes wrong, the way back is the same: make the hub what the
confirmed generation says. Exit codes: 0 done, 1 refused and restored, 75 somebody else is at it.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = Path("/run/ksz")
DISK = Path("/etc/ksz")
KEYS = Path("/etc/ssh/ksz")
CHROOTS = Path("/srv/ksz")
ARCHIVE = CHROOTS / ".archive"
"""On the accounts' own filesystem: what a partner left is moved there without a copy."""
SFTP_CONFIGURATION = "/etc/ssh/sshd_ksz_config"
SFTP_PID = "/run/ksz-sftp.pid"
SFTP_WAIT_S = 10
GROUP = "ksz-sftp"
LOG_FOLDER = "dev"
"""In each root, made by the transfer log for its socket."""
VICI = Path("/run/charon.vici")
INCLUDE = Path("/etc/swanctl/conf.d/KSZ.conf")
SHOWN = Path("/etc/swanctl/ksz")
"""Where swanctl finds RUN: Debian's AppArmor profile lets it read below /etc/swanctl alone."""
INCLUDED = f"include {SHOWN}/running/connections/*.conf\ninclude {SHOWN}/running/secrets/*.conf\n"
CLOSED = """\
table inet ksz
delete table inet ksz
table inet ksz {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""
"""The filter where nothing is confirmed: nobody passes, whoever manages the hub still gets in."""
PENDING = RUN / "pending.json"
BUSY = 75
STEP_TIMEOUT_S = 120
KEPT = 5
"""How many confirmed generations stay on disk; the newest alone keeps its keys."""


class StepError(Exception):
    """A command failed; the message is what it said."""


def run(*argv: str, stdin: str = "") -> str:
    """What the command prints.

    Raises:
        StepError: If it fails or takes too long.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the operator who may change the hub says what runs
            argv, input=stdin, text=True, capture_output=True, timeout=STEP_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{argv[0]}: {error}"
        raise StepError(message) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        message = f"{' '.join(argv[:4])}: {' / '.join(said[:4]) or done.returncode}"
        raise StepError(message)
    return done.stdout


def tell(text: object) -> None:
    """To whoever called."""
    sys.stderr.write(f"{text}\n")


def say(text: str) -> None:
    """Into the hub's own log."""
    line = f"{time.strftime('%FT%TZ', time.gmtime())} {text}\n"
    with (RUN / "log").open("a") as log:
        log.write(line)


@contextlib.contextmanager
def locked(*, wait_s: float = 0) -> Iterator[None]:
    """The hub, for this process alone; gives up after *wait_s* seconds."""
    with (RUN / "lock").open("w") as lock:
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= end:
                    tell("another change is being made on this hub")
                    sys.exit(BUSY)
                time.sleep(0.1)
        yield


def read_json(path: Path) -> Any:  # noqa: ANN401 - a document
    """The document at *path*; None where there is none."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Puts *text* at *path* in one go, on the disk before it is seen."""
    scratch = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def current(link: Path) -> str | None:
    """The generation that *link* points at."""
    return link.readlink().name if link.is_symlink() else None


def point(link: Path, generation: str) -> None:
    """Turns *link* to *generation* in one step."""
    scratch = link.with_name(f".{link.name}.new")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(f"generations/{generation}")
    scratch.replace(link)
    folder = os.open(link.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


# The steps of a commit; words that begin with `@` are done here, all others are commands.


def step(argv: list[str], stdin: str) -> None:
    """Does one step.

    Raises:
        StepError: If it cannot be done.
    """
    match argv:
        case ["@vlan", parent, port, number]:
            if not Path("/sys/class/net", port).exists():
                run("ip", "link", "set", "dev", parent, "up")
                run("ip", "link", "add", "link", parent, "name", port, "type", "vlan", "id", number)
        case ["@tunnels", *names]:
            load_tunnels(names)
        case ["@account", name, uid, gecos]:
            add_account(name, uid, gecos)
        case ["@account-gone", name]:
            remove_account(name)
        case ["@keys", name]:
            KEYS.mkdir(mode=0o755, parents=True, exist_ok=True)
            write(KEYS / f"{name}.keys", stdin, 0o644)
        case ["@directories", name, *directories]:
            make_directories(name, directories)
        case ["@file-service"]:
            tend_file_service()
        case _:
            run(*argv, stdin=stdin)


def show_to_swanctl() -> None:
    """Has `swanctl --load-all`, whoever types it, read the running generation.

    A mount, since AppArmor judges the place to which a link leads, and a copy would put keys on
    disk that nobody has confirmed.
    """
    if not INCLUDE.exists() or INCLUDE.read_text() != INCLUDED:
        write(INCLUDE, INCLUDED, 0o644)
    SHOWN.mkdir(mode=0o700, exist_ok=True)
    # Of a folder that was removed since, the mount shows what was.
    if not SHOWN.samefile(RUN):
        if SHOWN.is_mount():
            run("umount", "--lazy", str(SHOWN))
        run("mount", "--bind", str(RUN), str(SHOWN))


def load_tunnels(stale: list[str]) -> None:
    """Gives charon the running generation's connections; the SAs of *stale* ones end."""
    if not VICI.exists():
        message = "charon is not running, so no tunnel can change"
        raise StepError(message)
    show_to_swanctl()
    run("swanctl", "--load-creds", "--clear", "--noprompt")
    run("swanctl", "--load-conns")
    for name in stale:
        # It fails where there was no SA, which is as well.
        with contextlib.suppress(StepError):
            run("swanctl", "--terminate", "--ike", name, "--force", "--timeout", "2")


def account(name: str) -> pwd.struct_passwd | None:
    """The account called *name*."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def add_account(name: str, uid: str, gecos: str) -> None:
    """An account that no password opens and that has no shell.

    Raises:
        StepError: If it cannot be made.
    """
    found = account(name)
    if found and str(found.pw_uid) != uid:
        remove_account(name)
        found = None
    fields = ("-d", "/", "-s", "/usr/sbin/nologin", "-g", GROUP, "-c", gecos, "-p", "*")
    if found:
        run("usermod", "-G", "", *fields, name)
    else:
        run("useradd", "-M", "-N", "-l", "-u", uid, *fields, name)
    root = CHROOTS / name
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    os.chown(root, 0, 0)
    root.chmod(0o755)


def make_directories(name: str, directories: list[str]) -> None:
    """The folders in which the account *name* may write.

    One that is no longer wanted becomes root's: what the partner left there is kept.
    """
    owner = pwd.getpwnam(name)
    root = CHROOTS / name
    for directory in directories:
        path = root / directory
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        path.chmod(0o700)
    for path in root.iterdir():
        of_the_log = path.name == LOG_FOLDER and path.lstat().st_uid == 0
        if path.name not in directories and not of_the_log:
            shelve(path, name)


def remove_account(name: str) -> None:
    """Ends the account *name* and its sessions; its files stay until the change is confirmed."""
    (KEYS / f"{name}.keys").unlink(missing_ok=True)
    if found := account(name):
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if process.stat().st_uid == found.pw_uid:
                    os.kill(int(process.name), signal.SIGKILL)
        run("userdel", "-f", name)


def shelve(path: Path, name: str) -> None:
    """Moves what a partner left behind where root alone finds it."""
    if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
        path.rmdir()
        return
    ARCHIVE.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(path, ARCHIVE / f"{name}-{path.name}-{time.time_ns()}")


def tend_file_service() -> None:
    """Has the partners' SSH daemon run as its files say, and root alone write where it depends.

    Raises:
        StepError: If the daemon does not start.
    """
    configuration = Path(SFTP_CONFIGURATION)
    for folder in (KEYS, CHROOTS, Path("/run/sshd")):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for path in {each for end in (configuration, KEYS, CHROOTS) for each in (end, *end.parents)}:
        os.chown(path, 0, 0)
        path.chmod(path.stat().st_mode & 0o7755)
    for key in configuration.parent.glob("ksz_host_*_key"):
        os.chown(key, 0, 0)
        key.chmod(0o600)
    # The daemon writes its pid file anew once it has read its configuration.
    process, before = sftp_process()
    if Path("/run/systemd/system").is_dir():
        run("systemctl", "reload-or-restart", "ksz-sftp.service")
    elif process:
        os.kill(process, signal.SIGHUP)
    else:
        run("/usr/sbin/sshd", "-f", SFTP_CONFIGURATION)
    end = time.monotonic() + SFTP_WAIT_S
    while sftp_process()[1] in {0, before}:
        if time.monotonic() > end:
            message = f"the partners' SSH daemon did not read {SFTP_CONFIGURATION}"
            raise StepError(message)
        time.sleep(0.05)


def sftp_process() -> tuple[int, int]:
    """The number of the partners' SSH daemon, and when it began to serve; zeros where none runs."""
    try:
        number = int(Path(SFTP_PID).read_text())
        command = Path("/proc", str(number), "cmdline").read_bytes()
        since = Path(SFTP_PID).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0, 0
    return (number, since) if SFTP_CONFIGURATION.encode() in command else (0, 0)


# The way back, at a failure, at the deadline, by hand and at boot: one and the same.


def converge(generation: str | None, *, keep_table: bool = False) -> list[str]:
    """Makes the hub what *generation* says, as far as it goes; returns what did not.

    With *keep_table* a filter that is there stays, and its counters with it.
    """
    manifest = read_json(RUN / "generations" / generation / "manifest.json") if generation else {}
    if manifest is None:
        return [f"generation {generation} cannot be read"]
    failures: list[str] = []

    def attempt(function: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any of the steps
        try:
            return function(*arguments, **named)
        except (StepError, OSError, KeyError, ValueError) as error:
            failures.append(str(error))
            return None

    if keep_table and table_exists():
        pass
    elif generation:
        attempt(run, "nft", "-f", str(RUN / "generations" / generation / "table.nft"))
    else:
        attempt(run, "nft", "-f", "-", stdin=CLOSED)
    before = current(RUN / "running")
    if generation:
        point(RUN / "running", generation)
    else:
        (RUN / "running").unlink(missing_ok=True)
    attempt(converge_links, manifest.get("links", {}), attempt)
    attempt(converge_routes, manifest.get("routes", []), attempt)
    attempt(converge_shapers, manifest.get("shapers", {}), attempt)
    if VICI.exists():
        attempt(load_tunnels, differing_tunnels(before, generation))
    attempt(converge_accounts, manifest.get("accounts", {}), attempt)
    return failures


def table_exists() -> bool:
    """Whether there is a filter of ours."""
    try:
        run("nft", "-t", "list", "table", "inet", "ksz")
    except StepError:
        return False
    return True


def differing_tunnels(before: str | None, after: str | None) -> list[str]:
    """The connections that are not alike in both generations, and those with SAs in neither."""

    def files(generation: str | None) -> dict[str, tuple[bytes, ...]]:
        root = RUN / "generations" / (generation or "none")
        return {
            path.stem: (
                path.read_bytes(),
                *(p.read_bytes() for p in root.glob(f"secrets/{path.name}")),
            )
            for path in root.glob("connections/*.conf")
        }

    old, new = files(before), files(after)
    live = set()
    with contextlib.suppress(StepError):
        for word in run("swanctl", "--list-sas").split():
            if word.startswith("KSZ-") and word.endswith(":"):
                live.add(word[:-1])
    names = old.keys() | new.keys() | live
    return sorted(name for name in names if old.get(name) != new.get(name) or name not in new)


def converge_links(links: dict[str, Any], attempt: Any) -> None:  # noqa: ANN401 - see converge
    """The ports of *links* and no other bear our tokens and our addresses."""
    for shown in json.loads(run("ip", "-j", "-d", "address", "show")):
        port = shown["ifname"]
        if port in links or not shown.get("ifalias", "").startswith("KSZ-"):
            continue
        if shown.get("linkinfo", {}).get("info_kind") == "vlan":
            attempt(run, "ip", "link", "del", "dev", port)
        else:
            attempt(run, "ip", "address", "flush", "dev", port, "scope", "global")
            attempt(run, "ip", "link", "set", "dev", port, "alias", "", "down")
    for port, link in links.items():
        if link["vlan"]:
            attempt(step, ["@vlan", link["parent"], port, str(link["vlan"])], "")
        attempt(run, "ip", "link", "set", "dev", port, "alias", link["alias"], "up")
        for address in link["addresses"]:
            extra = ("nodad",) if ":" in address else ()
            attempt(run, "ip", "address", "replace", address, "dev", port, *extra)
        for shown in json.loads(run("ip", "-j", "address", "show", "dev", port)):
            for found in shown.get("addr_info", ()):
                text = f"{found['local']}/{found['prefixlen']}"
                if found["scope"] == "global" and text not in link["addresses"]:
                    attempt(run, "ip", "address", "del", text, "dev", port)


def converge_routes(routes: list[dict[str, Any]], attempt: Any) -> None:  # noqa: ANN401 - see converge
    """The routes with our number are *routes* and no other."""
    for route in routes:
        attempt(run, "ip", "-batch", "-", stdin=f"{route['line']}\n")
    kept = {(route["prefix"], route["metric"]) for route in routes}
    for family in ("-4", "-6"):
        shown = run("ip", "-j", family, "route", "show", "table", "all", "proto", "201")
        for route in json.loads(shown or "[]"):
            metric, table = route.get("metric", 0), route.get("table", "main")
            if (route["dst"], metric) not in kept or table != "main":
                attempt(
                    run, "ip", family, "route", "del", route["dst"], "metric", str(metric),
                    "proto", "201", "table", str(table),
                )  # fmt: skip


def converge_shapers(shapers: dict[str, list[str]], attempt: Any) -> None:  # noqa: ANN401 - see converge
    """The ports of *shapers* and no other have our root, with these classes and no other.

    The first line of each makes the root; classes that are there already are replaced in place.
    """
    roots = set()
    for line in run("tc", "qdisc", "show").splitlines():
        words = line.split()
        if words[:3] == ["qdisc", "htb", "4b5a:"] and "root" in words:
            port = words[4]
            if port in shapers and words[words.index("default") + 1] in {"0", "0x0"}:
                roots.add(port)
            else:
                attempt(run, "tc", "qdisc", "del", "dev", port, "root", "handle", "4b5a:")
    for port, (root, *classes) in shapers.items():
        if not Path("/sys/class/net", port).exists():
            continue
        lines = classes if port in roots else [root, *classes]
        attempt(run, "tc", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))
        kept = {word for line in classes for word in line.split() if word.startswith("4b5a:")}
        for line in run("tc", "class", "show", "dev", port).splitlines():
            class_id = line.split()[2]
            if class_id.startswith("4b5a:") and class_id not in kept:
                attempt(run, "tc", "class", "del", "dev", port, "classid", class_id)


def converge_accounts(accounts: dict[str, Any], attempt: Any) -> None:  # noqa: ANN401 - see converge
    """The accounts of *accounts* and no other are partners'."""
    for entry in pwd.getpwall():
        if entry.pw_gecos.startswith("KSZ-") and entry.pw_name not in accounts:
            attempt(remove_account, entry.pw_name)
    for name, wanted in accounts.items():
        attempt(add_account, name, str(wanted["uid"]), wanted["gecos"])
        attempt(step, ["@keys", name], wanted["keys"])
        attempt(make_directories, name, wanted["directories"])
    if KEYS.is_dir():
        for path in KEYS.glob("*.keys"):
            if path.stem not in accounts:
                path.unlink()


def restore() -> list[str]:
    """Back to what is confirmed; what was pending is forgotten."""
    generation = current(DISK / "startup")
    if generation:
        copy(DISK, RUN, generation)
    failures = converge(generation)
    PENDING.unlink(missing_ok=True)
    prune(RUN, generation)
    for failure in failures:
        say(f"restoring {generation}: {failure}")
    return failures


def copy(source: Path, target: Path, generation: str) -> None:
    """Makes *target*'s copy of *generation* what *source* has, on the disk before it counts."""
    (target / "generations").mkdir(mode=0o700, parents=True, exist_ok=True)
    final = target / "generations" / generation
    scratch = final.with_name(f".{generation}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(source / "generations" / generation, scratch)
    scratch.chmod(0o700)
    for path in sorted(scratch.rglob("*")):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    shutil.rmtree(final, ignore_errors=True)
    scratch.replace(final)


def prune(root: Path, newest: str | None) -> None:
    """Old generations go; those that stay lose their keys."""
    folders = sorted((root / "generations").glob("[!.]*"), key=lambda path: path.stat().st_mtime)
    others = [path for path in folders if path.name != newest]
    for path in others:
        shutil.rmtree(path / "secrets", ignore_errors=True)
    for path in others if root == RUN else others[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


# The commands.


def commit(generation: str, base: str, revert_in_s: int) -> int:
    """Makes the change, with its undoing armed first."""
    with locked():
        if pending := read_json(PENDING):
            tell(f"commit {pending['id']} waits for its confirmation")
            return BUSY
        running = current(RUN / "running") or "-"
        if running != base:
            tell(f"the hub runs {running} by now, not {base}")
            return BUSY
        folder = RUN / "generations" / generation
        steps = read_json(folder / "steps.json")
        if steps is None:
            tell(f"{generation} is gone: the hub was restored since it came")
            return BUSY
        try:
            run("nft", "-c", "-f", str(folder / "table.nft"))
        except StepError as error:
            tell(error)
            return 1
        deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + revert_in_s
        write(PENDING, json.dumps({"id": generation, "deadline": deadline, "pid": os.getpid()}))
        arm(generation)
        say(f"commit {generation}, undone in {revert_in_s} s unless confirmed")
        point(RUN / "running", generation)
        try:
            for number, each in enumerate(steps, start=1):
                say(f"step {number} of {len(steps)}: {' '.join(each['argv'][:6])}")
                step(each["argv"], each["stdin"])
        except (StepError, OSError, KeyError) as error:
            say(f"failed: {error}")
            tell(error)
            for failure in restore():
                tell(f"while restoring: {failure}")
            return 1
    return 0


def arm(generation: str) -> None:
    """Starts the watchdog in a session of its own, so that no end of ours is its end."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.closerange(3, 4096)
    os.execv(sys.executable, [sys.executable, "-I", __file__, "watch", generation])  # noqa: S606 - itself


def watch(generation: str) -> int:
    """Waits for the deadline and restores unless the commit was confirmed or undone."""
    while True:
        pending = read_json(PENDING)
        if pending is None or pending["id"] != generation:
            return 0
        left = pending["deadline"] - time.clock_gettime(time.CLOCK_BOOTTIME)
        if left <= 0:
            break
        time.sleep(min(left, 0.5))
    try:
        with locked(wait_s=5):
            return expire(generation)
    except SystemExit:
        # Whoever commits hangs in a step; nothing may outlive the deadline.
        with contextlib.suppress(OSError):
            os.kill(pending["pid"], signal.SIGKILL)
    with locked(wait_s=60):
        return expire(generation)


def expire(generation: str) -> int:
    """Restores unless somebody was faster."""
    pending = read_json(PENDING)
    if pending and pending["id"] == generation:
        say(f"{generation} was not confirmed in time")
        restore()
        say(f"{generation} undone")
    return 0


def confirm(generation: str) -> int:
    """Keeps the pending commit *generation*."""
    with locked(wait_s=5):
        pending = read_json(PENDING)
        if pending is None or pending["id"] != generation:
            tell(f"no commit {generation} is pending")
            return 1
        (RUN / "generations" / generation / "steps.json").unlink(missing_ok=True)
        copy(RUN, DISK, generation)
        point(DISK / "startup", generation)
        PENDING.unlink()
        prune(DISK, generation)
        prune(RUN, generation)
        manifest = read_json(RUN / "generations" / generation / "manifest.json") or {}
        if CHROOTS.is_dir():
            for path in CHROOTS.iterdir():
                if path.name.startswith("ksz-p") and path.name not in manifest.get("accounts", {}):
                    shutil.rmtree(path / LOG_FOLDER, ignore_errors=True)
                    shelve(path, "account")
        say(f"{generation} confirmed")
    return 0


def rollback() -> int:
    """Undoes the pending commit."""
    with locked(wait_s=5):
        if read_json(PENDING) is None:
            tell("no commit is pending")
            return 1
        say("undone by hand")
        return 1 if restore() else 0


def refresh() -> int:
    """What runs, once more; what is confirmed where nothing runs yet."""
    generation = current(RUN / "running")
    failures = converge(generation, keep_table=True) if generation else restore()
    for failure in failures:
        say(f"refreshing: {failure}")
    return 1 if failures else 0


def status() -> int:
    """What runs, what is confirmed, what is pending."""
    sys.stdout.write(
        json.dumps(
            {
                "running": current(RUN / "running"),
                "startup": current(DISK / "startup"),
                "pending": read_json(PENDING),
            }
        )
    )
    return 0


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="agent", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    each = commands.add_parser("commit")
    each.add_argument("generation")
    each.add_argument("--base", required=True)
    each.add_argument("--revert-in", type=int, required=True)
    for name in ("confirm", "watch"):
        commands.add_parser(name).add_argument("generation")
    for name in ("rollback", "restore", "refresh", "status"):
        commands.add_parser(name)
    given = parser.parse_args()
    os.umask(0o077)
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    for folder in (RUN / "generations", DISK / "generations"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(wait_s=60) if given.command in {"restore", "refresh"} else contextlib.nullcontext():
        return {
            "commit": lambda: commit(given.generation, given.base, given.revert_in),
            "confirm": lambda: confirm(given.generation),
            "watch": lambda: watch(given.generation),
            "rollback": rollback,
            "restore": lambda: 1 if restore() else 0,
            "refresh": refresh,
            "status": status,
        }[given.command]()


if __name__ == "__main__":
    sys.exit(main())
