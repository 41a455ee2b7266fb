"""The modes of the router's configuration and the lines of each.

`global` and the modes below it hold what our hubs are made of and what usually stands beside it.
"""

from __future__ import annotations

from typing import Final

from ksz_netops.lab.emulator.grammar import Template, many, one, opens

GLOBAL: Final = "global"

_INTERFACE: Final = (
    one("description {rest}"),
    one("encapsulation dot1Q {vlan}"),
    one("encapsulation ppp|hdlc"),
    one("ip address {ip} {ip}"),
    one("ip unnumbered {interface}"),
    *many("ip address {ip} {ip} secondary"),
    *many("ipv6 address {prefix6}", "ipv6 enable"),
    one("ip access-group {word} in"),
    one("ip access-group {word} out"),
    one("ipv6 traffic-filter {word} in"),
    one("ipv6 traffic-filter {word} out"),
    one("ip verify unicast source reachable-via rx|any"),
    one("ipv6 verify unicast source reachable-via rx|any"),
    one("ip tcp adjust-mss {number}"),
    one("ipv6 tcp adjust-mss {number}"),
    one("ip mtu {number}"),
    one("mtu {number}"),
    one("service-policy input {word}"),
    one("service-policy output {word}"),
    *many("ppp multilink", "shutdown", "negotiation auto"),
    one("ppp multilink group {bundle}"),
    one("tunnel source {ip}"),
    one("tunnel source {ip6}"),
    one("tunnel source {interface}"),
    one("tunnel destination {ip}"),
    one("tunnel destination {ip6}"),
    one("tunnel vrf {word}"),
    one("tunnel mode ipsec ipv4|ipv6"),
    one("tunnel mode ipsec ipv4 v6-overlay"),
    one("tunnel mode ipsec ipv6 v4-overlay"),
    one("tunnel protection ipsec policy ipv4 {word}"),
    one("tunnel protection ipsec policy ipv6 {word}"),
    one("tunnel protection ipsec profile {word}"),
    one("vrf forwarding {word}"),
    one("load-interval {number}"),
)

MODES: Final[dict[str, tuple[Template, ...]]] = {
    GLOBAL: (
        one("hostname {word}"),
        *many("file prompt quiet", "ip scp server enable", "aaa new-model", "service {rest}"),
        *many("password encryption aes", "key config-key password-encrypt {word}"),
        *many("ip domain name {word}", "ntp server {rest}", "snmp-server {rest}", "logging {rest}"),
        *many("username {rest}", "ip ssh {rest}", "enable secret {rest}"),
        opens("interface {interface}", "interface"),
        opens("controller E1 {slot}", "controller"),
        opens("vrf definition {word}", "vrf"),
        opens("object-group network {word}", "object-group"),
        opens("object-group v6-network {word}", "object-group"),
        opens("ip access-list extended {word}", "acl"),
        opens("ip access-list standard {word}", "foreign"),
        opens("ipv6 access-list {word}", "acl6"),
        opens("class-map match-any|match-all {word}", "class-map"),
        opens("policy-map {word}", "policy-map"),
        opens("crypto ikev2 proposal {word}", "proposal"),
        opens("crypto ikev2 policy {word}", "policy"),
        opens("crypto ikev2 keyring {word}", "keyring"),
        opens("crypto ikev2 profile {word}", "profile"),
        opens("crypto ipsec transform-set {word} esp-gcm 128|192|256", "transform"),
        opens("crypto ipsec transform-set {word} esp-aes 128|192|256 {word}", "transform"),
        opens("crypto ipsec transform-set {word} esp-aes {word}", "transform"),
        opens("crypto ipsec profile {word}", "ipsec-profile"),
        opens("ip sla {number}", "sla"),
        *many("ip sla schedule {number} life forever start-time now"),
        opens("track {track} ip sla {number} reachability", "track"),
        *many("ip route {rest}", "ipv6 route {rest}"),
        opens("archive", "archive"),
        opens("line vty|con {rest}", "foreign"),
        opens("router {rest}", "foreign"),
        opens("route-map {rest}", "foreign"),
        *many("ip prefix-list {rest}", "crypto ikev2 {rest}"),
    ),
    "interface": _INTERFACE,
    "controller": (
        one("description {rest}"),
        one("framing crc4|no-crc4|unframed"),
        one("linecode hdb3|ami"),
        *many("channel-group {number} timeslots {slots}", "channel-group {number} unframed"),
        *many("shutdown"),
    ),
    "vrf": many("rd {word}", "address-family {rest}", "exit-address-family"),
    "object-group": (
        one("description {rest}"),
        *many("host {ip}", "{ip} {ip}", "host {ip6}", "{prefix6}"),
    ),
    "class-map": (
        one("description {rest}"),
        *many("match access-group name {word}"),
    ),
    "policy-map": (one("description {rest}"), opens("class {word}", "class")),
    "class": (
        one("shape average {number}"),
        one("police cir {number}"),
        one("police cir {number} bc {number}"),
        *many("fair-queue", "priority {rest}", "bandwidth {rest}"),
    ),
    "proposal": (
        one("encryption {rest}"),
        one("integrity {rest}"),
        one("prf {rest}"),
        one("group {rest}"),
        one("pqc {rest}"),
    ),
    "policy": (
        one("match fvrf {word}"),
        *many("match address local {ip}", "match address local {ip6}", "proposal {word}"),
    ),
    "keyring": (opens("peer {word}", "peer"),),
    "peer": (
        one("description {rest}"),
        one("address {ip}"),
        one("address {prefix6}"),
        one("pre-shared-key local {rest}"),
        one("pre-shared-key remote {rest}"),
    ),
    "profile": (
        one("description {rest}"),
        one("match fvrf {word}"),
        *many("match address local {ip}", "match address local {ip6}"),
        *many("match identity remote address {ip} {ip}", "match identity remote address {prefix6}"),
        one("identity local address {ip}"),
        one("identity local address {ip6}"),
        *many("authentication remote pre-share", "authentication local pre-share"),
        one("keyring local {word}"),
        one("lifetime {number}"),
        one("dpd {number} {number} periodic|on-demand"),
    ),
    "transform": (one("mode tunnel|transport"),),
    "ipsec-profile": (
        one("description {rest}"),
        one("set security-association lifetime seconds {number}"),
        one("set transform-set {rest}"),
        one("set pfs {rest}"),
        one("set ikev2-profile {word}"),
    ),
    "sla": (
        opens("icmp-echo {ip} source-interface {interface}", "sla-echo"),
        opens("icmp-echo {ip6} source-interface {interface}", "sla-echo"),
    ),
    "sla-echo": (
        one("tag {rest}"),
        one("timeout {number}"),
        one("frequency {number}"),
    ),
    "track": (one("delay down {number} up {number}"),),
    "archive": (one("path {rest}"), one("maximum {number}"), *many("log config")),
    "foreign": many("{word}", "{word} {rest}"),
    "acl": (),
    "acl6": (),
}
"""What each mode knows; the entries of access lists have a grammar of their own."""

HIDDEN: Final[dict[str, frozenset[str]]] = {
    "controller": frozenset({"framing crc4", "linecode hdb3"}),
    "interface": frozenset({"encapsulation hdlc"}),
    "profile": frozenset({"lifetime 86400"}),
    "ipsec-profile": frozenset({"set security-association lifetime seconds 3600"}),
    "sla-echo": frozenset({"timeout 5000", "frequency 60"}),
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
