"""A Linux hub with the gateways of two partners and an extranet service, all real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.platforms import platforms
from support.linux_states import reveal

if TYPE_CHECKING:
    from ksz_netops.state.observations import Observations, TunnelStatus
    from ksz_netops.state.resources import DeviceState
    from support.linux_host import LinuxHost

LINUX = platforms()["linux"]
PEER = """\
connections {{
  to-hub-{number} {{
    version = 2
    local_addrs = 203.0.113.{number}
    remote_addrs = 203.0.113.1
    proposals = aes256gcm16-prfsha384-ecp384
    local {{
      auth = psk
      id = 203.0.113.{number}
    }}
    remote {{
      auth = psk
      id = 203.0.113.1
    }}
    children {{
      net-{number} {{
        local_ts = {official}/32
        remote_ts = 192.0.2.0/25
        esp_proposals = aes256gcm16-ecp384
      }}
    }}
  }}
}}
secrets {{
  ike-{number} {{
    id-hub = 203.0.113.1
    id-peer = 203.0.113.{number}
    secret = "{key}"
  }}
}}
"""


SERVER = """
import socket, threading
def serve(port):
    server = socket.create_server(("", port))
    while True:
        server.accept()[0].close()
for port in (443, 80):
    threading.Thread(target=serve, args=(port,)).start()
"""


class Pair:
    """A hub, and a box with the gateways of two partners on the hub's internet port."""

    def __init__(self, hub: LinuxHost, peer: LinuxHost) -> None:
        self.hub, self.peer = hub, peer
        hub.beside(f"ip link set p-wan0 netns {peer.pid}")
        peer.run("ip link set p-wan0 up")
        for number in (77, 78):
            peer.run(f"ip addr add 203.0.113.{number}/24 dev p-wan0")
            peer.put(
                f"/etc/swanctl/conf.d/{number}.conf",
                PEER.format(
                    number=number,
                    official=f"203.0.113.{number}",
                    key=reveal(f"P{number:05}-S1"),
                ),
                0o600,
            )
        # Both boxes have such ports of their own; the peer's are not used.
        peer.run("ip link del wan0; ip link del ext0")
        hub.beside(
            "ip addr add 192.0.2.10/25 dev p-ext0; ip route add 203.0.113.0/24 via 192.0.2.1"
        )
        hub.beside(f"setsid -f /usr/bin/python3 -c '{SERVER}' </dev/null >/dev/null 2>&1")
        hub.start_charon()
        peer.run("ip route add 192.0.2.0/25 via 203.0.113.1")
        peer.start_charon()
        peer.run("swanctl --load-all --noprompt")

    def initiate(self, number: int) -> bool:
        """Whether the partner's gateway brings its tunnel up."""
        answer = self.peer.run(
            f"swanctl --terminate --ike to-hub-{number} --force --timeout 2 2>/dev/null;"
            f"swanctl --initiate --child net-{number} --timeout 30",
            check=False,
        )
        return "initiate completed successfully" in answer

    def terminate(self, number: int) -> None:
        """Ends the partner's tunnel, as its gateway would."""
        self.peer.run(f"swanctl --terminate --ike to-hub-{number} --timeout 10", check=False)

    def statuses(self) -> dict[str, TunnelStatus]:
        """What the hub sees of its tunnels, by token."""
        with LINUX.connect(self.hub.target) as session:
            return {each.token: each for each in session.observe().tunnels}

    def reaches(self, number: int, port: int = 443) -> bool:
        """Whether the partner's official address, here its gateway's, reaches the service."""
        probe = (
            "import socket; socket.create_connection("
            f'("192.0.2.10", {port}), 3, ("203.0.113.{number}", 0))'
        )
        command = f"/usr/bin/python3 -c '{probe}' 2>/dev/null && echo yes"
        return "yes" in self.peer.run(command, check=False)

    def observed(self) -> Observations:
        """What the hub does now."""
        with LINUX.connect(self.hub.target) as session:
            return session.observe()

    def association(self, number: int) -> str:
        """The cookies of the partner's IKE SA on the hub; empty where it has none."""
        found = self.hub.run(f"swanctl --list-sas --ike KSZ-P{number:05}-S1")
        return found.splitlines()[0] if found else ""

    def bring(self, state: DeviceState) -> None:
        with LINUX.connect(self.hub.target) as session:
            if session.stage(state, reveal):
                session.commit(revert_in_s=60)
                session.confirm()
            assert session.state() == state
