"""Every path that the agent uses, each once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders of a hub below *root*; a test gives another root than `/`."""

    root: Path = Path("/")

    @property
    def run(self) -> Path:
        """What runs; lost at a restart."""
        return self.root / "run/ksz"

    @property
    def disk(self) -> Path:
        """What is confirmed."""
        return self.root / "etc/ksz"

    @property
    def running(self) -> Path:
        """The link to the generation that runs."""
        return self.run / "running"

    @property
    def startup(self) -> Path:
        """The link to the generation that is confirmed."""
        return self.disk / "startup"

    @property
    def pending(self) -> Path:
        """The commit that waits for its confirmation."""
        return self.run / "pending.json"

    @property
    def outcome(self) -> Path:
        """How the last change, restore or refresh ended."""
        return self.run / "outcome.json"

    @property
    def ways(self) -> Path:
        """What the watcher of ways knows of each."""
        return self.run / "ways.json"

    @property
    def log(self) -> Path:
        """The agent's own log."""
        return self.run / "log"

    @property
    def spare(self) -> Path:
        """Room on the disk that is given up where a confirmation would not fit."""
        return self.disk / "spare"

    @property
    def archive(self) -> Path:
        """What partners left; on the accounts' filesystem, so that it is moved without a copy."""
        return self.chroots / ".archive"

    @property
    def keys(self) -> Path:
        """The partners' public SSH keys."""
        return self.root / "etc/ssh/ksz"

    @property
    def chroots(self) -> Path:
        """The partners' folders."""
        return self.root / "srv/ksz"

    @property
    def sftp_configuration(self) -> Path:
        """The configuration of the partners' SSH daemon."""
        return self.root / "etc/ssh/sshd_ksz_config"

    @property
    def sftp_pid(self) -> Path:
        """That daemon's number, which it writes anew whenever it reads its configuration."""
        return self.root / "run/ksz-sftp.pid"

    @property
    def vici(self) -> Path:
        """The IKE daemon's control socket."""
        return self.root / "run/charon.vici"

    @property
    def include(self) -> Path:
        """The file by which swanctl finds our connections."""
        return self.root / "etc/swanctl/conf.d/KSZ.conf"

    @property
    def shown(self) -> Path:
        """Where swanctl sees `run`: Debian's AppArmor lets it read below /etc/swanctl alone."""
        return self.root / "etc/swanctl/ksz"

    @property
    def forwarding(self) -> tuple[Path, Path]:
        """The kernel's switches for forwarding, one for each IP version."""
        net = self.root / "proc/sys/net"
        return net / "ipv4/ip_forward", net / "ipv6/conf/all/forwarding"

    @property
    def ports(self) -> Path:
        """The kernel's list of interfaces."""
        return self.root / "sys/class/net"
