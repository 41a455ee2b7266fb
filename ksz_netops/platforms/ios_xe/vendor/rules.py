"""What a router refuses of a section as a whole, in the words in which it does.

Sources: the `must` statements of the vendor's models 17.18.1 and their error messages; the order of
threshold, timeout and frequency was seen on a running image (IOL 17.15).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_INCOMPLETE: Final = (
    "IKEv2 proposal MUST have (non-GCM encryption, integrity, group) "
    "or (GCM encryption, prf, group)"
)


def breaches(whole: Tree) -> Iterator[tuple[str, str]]:
    """The header and the router's words, for each section of *whole* that it would refuse."""
    for header, below in whole.items():
        for words in _of_section(header, below, whole):
            yield header, words


def _of_section(header: str, below: Tree, whole: Tree) -> Iterator[str]:
    if header.startswith("crypto ikev2 proposal "):
        yield from proposal(below)
    elif header.startswith("crypto ikev2 policy "):
        if not any(line.startswith("proposal ") for line in below):
            yield "IKEv2 policy MUST have at least one complete proposal attached"
    elif header.startswith("crypto ikev2 profile "):
        yield from _profile(below)
    elif header.startswith("ip sla schedule "):
        operation = whole.get(f"ip sla {header.split()[3]}")
        if operation is None:
            yield "Entry not configured"
        else:
            yield from schedule(operation)
    elif header.startswith("interface "):
        yield from interface(header, below)
        for line in below:
            name = line.removeprefix("service-policy input ")
            if name != line:
                yield from inbound_policy(whole.get(f"policy-map {name}", {}))


def proposal(below: Tree) -> Iterator[str]:
    """What is wrong with an IKEv2 proposal."""
    said = {line.split()[0]: line.split()[1:] for line in below}
    ciphers = said.get("encryption", [])
    gcm = [each for each in ciphers if "gcm" in each]
    if gcm and len(gcm) != len(ciphers):
        yield "Proposal cannot have a mix of GCM and non-GCM encryption"
        return
    needed = ("prf", "group") if gcm else ("integrity", "group")
    if not ciphers or not all(said.get(each) for each in needed):
        yield _INCOMPLETE
    if gcm and said.get("integrity"):
        yield "Integrity is not allowed with GCM encryption"


def _profile(below: Tree) -> Iterator[str]:
    for start in ("match identity remote ", "authentication local ", "authentication remote "):
        if not any(line.startswith(start) for line in below):
            yield f"IKEv2 profile MUST have '{start.strip()}'"


def schedule(operation: Tree) -> Iterator[str]:
    """Why an operation may not be scheduled: threshold ≤ timeout ≤ frequency."""
    for nested in operation.values():
        said = {line.split()[0]: line.split()[1] for line in nested}
        threshold = int(said.get("threshold", "5000"))
        timeout = int(said.get("timeout", "5000"))
        frequency = int(said.get("frequency", "60")) * 1000
        if threshold > timeout:
            yield (
                f"%Scheduling a probe with threshold {threshold} ms greater than timeout "
                f"{timeout} ms is not allowed."
            )
        if timeout > frequency:
            yield (
                f"%Scheduling a probe with timeout {timeout} ms greater than frequency "
                f"{frequency} ms is not allowed."
            )


def interface(header: str, below: Tree) -> Iterator[str]:
    """What is wrong with the lines of an interface among themselves."""
    name = header.split()[1]
    addressed = any(re.match(r"ip(?:v6)? address \S*\d", line) for line in below)
    if "." in name and addressed and not any(each.startswith("encapsulation ") for each in below):
        yield (
            "% Configuring IP routing on a LAN subinterface is only allowed if that subinterface "
            "is already configured as part of an IEEE 802.10, 802.1Q, or ISL vLAN."
        )
    is_member = any(each.startswith("ppp multilink group ") for each in below)
    if name.startswith("Serial") and is_member and "encapsulation ppp" not in below:
        yield "% A member of a multilink group needs encapsulation ppp"
    policies = [each for each in below if each.startswith("tunnel protection ipsec policy ")]
    if len({each.split()[4] for each in policies}) > 1:
        yield "% Only one of an IPv4 and an IPv6 policy is allowed"
    if policies and not any(each.startswith("tunnel protection ipsec profile ") for each in below):
        yield "% A protection policy needs a protection profile"


def inbound_policy(policy: Tree) -> Iterator[str]:
    """Why a policy may not be attached inwards."""
    for nested in policy.values():
        if any(
            line.startswith(("shape ", "bandwidth ", "priority", "queue-limit")) for line in nested
        ):
            yield "shape command is not supported in input direction for this interface"
            return
