"""Which lines of a port or controller of ours matter, whoever typed them.

A router shows much on a port that concerns the cable or its own habits (`negotiation auto`, `no mop
enabled`), and people harden ports. All that is left alone. What can admit packets, divert them or
break the way is compared with the intent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.config.tree import Tree

_WRITTEN: Final = (
    r"description |encapsulation |no ip address$|ip address |ip unnumbered |ipv6 address "
    r"|ipv6 enable|ipv6 unnumbered |ip access-group |ipv6 traffic-filter |ip verify |ipv6 verify "
    r"|service-policy |ip tcp adjust-mss |ipv6 tcp adjust-mss |ppp |tunnel "
)
"""What we write ourselves, in any form."""
_ADMITTING: Final = (
    r"ip directed-broadcast|ip helper-address |ip inspect |ip local-proxy-arp|ip nhrp "
    r"|(?:ip|ipv6) (?:ospf \d+ area|router |rip |eigrp )|isis |standby |vrrp |glbp "
)
_DIVERTING: Final = (
    r"(?:ip )?vrf |ip policy |ipv6 policy |ip nat |nat64 |nat66 |crypto map |xconnect "
    r"|bridge-group |bridge-domain |service instance |ip wccp |ipv6 wccp |zone-member "
    r"|switchport|channel-group |mpls |lisp |ip vrf receive "
)
_BREAKING: Final = (
    r"shutdown$|backup interface |loopback( |$)|rate-limit |traffic-shape |pppoe |dialer "
    r"|ip admission "
)
_MATTERING: Final = re.compile(f"{_WRITTEN}|{_ADMITTING}|{_DIVERTING}|{_BREAKING}")
_MATTERING_BELOW_CONTROLLER: Final = re.compile(
    r"description |channel-group |shutdown$|tdm-group |pri-group |ds0-group |loopback "
)
"""Framing, line code and termination are those of the cable."""


def mattering(header: str, below: Tree) -> Tree:
    """The lines of *below* that decide what passes on the port or controller *header*."""
    form = _MATTERING_BELOW_CONTROLLER if header.startswith("controller ") else _MATTERING
    return {line: nested for line, nested in below.items() if form.match(line)}
