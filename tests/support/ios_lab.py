"""An emulated router with a configuration of its own, and the way to it."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ksz_netops.lab.emulator.profiles import PLAIN, Profile
from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, listening
from ksz_netops.platforms import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASELINE = """\
hostname hub-gen-1
!
file prompt quiet
!
password encryption aes
!
aaa new-model
!
vrf definition INET
 address-family ipv4
 exit-address-family
!
ip domain name example.net
ip ssh version 2
ip scp server enable
!
object-group network OTHER-HOSTS
 host 10.1.1.1
!
archive
 path bootflash:archive
 maximum 10
!
crypto pki certificate chain SLA
 certificate ca 01
  30820321 30820209 A0030201
  30820321 30820209 A0030201
  \tquit
!
crypto ikev2 keyring OTHER-TEAM
 peer OTHER
  address 203.0.113.200
  pre-shared-key local 6 ABCDEF
  pre-shared-key remote 6 ABCDEF
!
crypto ikev2 profile OTHER-TEAM
 match identity remote address 203.0.113.200 255.255.255.255
 authentication remote pre-share
 authentication local pre-share
 keyring local OTHER-TEAM
!
{controllers}class-map match-any VOICE
 match dscp ef
!
policy-map EDGE
 class VOICE
  priority 100
!
interface Loopback0
 ip address 10.99.0.1 255.255.255.255
!
interface GigabitEthernet0
 vrf forwarding Mgmt
 ip address 192.0.2.193 255.255.255.192
 negotiation auto
!
interface GigabitEthernet0/0/0
 vrf forwarding INET
 ip address 203.0.113.1 255.255.255.0
 negotiation auto
!
interface GigabitEthernet0/0/1
 description to the extranet, hub-gen-1#
 ip address 192.0.2.1 255.255.255.128
 service-policy output EDGE
 negotiation auto
!
interface GigabitEthernet0/0/2
 no ip address
 negotiation auto
!
interface GigabitEthernet0/0/3
 no ip address
 negotiation auto
!
{lines}interface Tunnel9001
 description another team's
 ip address 10.77.0.1 255.255.255.252
 tunnel source GigabitEthernet0/0/0
 tunnel destination 203.0.113.200
!
router ospf 1
 network 192.0.2.0 0.0.0.127 area 0
!
ip route 0.0.0.0 0.0.0.0 192.0.2.2
ip route vrf INET 0.0.0.0 0.0.0.0 203.0.113.254
!
ip access-list extended OTHER-ACL
 10 permit tcp any host 10.1.1.1 eq www
 20 deny   ip any any log
!
ip sla 7777
 icmp-echo 192.0.2.2 source-interface GigabitEthernet0/0/1
  frequency 30
ip sla schedule 7777 life forever start-time now
!
banner motd ^C
 Keep out!
 interface GigabitEthernet0/0/1
  shutdown
^C
!
line vty 0 4
 transport input ssh
!
end
"""


def baseline(*, description: str = "to the extranet") -> str:
    """A router that is prepared, and has much that is not ours."""
    controllers = "".join(
        f"controller E1 0/{slot}/{line}\n!\n" for slot in range(1, 40) for line in range(5)
    )
    lines = "".join(
        f"interface GigabitEthernet0/1/{number}\n no ip address\n shutdown\n negotiation auto\n!\n"
        for number in range(1, 40)
    )
    text = BASELINE.format(controllers=controllers, lines=lines)
    return text.replace("to the extranet, hub-gen-1#", description)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class IosLab:
    router: Router
    target: Target
    clock: Clock = field(default_factory=Clock)


@contextmanager
def lab(folder: Path, startup: str | None = None, profile: Profile = PLAIN) -> Iterator[IosLab]:
    """A router that listens, and the target that names it."""
    for name in ("user", "host"):
        subprocess.run(  # noqa: S603 - our own files
            ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name],
            check=True,
        )
    clock = Clock()
    router = Router(startup or baseline(), profile=profile, clock=clock)
    access = Access(
        user="netops",
        authorised_keys=folder / "user.pub",
        host_key=folder / "host",
        interface="GigabitEthernet0",
        source="192.0.2.250",
    )
    with listening(router, access) as endpoint:
        known_hosts = folder / "known_hosts"
        public = (folder / "host.pub").read_text().split()[:2]
        known_hosts.write_text(f"[127.0.0.1]:{endpoint.port} {' '.join(public)}\n")
        target = Target(
            name="hub-gen-1",
            address="127.0.0.1",
            port=endpoint.port,
            user="netops",
            private_key=folder / "user",
            known_hosts=known_hosts,
        )
        yield IosLab(router=router, target=target, clock=clock)
