"""A bare Linux box in namespaces with its own sshd, to be changed by the tests."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ksz_netops.platforms import Target
from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.on_hub.build import agent, guard

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNET = 0x40000000
PORTS = ("mgmt0", "ext0", "wan0", "line1", "line2", "line3", "line4", "line5")
ADDRESSES = {
    "mgmt0": "10.9.0.1/24",
    "ext0": "192.0.2.1/25",
    "wan0": "203.0.113.1/24",
}
# ruff: noqa: S603, S607 - fixed commands of the test itself
STRONGSWAN = {
    "kernel": """\
charon {
  load = random nonce openssl hmac kdf gcm kernel-netlink socket-default vici
  threads = 16
  retransmit_timeout = 8
  retransmit_tries = 3
}
""",
    "libipsec": """\
charon {
  load = random nonce openssl hmac kdf gcm kernel-libipsec kernel-netlink socket-default vici
  threads = 16
  retransmit_timeout = 1
  retransmit_tries = 2
  plugins {
    kernel-libipsec {
      load = yes
      allow_peer_ts = yes
    }
    kernel-netlink {
      fwmark = !0x42
    }
    socket-default {
      fwmark = 0x42
    }
  }
}
""",
}
SSHD = """\
Port 22
ListenAddress 10.9.0.1
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile /run/sshd.pid
StrictModes no
Subsystem sftp internal-sftp
"""
INIT = """\
set -e
S=$1
mkdir -p $S/etc/u $S/etc/w $S/var/u $S/var/w $S/local/u $S/local/w
mount -t overlay overlay -o lowerdir=/etc,upperdir=$S/etc/u,workdir=$S/etc/w /etc
mount -t overlay overlay -o lowerdir=/var,upperdir=$S/var/u,workdir=$S/var/w /var
mount -t overlay overlay -o lowerdir=/usr/local,upperdir=$S/local/u,workdir=$S/local/w /usr/local
mount -t tmpfs -o mode=700 tmpfs /root
mount -t tmpfs -o mode=755 tmpfs /srv
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd
ip link set lo up
touch /run/ready
exec env --ignore-signal=CHLD sleep infinity
"""


class LinuxHost:
    """The box and a network beside it, from which it is managed; gone with `close`."""

    def __init__(self, folder: Path, *, esp: str = "libipsec") -> None:
        self.folder, self.esp = folder, esp
        self._beside = self._spawn("--net", "sh", "-c", "ip link set lo up; exec sleep infinity")
        # An overlay's upper folder must not lie on an overlay itself.
        script = f'mount -t tmpfs tmpfs {folder}/state; sh -c "$0" init {folder}/state'
        (folder / "state").mkdir()
        self._hub = self._spawn(
            "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child=SIGKILL",
            "--mount-proc", "sh", "-c", script, INIT,
        )  # fmt: skip
        self.pid = self._wait_for_child(self._hub)
        for port in PORTS:
            self.beside(
                f"ip link add p-{port} type veth peer name {port} netns {self.pid};"
                f"ip link set p-{port} up"
            )
        self.beside("ip addr add 10.9.0.2/24 dev p-mgmt0")
        for port, address in ADDRESSES.items():
            self.run(f"ip addr add {address} dev {port}; ip link set {port} up")
        self.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        self._install()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _spawn(self, *argv: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["unshare", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait_for_child(self, process: subprocess.Popen[bytes]) -> int:
        for _ in range(6000):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            if children and Path(f"/proc/{children[0]}/root/run/ready").exists():
                return int(children[0])
            time.sleep(0.01)
        message = "the box did not start"
        raise RuntimeError(message)

    def _install(self) -> None:
        for name in ("host_key", "client_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name],
                check=True,
            )
        (self.folder / "authorized_keys").write_bytes((self.folder / "client_key.pub").read_bytes())
        self.put("/etc/ssh/sshd_config", SSHD.format(folder=self.folder))
        self.put("/etc/strongswan.conf", STRONGSWAN[self.esp])
        self.put(names.AGENT, agent(), 0o755)
        self.put(names.GUARD, guard(), 0o755)
        self.run("groupadd -r ksz-sftp; mkdir -p /etc/swanctl/conf.d; /usr/sbin/sshd")

    @property
    def beside_pid(self) -> int:
        """A process in the network beside the box."""
        return self._beside.pid

    def start_charon(self) -> None:
        """Starts strongSwan."""
        self.run("setsid -f /usr/lib/ipsec/charon >/var/log/charon.log 2>&1 </dev/null")
        for _ in range(2000):
            if Path(f"/proc/{self.pid}/root/run/charon.vici").exists():
                return
            time.sleep(0.05)
        message = "charon did not start"
        raise RuntimeError(message)

    @property
    def target(self) -> Target:
        """How a session reaches the box."""
        port = self._listener.getsockname()[1]
        public = (self.folder / "host_key.pub").read_text().rsplit(" ", 1)[0]
        known = self.folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {public}\n")
        return Target(
            name="hub-test",
            address="127.0.0.1",
            port=port,
            user="root",
            private_key=self.folder / "client_key",
            known_hosts=known,
        )

    def run(self, command: str, *, check: bool = True, stdin: str = "") -> str:
        """What *command* prints on the box."""
        return _run(["nsenter", "-t", str(self.pid), "-a", "sh", "-c", command], stdin, check=check)

    def beside(self, command: str, *, check: bool = True) -> str:
        """What *command* prints in the network beside the box."""
        argv = ["nsenter", "-t", str(self._beside.pid), "-n", "sh", "-c", command]
        return _run(argv, "", check=check)

    def put(self, path: str, content: str | bytes, mode: int = 0o644) -> None:
        """Puts *content* at *path* on the box."""
        file = Path(f"/proc/{self.pid}/root{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        # A socket belongs to the network its thread was in when it was made.
        with open(f"/proc/{self._beside.pid}/ns/net") as network:  # noqa: PTH123 - a descriptor
            _LIBC.setns(network.fileno(), _NEWNET)
        with client, socket.socket() as hub:
            hub.settimeout(5)
            try:
                hub.connect(("10.9.0.1", 22))
            except OSError:
                return
            hub.settimeout(None)
            ends: Mapping[socket.socket, socket.socket] = {client: hub, hub: client}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    try:
                        data = end.recv(65536)
                        ends[end].sendall(data)
                    except OSError:
                        return
                    if not data:
                        return

    def close(self) -> None:
        """Ends everything that was started."""
        self._listener.close()
        for process in (self._hub, self._beside):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _run(argv: list[str], stdin: str, *, check: bool) -> str:
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode:
        message = f"{argv[-1]}: {done.returncode} {done.stderr}"
        raise RuntimeError(message)
    return done.stdout
