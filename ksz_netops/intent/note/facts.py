"""What the source note says, sentence by sentence, for rules and advice to cite.

The note is KSZ, "Methods of connection to the extranet", August 2016; the last fact is from KSZ's
public page on access to the network. Rules, advice and tests name facts by their keys.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FACTS: Final[dict[str, str]] = {
    "explore-existing": (
        "Partners who already have Explore of Proximus ask Proximus for a circuit to Smals."
    ),
    "explore-lead-time": "A circuit of Explore takes about four weeks.",
    "explore-otherwise": (
        "For others Explore only makes sense if it also serves other projects, or if the "
        "connection leaves the Brussels-Capital Region."
    ),
    "line-preferred": (
        "A direct line is preferred: best bandwidth, best service, and an authentication guarantee "
        "without heavy security measures."
    ),
    "line-operators": (
        "Proximus and Colt are already on the extranet with an evolving, redundant infrastructure."
    ),
    "line-rates": "A leased line is one or two lines of 2 Mbps.",
    "line-lead-time": "A leased line takes at least six weeks.",
    "line-others": (
        "Versatel, SNCB Telecom, Mobistar, Brutélé, Telenet and others deliver one or two 2 Mbps "
        "lines as structured E1."
    ),
    "line-assessment": (
        "With another operator the partner must itself assess the availability: redundancy, "
        "stability."
    ),
    "network-members": (
        "FedMan, Publilink, Vera, Telenet, WIN and Irisnet have a direct connection and offer it "
        "to their members."
    ),
    "network-modest": (
        "A private network is for those whose volume, availability or budget does not justify a "
        "line."
    ),
    "vpn-role": "An IPsec LAN-to-LAN tunnel over the internet takes over the role of a line.",
    "vpn-needs": "It needs broadband and equipment that speaks IPsec.",
    "vpn-own-equipment": (
        "Each party configures its own equipment, in consultation with the other."
    ),
    "vpn-capacity": "The capacity of a tunnel is sold in steps of 128 kbps.",
    "vpn-effort": (
        "If the tunnel is not up within a reasonable term, for example three man-days, "
        "alternatives are considered with the partner."
    ),
    "sftp": (
        "A file server of the extranet is reachable over the internet with any SFTP client, after "
        "notification of an access key."
    ),
    "one-address": "Every partner presents itself with one single official IP address.",
    "helpdesk": (
        "Every partner has a helpdesk that manages the service and is the technical contact."
    ),
    "two-steps": (
        "Access comes in two steps: first a physical connection, then an authorisation, after "
        "which flows are opened in the firewalls."
    ),
}

EXPLORE_LEAD_TIME: Final = timedelta(weeks=4)
"""`explore-lead-time`: about."""
LINE_LEAD_TIME: Final = timedelta(weeks=6)
"""`line-lead-time`: at least."""
LINE_RATE_KBPS: Final = 2000
"""`line-rates`: of each of one or two lines."""
EFFORT_LIMIT_DAYS: Final = 3
"""`vpn-effort`: man-days, by way of example."""
