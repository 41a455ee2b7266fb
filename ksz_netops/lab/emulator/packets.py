"""What an access list of the router does to one packet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from ksz_netops.lab.emulator.tree import Section

_NUMBERED: Final = {
    "www": 80, "bgp": 179, "telnet": 23, "smtp": 25, "domain": 53, "ftp": 21, "ftp-data": 20,
    "pop3": 110, "cmd": 514, "lpd": 515, "bootps": 67, "bootpc": 68, "tftp": 69, "ntp": 123,
    "snmp": 161, "snmptrap": 162, "isakmp": 500, "syslog": 514, "non500-isakmp": 4500,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """The first packet of an exchange."""

    protocol: str
    source: IPv4Address | IPv6Address
    destination: IPv4Address | IPv6Address
    port: int | None = None

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.source.version


def access_list(root: Section, name: str) -> Section | None:
    """The list called *name*, or None where it is not defined."""
    for start in ("ip access-list extended ", "ipv6 access-list "):
        if f"{start}{name}" in root.lines:
            return root.lines[f"{start}{name}"]
    return None


def deciding(root: Section, name: str, packet: Packet) -> tuple[bool, str | None]:
    """Whether list *name* lets *packet* pass, and the entry that said so.

    An undefined or empty list lets everything pass, as on the router.
    """
    found = access_list(root, name)
    lines = [] if found is None else [line for line in found.lines if " remark " not in line]
    if found is None or not lines:
        return True, None
    for line in sorted(lines, key=lambda each: int(re.search(r"\d+", each)[0])):  # type: ignore[index]
        if _matches(root, line, packet):
            return " permit " in f" {line} ", line
    return False, None


def _matches(root: Section, line: str, packet: Packet) -> bool:
    words = re.sub(r"^(?:sequence )?\d+ (?:permit|deny) +", "", line).split()
    protocol = words.pop(0)
    if protocol not in {"ip", "ipv6", packet.protocol}:
        return False
    if not _holds(root, words, packet.source):
        return False
    if not _port(words, None):
        return False
    if not _holds(root, words, packet.destination):
        return False
    if not _port(words, packet.port):
        return False
    return "established" not in words and "echo-reply" not in words


def _holds(root: Section, words: list[str], address: IPv4Address | IPv6Address) -> bool:
    first = words.pop(0)
    if first == "any":
        return True
    if first == "host":
        return ip_address(words.pop(0)) == address
    if first == "object-group":
        return any(address in network for network in members(root, words.pop(0)))
    if "/" in first:
        return address in ip_network(first)
    return address in ip_network(f"{first}/{words.pop(0)}")


def members(root: Section, group: str) -> list[IPv4Network | IPv6Network]:
    """The networks of an object group."""
    found: list[IPv4Network | IPv6Network] = []
    for kind in ("network", "v6-network"):
        section = root.lines.get(f"object-group {kind} {group}")
        for line in section.lines if section else ():
            words = line.split()
            if words[0] == "description":
                continue
            found.append(ip_network(words[1] if words[0] == "host" else "/".join(words)))
    return found


def _port(words: list[str], port: int | None) -> bool:
    """Takes a port condition off *words*, if one stands there, and says whether it holds."""
    if not words or words[0] not in {"eq", "gt", "lt", "neq", "range"}:
        return True
    kind = words.pop(0)
    low = _number(words.pop(0))
    high = _number(words.pop(0)) if kind == "range" else low
    if port is None:
        return False
    return {
        "eq": port == low,
        "neq": port != low,
        "gt": port > low,
        "lt": port < low,
        "range": low <= port <= high,
    }[kind]


def _number(word: str) -> int:
    return _NUMBERED.get(word) or int(word)
