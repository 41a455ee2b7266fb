"""The modes of the router's configuration and the lines of each.

What our hubs are made of comes from the vendor's models; what usually stands beside it is added.
"""

from __future__ import annotations

from typing import Final

from ksz_netops.platforms.ios_xe.vendor.forms import Form, many, one, opens
from ksz_netops.platforms.ios_xe.vendor.nodes import GLOBAL, NODES

_BESIDE: Final[dict[str, tuple[Form, ...]]] = {
    GLOBAL: (
        one("hostname {word}"),
        *many("file prompt quiet", "ip scp server enable", "aaa new-model", "service {rest}"),
        *many("password encryption aes", "key config-key password-encrypt {word}"),
        *many("ip domain name {word}", "ntp server {rest}", "snmp-server {rest}", "logging {rest}"),
        *many("username {rest}", "ip ssh {rest}", "enable secret {rest}"),
        *many("ipv6 unicast-routing", "ip routing", "license boot level {rest}"),
        opens("vrf definition {word}", "vrf"),
        opens("ip access-list standard {word}", "foreign"),
        opens("archive", "archive"),
        opens("line vty|con {rest}", "foreign"),
        opens("router {rest}", "foreign"),
        opens("route-map {rest}", "foreign"),
        *many("ip prefix-list {rest}", "crypto ikev2 fragmentation [mtu {68..1500}]"),
        *many("crypto ikev2 cookie-challenge {1..1000}", "crypto ikev2 limit {rest}"),
        *many("crypto ikev2 policy default", "crypto ikev2 proposal default"),
        *many("ip route vrf {word} {ip} {mask} {rest}"),
    ),
    "interface": many("ip nat inside|outside", "ip policy route-map {word}", "cdp enable"),
    "vrf": many("rd {word}", "address-family {rest}", "exit-address-family"),
    "class": many("fair-queue", "priority {rest}", "bandwidth {rest}"),
    "archive": (one("path {rest}"), one("maximum {1..14}"), *many("log config")),
    "foreign": many("{word}", "{word} {rest}"),
}

MODES: Final[dict[str, tuple[Form, ...]]] = {
    mode: (*_BESIDE.get(mode, ()), *NODES.get(mode, ())) for mode in (NODES | _BESIDE)
}
"""What each mode knows; the entries of access lists have a grammar of their own."""

HIDDEN: Final[dict[str, frozenset[str]]] = {
    "controller": frozenset({"framing crc4", "linecode hdb3"}),
    "interface": frozenset({"encapsulation hdlc"}),
    "profile": frozenset({"lifetime 86400", "config-exchange request"}),
    "ipsec-profile": frozenset({"set security-association lifetime seconds 3600"}),
    "sla-echo": frozenset({"threshold 5000", "timeout 5000", "frequency 60"}),
    "police": frozenset({"violate-action drop"}),
}
"""Lines that say what holds anyway: taken, and not shown."""

REFERENCES: Final[tuple[tuple[str, str, str], ...]] = (
    ("crypto ikev2 keyring ", r"keyring local {name}", "IKEv2 keyring"),
    ("crypto ikev2 profile ", r"set ikev2-profile {name}", "IKEv2 profile"),
    ("crypto ikev2 proposal ", r"proposal {name}", "IKEv2 proposal"),
    ("crypto ipsec transform-set ", r"set transform-set (?:.* )?{name}(?: .*)?", "Transform-set"),
    ("crypto ipsec profile ", r"tunnel protection ipsec profile {name}", "Crypto IPsec profile"),
    ("policy-map ", r"service-policy (?:input|output) {name}", "Policy-map"),
    ("class-map match-any ", r"class {name}", "Class-map"),
    ("class-map match-all ", r"class {name}", "Class-map"),
    ("object-group network ", r".*object-group {name}(?: .*)?", "Object-group"),
    ("object-group v6-network ", r".*object-group {name}(?: .*)?", "Object-group"),
)
"""What cannot go while something names it: start of its header, form of that line, its kind."""

NEEDS: Final[tuple[tuple[str, str], ...]] = (
    (r"set ikev2-profile (\S+)", "crypto ikev2 profile "),
    (r"set transform-set (.+)", "crypto ipsec transform-set "),
    (r"tunnel protection ipsec profile (\S+)", "crypto ipsec profile "),
    (r"keyring local (\S+)", "crypto ikev2 keyring "),
    (r"proposal (\S+)", "crypto ikev2 proposal "),
    (r"service-policy (?:input|output) (\S+)", "policy-map "),
    (r"class (?!class-default)(\S+)", "class-map match-"),
)
"""Lines that are refused unless what they name is there. An access list need not be: that is what
makes binding before creating so dangerous."""
