"""A host of the lab: namespaces of its own over the machine's programs, or over another root.

What a host writes goes to memory: /etc, /usr and /var are overlays, /root, /home, /srv and /tmp are
fresh, /run and /dev are its own, and everything else of the machine is read-only. So its daemons
find their files under their normal names, and the machine never notices. A host with a root file
system of its own has one overlay over the whole of it.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.namespaces import Inside, started_at
from ksz_netops.lab.sandbox import ROOM, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ksz_netops.lab.sandbox import Sandbox

BOOT_LIMIT_S: Final = 900

INIT: Final = r"""set -eu
umask 022
S=$1
trap 'cd "$S/run/lab" 2>/dev/null || cd /run/lab; : >ended' EXIT
read -r pid _ </proc/self/stat
echo "$2" >/proc/sys/kernel/hostname
mkdir -p "$S/over" "$S/work" "$S/root" "$S/home" "$S/srv" "$S/tmp" "$S/run/lock" "$S/run/sshd"
cp -a "${S%/hosts/*}/dev" "$S/dev"
chmod 755 "$S" "$S/run"
chmod 1777 "$S/tmp"
chmod 700 "$S/root"
if [ -e "$S/run/lab/root" ]; then
  read -r lower <"$S/run/lab/root"
  top=$S/all
  mkdir "$top" "$S/over/all" "$S/work/all"
  mount -t overlay -o "lowerdir=$lower,upperdir=$S/over/all,workdir=$S/work/all" host-root "$top"
else
  top=
fi
# `mount -a` passes over what has the name and the place of something that is mounted.
[ "$top" ] || for d in etc usr var; do
  mkdir "$S/over/$d" "$S/work/$d"
  echo "host-$d /$d overlay lowerdir=/$d,upperdir=$S/over/$d,workdir=$S/work/$d"
done >"$S/fstab"
echo "host-pts $S/dev/pts devpts newinstance,ptmxmode=0666,mode=620,gid=5" >>"$S/fstab"
for d in root home srv tmp dev run; do echo "$S/$d $top/$d none rbind"; done >>"$S/fstab"
echo "host-proc $top/proc proc defaults" >>"$S/fstab"
echo "host-sys $top/sys sysfs defaults" >>"$S/fstab"
mount -a -T "$S/fstab"
if [ "$top" ]; then
  cd "$top"
  pivot_root . mnt
  cd /
  umount -l /mnt
else
  mount -o remount,bind,ro /
fi
rm -rf /etc/swanctl/conf.d/* /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/* /var/log/*
echo "$2" >/etc/hostname
for d in /run/lab/files/*; do [ ! -d "$d" ] || cp -R "$d/." "/${d##*/}/"; done
ip link set lo up
# Nobody else in the lab can have an address of this host, and looking for one takes a second.
for f in /proc/sys/net/ipv6/conf/*/accept_dad; do [ ! -e "$f" ] || echo 0 >"$f"; done
echo "$pid" >/run/lab/pid.new
mv /run/lab/pid.new /run/lab/pid
read -r _ </run/lab/wired
if sh -e /run/lab/boot; then : >/run/lab/booted; else : >/run/lab/failed; fi
exec env --ignore-signal=CHLD sleep infinity
"""
"""Becomes pid 1 of a host: its directory and its name are the arguments.

The file `run/lab/root` in the directory names the root file system of the host. Without it, the
machine's own serves.
"""

_LAUNCH: Final = f"""cd {ROOM}/hosts
for name; do
  setsid --fork /usr/bin/unshare --net --mount --uts --ipc --pid --fork --kill-child=SIGKILL \\
    /bin/sh {ROOM}/init "{ROOM}/hosts/$name" "$name" </dev/null >"$name/log" 2>&1
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """All that makes one host differ from another."""

    name: str
    files: Mapping[str, str]
    """Text by absolute path; only root may read what holds a secret."""
    private: frozenset[str]
    """The paths of the files that only root may read."""
    boot: str
    """A script, run once the host's cables are plugged in."""
    root: Path | None = None
    """Its root file system; None for the machine's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningHost:
    """A host whose namespaces exist."""

    name: str
    pid: int
    """Of its pid 1, as the sandbox counts."""
    started: int
    sandbox: Sandbox

    @property
    def inside(self) -> Inside:
        """Its namespaces."""
        return Inside(name=self.name, proc=self.sandbox.process(self.pid))

    def alive(self) -> bool:
        """Whether its pid 1 is still the one that was started."""
        return started_at(self.sandbox.process(self.pid)) == self.started

    def stop(self) -> None:
        """Switches it off: its processes, its interfaces and its files are gone."""
        if self.alive():
            self.sandbox.inside.run("kill", "-KILL", str(self.pid))
            wait_for(lambda: not self.alive() or None, BOOT_LIMIT_S)
        # The mounts of the host ended with its last process.
        self.sandbox.inside.run("rm", "-rf", f"{ROOM}/hosts/{self.name}")


def start(sandbox: Sandbox, machines: Iterable[Machine]) -> dict[str, RunningHost]:
    """Creates the namespaces of *machines*; they wait for their cables.

    Raises:
        LabError: With every host that did not come up.
    """
    named = {machine.name: machine for machine in machines}
    (sandbox.room / "init").write_text(INIT)
    for machine in named.values():
        _furnish(sandbox.room / "hosts" / machine.name, machine)
    sandbox.inside.run("/bin/sh", "-c", _LAUNCH, "launch", *named)

    hosts: dict[str, RunningHost] = {}

    def look() -> bool | None:
        for name in named.keys() - hosts.keys():
            try:
                pid = int((sandbox.room / "hosts" / name / "run/lab/pid").read_text())
            except FileNotFoundError:
                continue
            started = started_at(sandbox.process(pid))
            if started is not None:
                hosts[name] = RunningHost(name=name, pid=pid, started=started, sandbox=sandbox)
        return True if hosts.keys() == named.keys() else _broken(sandbox, named.keys())

    if wait_for(look, BOOT_LIMIT_S) is not True:
        problems = _failures(sandbox, named.keys() - hosts.keys())
        for host in hosts.values():
            host.stop()
        raise LabError(problems)
    return hosts


def boot(hosts: Iterable[RunningHost]) -> None:
    """Lets *hosts* run their boot scripts, and returns when all have.

    Raises:
        LabError: With every host whose script failed, and what it said.
    """
    waiting = {host.name: host for host in hosts}
    for host in waiting.values():
        wait_for(partial(_go, host), BOOT_LIMIT_S)

    def look() -> bool | None:
        for host in tuple(waiting.values()):
            ends = host.sandbox.room / "hosts" / host.name / "run/lab"
            if (ends / "booted").exists():
                del waiting[host.name]
            elif (ends / "failed").exists() or not host.alive():
                return False
        return None if waiting else True

    if wait_for(look, BOOT_LIMIT_S) is not True:
        (sandbox,) = {host.sandbox for host in waiting.values()}
        raise LabError(_failures(sandbox, waiting))


def _go(host: RunningHost) -> bool | None:
    """Tells *host* that its cables are plugged in; None where it does not listen yet."""
    wired = host.sandbox.room / "hosts" / host.name / "run/lab/wired"
    try:
        pipe = os.open(wired, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO or not host.alive():
            return False
        return None
    os.write(pipe, b"go\n")
    os.close(pipe)
    return True


def _furnish(directory: Path, machine: Machine) -> None:
    io = directory / "run/lab"
    for path, text in machine.files.items():
        file = io / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if path in machine.private else 0o644
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        file.chmod(mode)
    (io / "files").mkdir(parents=True, exist_ok=True)
    (io / "boot").write_text(machine.boot)
    if machine.root is not None:
        (io / "root").write_text(f"{machine.root}\n")
    os.mkfifo(io / "wired", stat.S_IRUSR | stat.S_IWUSR)


def _broken(sandbox: Sandbox, names: Iterable[str]) -> bool | None:
    """False where a host ended before it was ready, so that waiting is in vain."""
    ends = [sandbox.room / "hosts" / name / "run/lab/ended" for name in names]
    return False if any(end.exists() for end in ends) else None


def _failures(sandbox: Sandbox, names: Iterable[str]) -> list[Problem]:
    problems = []
    for name in sorted(names):
        log = sandbox.room / "hosts" / name / "log"
        said = log.read_text().strip() if log.exists() else ""
        if said:
            problems.append(
                Problem(
                    code="KSZ504",
                    what=f"host {name} did not boot: {said[-1500:]}",
                    fix="`ksz-netops lab down` clears what is left; see what it says",
                )
            )
    return problems or [
        Problem(
            code="KSZ504",
            what=f"these hosts did not boot in {BOOT_LIMIT_S} s: {', '.join(sorted(names))}",
            fix="`ksz-netops lab down` clears what is left; is the machine overloaded?",
        )
    ]
