"""Exact proof that a filter admits a partner's one official address alone, and only where it may.

A filter is a list of `Rule`, first match wins, as a device reads it. `within` proves it or answers
with a packet that passes and must not; `prove_hub` does so for every partner of a hub, from the
filters that were read back. Pure: no device, no clock, no template.
"""

from __future__ import annotations

from ksz_netops.proof.claims import Certificate, Judgement, Leak, Unproven, missing, within
from ksz_netops.proof.hub import blast_radius, permit_changes, prove_hub, rules_of
from ksz_netops.proof.openings import Doubt, Opening, Openings
from ksz_netops.proof.packets import PacketSet
from ksz_netops.proof.rules import EVERYWHERE, Action, Packet, Rule, allowance, rule_for

__all__ = [
    "EVERYWHERE",
    "Action",
    "Certificate",
    "Doubt",
    "Judgement",
    "Leak",
    "Opening",
    "Openings",
    "Packet",
    "PacketSet",
    "Rule",
    "Unproven",
    "allowance",
    "blast_radius",
    "missing",
    "permit_changes",
    "prove_hub",
    "rule_for",
    "rules_of",
    "within",
]
