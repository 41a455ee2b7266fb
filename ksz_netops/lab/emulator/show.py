"""What the router shows of its work, derived from its configuration and its peers."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface, ip_interface
from typing import TYPE_CHECKING

from ksz_netops.lab.emulator import lines
from ksz_netops.lab.emulator.associations import sas
from ksz_netops.lab.emulator.entries import V4
from ksz_netops.lab.emulator.peers import value
from ksz_netops.lab.emulator.tree import ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.lab.emulator.router import Router
    from ksz_netops.lab.emulator.tree import Section


def interfaces(router: Router) -> Iterator[tuple[str, Section, bool]]:
    """Every interface with whether it is up."""
    for header, section in router.running.root.lines.items():
        if header.startswith("interface "):
            name = header.split()[1]
            yield name, section, _up(router, name, section)


def _up(router: Router, name: str, section: Section) -> bool:
    if "shutdown" in section.lines or name in router.dead:
        return False
    parent = name.partition(".")[0]
    if parent != name:
        return parent not in router.dead and "shutdown" not in _parent(router, parent).lines
    if name.startswith("Tunnel"):
        return any(each.tunnel == name for each in sas(router))
    if name.startswith("Multilink"):
        return bool(lines.members(router, name)[0])
    if name.startswith("Serial"):
        return lines.carries(router, name)
    return True


def _parent(router: Router, name: str) -> Section:
    return router.running.root.lines[f"interface {name}"]


def ip_brief(router: Router) -> str:
    """`show ip interface brief`."""
    head = "Interface              IP-Address      OK? Method Status                Protocol\n"
    rows = []
    for name, section, up in interfaces(router):
        address = (value(section, "ip address ") or "unassigned").split()[0]
        status = "up" if up else "administratively down"
        rows.append(f"{name:<22} {address:<15} YES NVRAM  {status:<21} {'up' if up else 'down'}\n")
    return head + "".join(rows)


def all_interfaces(router: Router) -> str:
    """`show interfaces`."""
    shown = []
    for name, section, up in interfaces(router):
        if "shutdown" in section.lines:
            state = "administratively down, line protocol is down (disabled)"
        elif name.startswith("Tunnel"):
            state = f"up, line protocol is {'up' if up else 'down'}"
        else:
            state = f"{'up' if up else 'down'}, line protocol is {'up' if up else 'down'}"
        shown.append(f"{name} is {state} \n")
        shown.append("  Hardware is vNIC, address is 0050.56a1.0001 (bia 0050.56a1.0001)\n")
        description = value(section, "description ")
        if description:
            shown.append(f"  Description: {description}\n")
        shown.append("  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,\n")
    return "".join(shown)


def ip_interfaces(router: Router, family: int) -> str:
    """`show ip interface` and `show ipv6 interface`."""
    shown = []
    start = "ip address " if family == V4 else "ipv6 address "
    for name, section, up in interfaces(router):
        address = value(section, start)
        state = "up" if up else "down"
        if family == V4:
            shown.append(f"{name} is {state}, line protocol is {state}\n")
            if address:
                words = address.split()
                shown.append(f"  Internet address is {IPv4Interface('/'.join(words[:2]))}\n")
            for direction, word in (("Outgoing", "out"), ("Inbound ", "in")):
                common = f"{direction.strip()} Common access list is not set"
                shown.append(f"  {common} \n")
                bound = [
                    line.split()[2]
                    for line in section.lines
                    if re.fullmatch(rf"ip access-group \S+ {word}", line)
                ]
                shown.append(f"  {direction} access list is {bound[0] if bound else 'not set'}\n")
        elif address:
            network = ip_interface(address)
            shown.append(f"{name} is {state}, line protocol is {state}\n")
            shown.append("  IPv6 is enabled, link-local address is FE80::1\n")
            shown.append("  Global unicast address(es):\n")
            shown.append(f"    {str(network.ip).upper()}, subnet is {network.network}\n")
    return "".join(shown)


def access_lists(router: Router, family: int) -> str:
    """`show ip access-lists` and `show ipv6 access-list`, with what was counted.

    Remarks are never shown. Lists of IPv6 come by name, and their entries end in their numbers.
    """
    start = "ip access-list extended " if family == V4 else "ipv6 access-list "
    lists = {
        header.removeprefix(start): section
        for header, section in router.running.root.lines.items()
        if header.startswith(start)
    }
    shown = []
    for name in lists if family == V4 else sorted(lists):
        shown.append(f"{'Extended IP' if family == V4 else 'IPv6'} access list {name}\n")
        shown.extend(
            _entry(line, router.hits.get((name, line), 0), family)
            for line in ordered(lists[name])
            if " remark " not in line
        )
    return "".join(shown)


def _entry(line: str, hits: int, family: int) -> str:
    matches = f" ({hits} match{'es' if hits != 1 else ''})" if hits else ""
    if family == V4:
        return f"    {line}{matches}\n"
    _, number, words = line.split(maxsplit=2)
    return f"    {words}{matches} sequence {number}\n"


def policies(router: Router) -> str:
    """`show policy-map interface`."""
    shown = []
    for name, section, _ in interfaces(router):
        for direction in ("input", "output"):
            policy = value(section, f"service-policy {direction} ")
            below = router.running.root.lines.get(f"policy-map {policy}")
            if below is None:
                continue
            shown.append(f" {name} \n\n  Service-policy {direction}: {policy}\n\n")
            for header, limits in below.lines.items():
                if not header.startswith("class "):
                    continue
                shown.append(f"    Class-map: {header.split()[1]} (match-any)  \n")
                shape = value(limits, "shape average ")
                if shape:
                    shown.append(f"      shape (average) cir {shape}, bc 2048, be 2048\n")
                    shown.append(f"      target shape rate {shape}\n")
                police = value(limits, "police cir ")
                if police:
                    rate, _, burst = police.split()
                    shown.append(f"      police:\n          cir {rate} bps, bc {burst} bytes\n")
    return "".join(shown)


def routes(router: Router, destination: str) -> str:
    """`show ip route A.B.C.D`, of the static routes."""
    up = {name for name, _, alive in interfaces(router) if alive} | {"Null0"}
    candidates = []
    for line in router.running.root.lines:
        match = re.match(rf"ip route {re.escape(destination)} 255\.255\.255\.255 (\S+)(.*)", line)
        if match and match[1] in up:
            words = re.sub(r"\b(name|track) \S+", "", match[2]).split()
            distance = next((int(word) for word in words if word.isdecimal()), 1)
            candidates.append((distance, match[1]))
    if not candidates:
        return "% Network not in table\n"
    best = min(distance for distance, _ in candidates)
    ways = "".join(
        f"  * directly connected, via {each}\n" for distance, each in candidates if distance == best
    )
    return (
        f"Routing entry for {destination}/32\n"
        f'  Known via "static", distance {best}, metric 0 (connected)\n'
        f"  Routing Descriptor Blocks:\n{ways}"
    )


def default_route(router: Router, vrf: str) -> str:
    """`show ip route vrf X 0.0.0.0`."""
    if f"vrf definition {vrf}" not in router.running.root.lines:
        return f"% IP routing table {vrf} does not exist\n"
    start = f"ip route vrf {vrf} 0.0.0.0 0.0.0.0 "
    if not any(line.startswith(start) for line in router.running.root.lines):
        return "% Network not in table\n"
    return (
        f"\nRouting Table: {vrf}\nRouting entry for 0.0.0.0/0, supernet\n"
        '  Known via "static", distance 1, metric 0, candidate default path\n'
    )
