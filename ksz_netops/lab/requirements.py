"""What the lab asks of the machine, found out by trying."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.namespaces import COMMAND_LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAMS: Final = {
    "/usr/bin/nsenter": "util-linux",
    "/usr/bin/unshare": "util-linux",
    "/usr/bin/python3": "python3",
    "/usr/lib/ipsec/charon": "strongswan-charon",
    "/usr/sbin/ip": "iproute2",
    "/usr/sbin/nft": "nftables",
    "/usr/sbin/sshd": "openssh-server",
    "/usr/sbin/swanctl": "strongswan-swanctl",
    "/usr/sbin/tc": "iproute2",
}
"""Where Debian puts each program, and the package that brings it."""

_SCRIPT: Final = r"""
probe() {
  name=$1
  shift
  if said=$("$@" 2>&1); then echo "$name"; else echo "$name: $(echo $said)"; fi
}
overlay() {
  mount -t tmpfs tmpfs /run
  mkdir /run/low /run/up /run/work /run/all
  mount -t overlay -o lowerdir=/run/low,upperdir=/run/up,workdir=/run/work overlay /run/all
}
tun() { [ -c /dev/net/tun ] && ip tuntap add dev tun0 mode tun; }
probe overlay overlay
probe veth ip link add va type veth peer name vb
probe bridge ip link add name br0 type bridge
probe tun tun
probe nftables nft add table inet probe
probe htb tc qdisc add dev va root handle 1: htb
probe vlan ip link add link va name va.2 type vlan id 2
probe esp ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x101 mode tunnel \
  enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff
probe xfrm ip link add xf type xfrm dev va if_id 9
"""
"""Each probe that succeeds prints its name; one that fails, its name and what was said."""

_NEEDED: Final[Mapping[str, str]] = {
    "overlay": "`modprobe overlay`, or run outside of a container that forbids mounting",
    "veth": "`modprobe veth`, or give the container the capability NET_ADMIN",
    "bridge": "`modprobe bridge`",
    "tun": "`modprobe tun`, or give the container the device /dev/net/tun",
    "nftables": "`modprobe nf_tables`",
    "htb": "`modprobe sch_htb`",
}
"""What grants each thing that the lab cannot do without."""


class Esp(StrEnum):
    """Which code en- and decrypts ESP on this machine."""

    KERNEL = "kernel"
    LIBIPSEC = "libipsec"
    """strongSwan's own, in user space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What this machine's kernel can do for the lab beyond the necessary."""

    esp: Esp
    vlan: bool


def abilities() -> Abilities:
    """Tries everything that the lab will do, in namespaces that are gone afterwards.

    Raises:
        LabError: With every probe that failed and what would grant it.
    """
    if sys.platform != "linux":
        raise LabError(
            _lacks("linux", f"this is {sys.platform}", "run the lab on Linux, in a machine or a VM")
        )
    missing = {program: package for program, package in _PROGRAMS.items() if not _there(program)}
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        raise LabError(
            _lacks("programs", f"no {', '.join(missing)}", f"`apt-get install {packages}`")
        )
    if os.geteuid() != 0:
        raise LabError(
            _lacks("root", f"this is user {os.geteuid()}", "run it as root, for example with sudo")
        )
    return judge(_probe())


def judge(seen: Mapping[str, str]) -> Abilities:
    """What the outcome of each probe means; empty is success, else it is what was said.

    Raises:
        LabError: If something is missing that the lab cannot do without.
    """
    problems = [
        _lacks(name, seen.get(name, "it was not tried"), grant)
        for name, grant in _NEEDED.items()
        if seen.get(name, "?")
    ]
    if problems:
        raise LabError(problems)
    # The kernel's ESP is of use to the sites only with interfaces of its own, which carry the
    # preference between a tunnel and a line.
    kernel = seen.get("esp") == "" and seen.get("xfrm") == ""
    return Abilities(esp=Esp.KERNEL if kernel else Esp.LIBIPSEC, vlan=seen.get("vlan") == "")


def _there(program: str) -> bool:
    return os.access(program, os.X_OK)


def _probe() -> dict[str, str]:
    done = subprocess.run(  # noqa: S603 - a fixed program and script
        [
            *("/usr/bin/unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork"),
            *("--kill-child=SIGKILL", "--mount-proc", "/bin/sh", "-c", _SCRIPT),
        ],
        text=True,
        capture_output=True,
        check=False,
        timeout=COMMAND_LIMIT_S,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
    )
    if done.returncode and not done.stdout:
        raise LabError(
            _lacks(
                "namespaces",
                done.stderr.strip(),
                "run outside of a container, or give it the capability SYS_ADMIN",
            )
        )
    outcomes = (line.partition(": ") for line in done.stdout.splitlines())
    return {name: (said or "it failed") if separator else "" for name, separator, said in outcomes}


def _lacks(probe: str, said: str, grant: str) -> Problem:
    return Problem(code="KSZ501", what=f"the lab's probe `{probe}` failed: {said}", fix=grant)
