"""The lines that we write and read, by mode, with the values that a router takes.

Sources: the vendor's YANG of IOS-XE 17.18.1 (github.com/YangModels/yang, vendor/cisco/xe/17181), of
26.1.1 for post-quantum key exchange, and the documents named at single lines.
"""

from __future__ import annotations

from typing import Final

from ksz_netops.platforms.ios_xe.vendor.forms import Form, many, one, opens

GLOBAL: Final = "global"
SOURCES: Final = {
    "interface": "Cisco-IOS-XE-native, -interfaces, -tunnel, -ppp 17.18.1",
    "controller": "Cisco-IOS-XE-controller 17.18.1",
    "object-group": "Cisco-IOS-XE-object-group 17.18.1",
    "class-map": "Cisco-IOS-XE-policy 17.18.1",
    "policy-map": "Cisco-IOS-XE-policy 17.18.1",
    "class": "Cisco-IOS-XE-policy 17.18.1",
    "proposal": "Cisco-IOS-XE-crypto 17.18.1; `pqc` 26.1.1",
    "policy": "Cisco-IOS-XE-crypto 17.18.1",
    "keyring": "Cisco-IOS-XE-crypto 17.18.1",
    "peer": "Cisco-IOS-XE-crypto 17.18.1",
    "profile": "Cisco-IOS-XE-crypto 17.18.1",
    "transform": "Cisco-IOS-XE-crypto 17.18.1",
    "ipsec-profile": "Cisco-IOS-XE-crypto 17.18.1; `pqc` 26.1.1",
    "sla": "Cisco-IOS-XE-sla 17.18.1",
    "sla-echo": "Cisco-IOS-XE-sla 17.18.1",
    "track": "Cisco-IOS-XE-track 17.18.1",
    "acl": "Cisco-IOS-XE-acl 17.18.1",
    "acl6": "Cisco-IOS-XE-acl 17.18.1",
}
"""The models that the forms of each mode were taken from."""
_POST_QUANTUM: Final = (26, 1)
_GROUPS: Final = "1|2|5|14|15|16|19|20|21|24"
_PFS: Final = "|".join(f"group{each}" for each in _GROUPS.split("|"))
_ADDED: Final = "mlkem512|mlkem768|mlkem1024"
_HASHES: Final = "md5|sha1|sha256|sha384|sha512"
_CIPHERS: Final = "3des|des|aes-cbc-128|aes-cbc-192|aes-cbc-256|aes-gcm-128|aes-gcm-256"
_INTEGRITIES: Final = "esp-md5-hmac|esp-sha-hmac|esp-sha256-hmac|esp-sha384-hmac|esp-sha512-hmac"
_RATE: Final = "{8000..100000000000}"
_WAYS: Final = "[{ip}] [{1..255}] [name {word}] [tag {1..4294967295}] [track {1..1000}] [permanent]"
_WAYS6: Final = "[{ip6}] [{1..254}] [name {word}] [tag {1..4294967295}] [track {1..1000}]"
_INTERFACE: Final = (
    one("description {text:200}"),
    one("encapsulation dot1Q {1..4094}"),
    one("encapsulation ppp|hdlc"),
    one("ip address {ip} {mask}"),
    one("ip unnumbered {interface}"),
    *many("ip address {ip} {mask} secondary"),
    *many("ipv6 address {prefix6}", "ipv6 enable"),
    one("ip access-group {name} in"),
    one("ip access-group {name} out"),
    one("ipv6 traffic-filter {name} in"),
    one("ipv6 traffic-filter {name} out"),
    one("ip verify unicast source reachable-via rx|any"),
    one("ipv6 verify unicast source reachable-via rx|any"),
    one("ip tcp adjust-mss {500..1460}"),
    one("ipv6 tcp adjust-mss {40..1454}"),
    one("ip mtu {68..9216}"),
    one("mtu {64..9216}"),
    one("service-policy input {name}"),
    one("service-policy output {name}"),
    *many("ppp multilink", "shutdown", "negotiation auto"),
    one("ppp multilink group {1..2147483647}"),
    one("tunnel source {ip}"),
    one("tunnel source {ip6}"),
    one("tunnel source {interface}"),
    one("tunnel destination {ip}"),
    one("tunnel destination {ip6}"),
    one("tunnel vrf {word}"),
    one("tunnel mode ipsec ipv4|ipv6"),
    one("tunnel mode ipsec ipv4 v6-overlay", since=(17, 6)),
    one("tunnel mode ipsec ipv6 v4-overlay", since=(17, 6)),
    one("tunnel protection ipsec policy ipv4 {name}"),
    one("tunnel protection ipsec policy ipv6 {name}"),
    one("tunnel protection ipsec profile {name}"),
    one("vrf forwarding {word}"),
    one("load-interval {30..600}"),
)

NODES: Final[dict[str, tuple[Form, ...]]] = {
    GLOBAL: (
        opens("interface {interface}", "interface"),
        opens("controller E1 {slot}", "controller"),
        opens("object-group network {name}", "object-group"),
        opens("object-group v6-network {name}", "object-group"),
        opens("ip access-list extended {name}", "acl"),
        opens("ipv6 access-list {name}", "acl6"),
        opens("class-map match-any|match-all {name}", "class-map"),
        opens("policy-map {name}", "policy-map"),
        opens("crypto ikev2 proposal {name}", "proposal"),
        opens("crypto ikev2 policy {name}", "policy"),
        opens("crypto ikev2 keyring {name}", "keyring"),
        opens("crypto ikev2 profile {name}", "profile"),
        opens("crypto ipsec transform-set {name} esp-gcm|esp-gmac", "transform"),
        opens("crypto ipsec transform-set {name} esp-gcm|esp-gmac 128|192|256", "transform"),
        opens(
            f"crypto ipsec transform-set {{name}} esp-aes 128|192|256 {_INTEGRITIES}", "transform"
        ),
        opens(f"crypto ipsec transform-set {{name}} esp-aes {_INTEGRITIES}", "transform"),
        opens("crypto ipsec profile {name}", "ipsec-profile"),
        opens("ip sla {1..2147483647}", "sla"),
        *many("ip sla schedule {1..2147483647} life forever start-time now"),
        *many("ip sla schedule {1..2147483647} life {0..2147483647} start-time now"),
        opens("track {1..1000} ip sla {1..2147483647} [reachability]", "track"),
        opens("track {1..1000} interface {interface} line-protocol", "track"),
        *many(f"ip route {{ip}} {{mask}} {{interface}} {_WAYS}"),
        *many(f"ip route {{ip}} {{mask}} {{ip}} {_WAYS.removeprefix('[{ip}] ')}"),
        *many(f"ipv6 route {{prefix6}} {{interface}} {_WAYS6}"),
        *many(f"ipv6 route {{prefix6}} {{ip6}} {_WAYS6.removeprefix('[{ip6}] ')}"),
    ),
    "interface": _INTERFACE,
    "controller": (
        one("description {text:240}"),
        one("framing crc4|no-crc4|unframed"),
        one("linecode hdb3|ami"),
        one("line-termination 75-ohm|120-ohm"),
        one("clock source internal|line|network|loop-timed"),
        one("clock source line primary|secondary"),
        *many("channel-group {0..30} timeslots {slots}", "channel-group {0..30} unframed"),
        *many("shutdown"),
    ),
    "object-group": (
        one("description {text:200}"),
        *many("host {ip}", "{ip} {mask}", "host {ip6}", "{prefix6}"),
    ),
    "class-map": (
        one("description {text:200}"),
        *many("match access-group name {name}"),
    ),
    "policy-map": (one("description {text:200}"), opens("class {name}", "class")),
    "class": (
        one("shape average {1000..100000000000}"),
        one("police cir {8000..100000000000}", "police"),
        one(f"police cir {_RATE} bc {{1000..512000000}}", "police"),
    ),
    "police": (
        one("conform-action transmit"),
        one("exceed-action drop"),
        one("violate-action drop"),
    ),
    "proposal": (
        one(f"encryption {_CIPHERS}+"),
        one(f"integrity {_HASHES}+"),
        one(f"prf {_HASHES}+"),
        one(f"group {_GROUPS}+"),
        one(f"pqc {_ADDED}", since=_POST_QUANTUM),
        one(f"pqc {_ADDED} optional", since=_POST_QUANTUM),
    ),
    "policy": (
        one("match fvrf {word}"),
        *many("match address local {ip}", "match address local {ip6}", "proposal {name}"),
    ),
    "keyring": (opens("peer {name}", "peer"),),
    "peer": (
        one("description {rest}"),
        one("address {ip}"),
        one("address {ip} {mask}"),
        one("address {prefix6}"),
        one("pre-shared-key local {word}"),
        one("pre-shared-key local 0|6 {word}"),
        one("pre-shared-key remote {word}"),
        one("pre-shared-key remote 0|6 {word}"),
    ),
    "profile": (
        one("description {rest}"),
        one("match fvrf {word}"),
        *many("match address local {ip}", "match address local {ip6}"),
        *many("match identity remote address {ip} {mask}"),
        *many("match identity remote address {prefix6}"),
        one("identity local address {ip}"),
        one("identity local address {ip6}"),
        *many("authentication remote pre-share", "authentication local pre-share"),
        one("keyring local {name}"),
        one("lifetime {120..86400}"),
        one("dpd {10..3600} {2..60} periodic|on-demand"),
        *many("config-exchange request"),
    ),
    "transform": (one("mode tunnel|transport"),),
    "ipsec-profile": (
        one("description {rest}"),
        one("set security-association lifetime seconds {120..2592000}"),
        one("set transform-set {name}+"),
        one("set pfs"),
        one(f"set pfs {_PFS}"),
        one(f"set pfs {_PFS} pqc {_ADDED}", since=_POST_QUANTUM),
        one(f"set pfs pqc {_ADDED}", since=_POST_QUANTUM),
        one("set ikev2-profile {name}"),
    ),
    "sla": (
        opens("icmp-echo {ip} source-interface {interface}", "sla-echo"),
        opens("icmp-echo {ip6} source-interface {interface}", "sla-echo"),
    ),
    "sla-echo": (
        one("tag {text:128}"),
        one("threshold {0..60000}"),
        one("timeout {0..604800000}"),
        one("frequency {1..604800}"),
    ),
    "track": (one("delay down {0..180} up {0..180}"),),
    "acl": (),
    "acl6": (),
}
"""What each mode knows; the entries of access lists have a grammar of their own."""
