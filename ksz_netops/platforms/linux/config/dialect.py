"""How one box does what statements say without regard to it: the ESP path and its port."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ksz_netops.platforms.linux.config import names


class Esp(StrEnum):
    """Who encrypts: the kernel, or charon itself where the kernel cannot."""

    KERNEL = "kernel"
    LIBIPSEC = "libipsec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What differs between two boxes that hold the same statements."""

    esp: Esp
    internet: str = ""
    """Name of the port on which tunnels arrive; empty where there is none."""
    has_tunnel_port: bool = field(default=True, compare=False)
    """Whether `tunnel_port` is there: charon makes it where charon encrypts, and takes it along."""

    @property
    def tunnel_port(self) -> str:
        """The port on whose egress tunnels are shaped, and by which their packets are known."""
        return names.LIBIPSEC_PORT if self.esp is Esp.LIBIPSEC else self.internet

    def lacks(self, port: str) -> bool:
        """Whether *port* is that of the tunnels and not there now."""
        return port == self.tunnel_port and not self.has_tunnel_port

    def port(self, name: str) -> str:
        """The box's name for the port that statements call *name*."""
        return self.tunnel_port if name == names.TUNNELS else name

    def neutral(self, port: str) -> str:
        """The name in statements of what the box calls *port*."""
        return names.TUNNELS if port and port == self.tunnel_port else port

    @property
    def start_action(self) -> str:
        """With a trap the kernel asks for a missing tunnel; libipsec cannot, the peer starts."""
        return "trap" if self.esp is Esp.KERNEL else "none"
