"""Puts a packet into a partner's tunnel that the partner's own IPsec would refuse to send.

A dishonest partner holds the keys of its tunnel and can encrypt what it likes. In user space the
lab does the same with the keys that the site's charon logs; in the kernel it gives the site a
policy for the foreign source.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.machines import CHARON_LOG, CHARON_SOCKET
from ksz_netops.lab.packets import Sa
from ksz_netops.lab.probes import inject
from ksz_netops.lab.programs.keeper import Vici

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.lab.packets import Packet

_DUMP: Final = r"(?:\S+ \d+\[CHD\] +\d+: (?:[0-9A-F]{2} )+ .*\n)+"
_OCTETS: Final = re.compile(r"\[CHD\] +\d+: ((?:[0-9A-F]{2} )+)")


@dataclass(frozen=True, slots=True)
class Child:
    """An installed child SA, as the site's charon reports it."""

    ike: dict[str, Any]
    values: dict[str, Any]


def installed(site: Inside) -> tuple[Child, ...]:
    """The child SAs that *site* can send through; none where charon does not answer."""
    try:
        with Vici(str(site.path(CHARON_SOCKET))) as charon:
            events = charon.stream("list-sas", "list-sa")
    except OSError:
        return ()
    return tuple(
        Child({**ike, "name": name}, child)
        for event in events
        for name, ike in event.items()
        for child in ike["child-sas"].values()
        if child["state"] == "INSTALLED"
    )


def inject_sealed(site: Inside, tunnel: str, packet: Packet, mac: str, filler: Packet) -> None:
    """Sends *packet* encrypted through *tunnel*, over the site's `wan0` to the hub's *mac*.

    It takes the sequence number that is the site's next, for which the hub refuses the site's own
    packet later; *filler*, sent at once by the site's own IPsec, is that packet.

    Raises:
        LabError: If the tunnel is down or its keys are not to be had.
    """
    child = _child(site, tunnel)
    sa = _keys(site, child)
    inject(site, "wan0", sa.wrap(packet.octets(), int(child.values["packets-out"]) + 1), mac)
    inject(site, "ipsec0", filler.octets(), None)


@contextmanager
def foreign_policy(site: Inside, tunnel: str, device: str, packet: Packet) -> Iterator[None]:
    """Lets the site's kernel encrypt *packet* as if it were the partner's own.

    Raises:
        LabError: If the tunnel is down.
    """
    child = _child(site, tunnel)
    bits = packet.source.max_prefixlen
    selector = (
        *("src", f"{packet.source}/{bits}", "dst", f"{packet.destination}/{bits}"),
        *("dir", "out", "if_id", str(int(device.removeprefix("ipsec")) + 1)),
    )
    template = (
        *("priority", "1", "tmpl", "src", child.ike["local-host"]),
        *("dst", child.ike["remote-host"], "proto", "esp"),
        *("reqid", child.values["reqid"], "mode", "tunnel"),
    )
    site.run("/usr/sbin/ip", "xfrm", "policy", "add", *selector, *template)
    try:
        yield
    finally:
        site.run("/usr/sbin/ip", "xfrm", "policy", "delete", *selector)


def _child(site: Inside, tunnel: str) -> Child:
    for child in installed(site):
        if child.ike["name"] == tunnel:
            return child
    raise LabError(
        Problem(
            code="KSZ511",
            what=f"tunnel {tunnel} of {site.name} is not up",
            fix=f"provision the hub, or see {CHARON_LOG} of both ends",
        )
    )


def _keys(site: Inside, child: Child) -> Sa:
    spi = child.values["spi-out"]
    role = "initiator" if child.ike["initiator"] == "yes" else "responder"
    log = site.path(CHARON_LOG).read_text(errors="replace")
    before, found, _ = log.rpartition(f"SPI 0x{spi}, src {child.ike['local-host']} ")
    dumps = re.findall(rf"encryption {role} key => \d+ bytes @ \S+\n({_DUMP})", before)
    if not found or not dumps or child.values["encr-alg"] != "AES_GCM_16":
        raise LabError(
            Problem(
                code="KSZ511",
                what=f"the lab does not know the keys of {child.ike['name']} of {site.name}",
                fix="end the SA with `swanctl --terminate` on the site; it comes up anew",
            )
        )
    source, destination = (ip_address(child.ike[end]) for end in ("local-host", "remote-host"))
    if not isinstance(source, IPv4Address) or not isinstance(destination, IPv4Address):
        raise TypeError(source)
    return Sa(
        source=source,
        destination=destination,
        spi=int(spi, 16),
        key=bytes.fromhex("".join(_OCTETS.findall(dumps[-1]))),
    )
