"""What an emulated router refuses to take away while something uses it, and what it does not."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from ksz_netops.lab.emulator import tree
from ksz_netops.lab.emulator.config import Configuration
from ksz_netops.lab.emulator.packets import Packet
from ksz_netops.lab.emulator.router import Router

HELD = """\
object-group network HOSTS
 host 192.0.2.10
!
crypto ikev2 proposal P
 encryption aes-gcm-256
!
crypto ikev2 policy POL
 proposal P
!
crypto ikev2 keyring K
 peer PEER
  address 203.0.113.9
!
crypto ikev2 profile PROF
 keyring local K
!
class-map match-any C
 match access-group name PICKED
!
policy-map SHAPED
 class C
  shape average 512000
!
crypto ipsec transform-set T esp-gcm 256
 mode tunnel
!
crypto ipsec profile IPSEC
 set transform-set T
 set ikev2-profile PROF
!
interface GigabitEthernet0
 ip address 192.0.2.193 255.255.255.192
 ip access-group GUARD in
!
interface Tunnel5
 service-policy output SHAPED
 tunnel protection ipsec profile IPSEC
!
ip access-list extended GUARD
 10 permit ip object-group HOSTS any
 20 deny ip any any
!
ip access-list extended PICKED
 10 permit ip any any
!
end
"""
CHAIN = (
    ("interface Tunnel5", "crypto ipsec profile IPSEC", "Crypto IPsec profile IPSEC"),
    ("crypto ipsec profile IPSEC", "crypto ikev2 profile PROF", "IKEv2 profile PROF"),
    ("crypto ipsec profile IPSEC", "crypto ipsec transform-set T esp-gcm 256", "Transform-set T"),
    ("crypto ikev2 profile PROF", "crypto ikev2 keyring K", "IKEv2 keyring K"),
    ("crypto ikev2 policy POL", "crypto ikev2 proposal P", "IKEv2 proposal P"),
    ("interface Tunnel5", "policy-map SHAPED", "Policy-map SHAPED"),
    ("policy-map SHAPED", "class-map match-any C", "Class-map C"),
    ("ip access-list extended GUARD", "object-group network HOSTS", "Object-group HOSTS"),
)
"""Who uses, what it uses, and what the router calls that."""


def holding() -> Configuration:
    return Configuration(tree.read(HELD))


@pytest.mark.parametrize(("user", "used", "name"), CHAIN)
def test_what_is_in_use_is_not_deleted(user: str, used: str, name: str) -> None:
    config = holding()

    assert config.type(f"no {used}") == f"% {name} is in use, cannot remove\n"
    assert used in config.root.lines
    assert user in config.root.lines


@pytest.mark.parametrize(("user", "used", "name"), CHAIN)
def test_it_is_deleted_once_its_user_is_gone(user: str, used: str, name: str) -> None:
    config = holding()
    del config.root.lines[user]

    assert config.type(f"no {used}") == "", name
    assert used not in config.root.lines


def test_the_last_member_of_a_group_in_use_stays() -> None:
    config = holding()

    said = config.enter(["object-group network HOSTS", " no host 192.0.2.10"])

    assert "Object-group HOSTS is in use, cannot be emptied" in said
    assert "host 192.0.2.10" in config.root.lines["object-group network HOSTS"].lines


def test_an_access_list_in_use_is_deleted_without_a_word_and_then_everything_passes() -> None:
    router = Router(HELD)
    stranger = Packet(
        protocol="tcp",
        source=ip_address("198.51.100.66"),
        destination=ip_address("192.0.2.193"),
        port=22,
    )
    before = router.reachable("GigabitEthernet0", stranger)

    said = router.configure(["no ip access-list extended GUARD", "end"])

    assert not before
    assert not said
    assert router.reachable("GigabitEthernet0", stranger)


def test_a_profile_that_is_not_there_cannot_be_put_to_use() -> None:
    said = holding().enter(["interface Tunnel6", " tunnel protection ipsec profile NONE"])

    assert "NONE is not configured" in said


def test_a_physical_interface_is_not_deleted() -> None:
    assert "not permitted" in holding().type("no interface GigabitEthernet0")
