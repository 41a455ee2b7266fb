"""Whether a router can carry what is intended, by read-only commands.

Each lack is one finding with the command that mends it. What was not understood is a lack too,
since nothing was concluded from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms import Lack
from ksz_netops.platforms.ios_xe.config import acl, names
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.vendor.verify import needs_release
from ksz_netops.state.resources import Perimeter, Shaper, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState, Resource

VERSION: Final = "show version"
CLOCK: Final = "show clock"
ARCHIVE: Final = "show archive"
PORTS: Final = "show interfaces"
DEFAULT_ROUTE: Final = f"show ip route vrf {names.FRONT_DOOR} 0.0.0.0"
COMMANDS: Final = (VERSION, CLOCK, ARCHIVE, PORTS, DEFAULT_ROUTE)
"""What is asked besides the running configuration."""
_OLDEST: Final = (17, 1)
"""Older releases do not show the numbers of entries."""
_RELEASE: Final = re.compile(r"\bVersion (\d+)\.(\d+)")
_LEVEL: Final = re.compile(r"^License Level: *(\S*)", re.MULTILINE)
_THROUGHPUT: Final = re.compile(r"throughput level is (\d+) kbps")
_PORT: Final = re.compile(r"^(\S+) is (.+?), line protocol is", re.MULTILINE)


def lacks(answers: Mapping[str, str], running: Tree, intended: DeviceState) -> Iterator[Lack]:
    """What a router lacks for *intended*.

    Args:
        answers: What it said to each of `COMMANDS`; one that it refused is absent.
        running: Its running configuration.
        intended: What it must carry.
    """
    new = rendered(intended)
    yield from _release(answers.get(VERSION, ""), new)
    if any(isinstance(each, Tunnel) for each in intended):
        yield from _crypto(answers, running, intended)
    yield from _rates(answers.get(VERSION, ""), intended)
    yield from _routing(running, new)
    yield from _management(answers, running)
    yield from _ports(answers.get(PORTS, ""), running, new)


def _release(shown: str, new: Tree) -> Iterator[Lack]:
    found = _RELEASE.search(re.sub(r"Version BLD_\S+", "", shown))
    if found is None:
        yield Lack(what="its release was not understood", fix=f"type `{VERSION}` on the router")
        return
    release = int(found[1]), int(found[2])
    if "Cisco IOS XE Software" not in shown:
        yield Lack(what="it is no IOS-XE router", fix="choose another platform for this hub")
        return
    needed = {_OLDEST: "numbers of access-list entries", **needs_release(new)}
    for least, line in needed.items():
        if release < least:
            yield Lack(
                what=f"it runs {release[0]}.{release[1]}, and '{line}' needs {least[0]}.{least[1]}",
                fix=f"install IOS-XE {least[0]}.{least[1]} or later, or choose another profile",
            )


def _crypto(answers: Mapping[str, str], running: Tree, intended: DeviceState) -> Iterator[Lack]:
    level = _LEVEL.search(answers.get(VERSION, ""))
    if level and not level[1]:
        yield Lack(
            what="no licence level is set, so that it has no crypto commands",
            fix="license boot level network-advantage addon dna-advantage; write memory; reload",
        )
    yield from _front_door(running, intended)
    if "% " in answers.get(DEFAULT_ROUTE, "% ").splitlines()[0]:
        yield Lack(
            what=f"VRF {names.FRONT_DOOR} has no default route",
            fix=f"ip route vrf {names.FRONT_DOOR} 0.0.0.0 0.0.0.0 <gateway>",
        )
    if "password encryption aes" not in running:
        yield Lack(
            what="pre-shared keys would be kept in clear",
            fix="key config-key password-encrypt <master key>; password encryption aes",
        )
    for kind in ("policy", "proposal"):
        if f"no crypto ikev2 {kind} default" not in running:
            yield Lack(
                what=f"the default IKEv2 {kind} is still there",
                fix=f"no crypto ikev2 {kind} default",
            )
    if any(_is_post_quantum(each) for each in intended) and not any(
        line.startswith("crypto ikev2 fragmentation") for line in running
    ):
        yield Lack(
            what="post-quantum key exchanges do not fit into one packet, and IKE is not fragmented",
            fix="crypto ikev2 fragmentation mtu 1400",
        )
    loopback = running.get(f"interface {names.UNNUMBERED}", {})
    if not any(line.startswith("ip address ") for line in loopback):
        yield Lack(
            what=f"{names.UNNUMBERED} has no address for tunnels to borrow",
            fix=f"interface {names.UNNUMBERED}; ip address <address> 255.255.255.255",
        )


def _is_post_quantum(resource: Resource) -> bool:
    return isinstance(resource, Tunnel) and any(
        "mlkem" in words for words in resource.crypto.ike_proposals
    )


def _front_door(running: Tree, intended: DeviceState) -> Iterator[Lack]:
    """The VRF of the internet port; `match fvrf` needs its IPv4 family, also for IPv6 peers."""
    vrf = running.get(f"vrf definition {names.FRONT_DOOR}")
    families = {each.peer.version for each in intended if isinstance(each, Tunnel)} | {acl.V4}
    for family in sorted(families):
        if vrf is None or f"address-family ipv{family}" not in vrf:
            yield Lack(
                what=f"VRF {names.FRONT_DOOR} has no address family ipv{family}",
                fix=f"vrf definition {names.FRONT_DOOR}; address-family ipv{family}",
            )
    for each in intended:
        if isinstance(each, Perimeter) and each.internet:
            port = names.interface(each.internet)
            if f"vrf forwarding {names.FRONT_DOOR}" not in running.get(f"interface {port}", {}):
                yield Lack(
                    what=f"the internet port {port} is not in VRF {names.FRONT_DOOR}",
                    fix=f"interface {port}; vrf forwarding {names.FRONT_DOOR}; type its addresses "
                    "again",
                )


def _rates(shown: str, intended: DeviceState) -> Iterator[Lack]:
    limit = _THROUGHPUT.search(shown)
    sold = sum(rate for each in intended if isinstance(each, Shaper) for _, rate in each.rates_kbps)
    if limit and int(limit[1]) < sold:
        yield Lack(
            what=f"its throughput level is {limit[1]} kbit/s, and {sold} are sold",
            fix="license a higher level; platform hardware throughput level MB <level>",
        )


def _routing(running: Tree, new: Tree) -> Iterator[Lack]:
    if "no ip routing" in running:
        yield Lack(what="it does not forward IPv4", fix="ip routing")
    six = any(
        header.startswith(("ipv6 ", "object-group v6-")) or _carries_six(below)
        for header, below in new.items()
        if not header.startswith(("ipv6 access-list KSZ-HUB", "object-group v6-network KSZ-HUB"))
    )
    if six and "ipv6 unicast-routing" not in running:
        yield Lack(what="it does not forward IPv6", fix="ipv6 unicast-routing")


def _carries_six(below: Tree) -> bool:
    return any(line.startswith(("ipv6 address ", "ipv6 enable")) for line in below)


def _management(answers: Mapping[str, str], running: Tree) -> Iterator[Lack]:
    if "next archive file will be named" not in answers.get(ARCHIVE, ""):
        yield Lack(
            what="its archive has no path, so that no change could be undone by a timer",
            fix="archive; path bootflash:archive; maximum 10",
        )
    for line in ("ip scp server enable", "file prompt quiet"):
        if line not in running:
            yield Lack(what=f"'{line}' is missing", fix=line)
    if "aaa new-model" in running and not any(
        line.startswith("aaa authorization exec ") for line in running
    ):
        yield Lack(
            what="SCP needs authorisation of exec sessions, and none is configured",
            fix="aaa authorization exec default local",
        )
    if answers.get(CLOCK, "*").lstrip().startswith("*"):
        yield Lack(what="its clock was never set", fix="ntp server <address>")


def _ports(shown: str, running: Tree, new: Tree) -> Iterator[Lack]:
    states = dict(_PORT.findall(shown))
    seen = set()
    for header in new:
        if header.startswith("controller ") and header not in running:
            slot = header.split()[2].split("/")
            yield Lack(
                what=f"there is no {header}", fix=f"card type e1 {' '.join(slot[:-1])}; reload"
            )
        if not header.startswith("interface ") or re.match(
            r"interface (?:Tunnel|Multilink|Serial)", header
        ):
            continue
        parent = header.split()[1].partition(".")[0]
        if parent in seen:
            continue
        seen.add(parent)
        if parent not in states:
            yield Lack(what=f"there is no port {parent}", fix="choose a port that it has")
        elif states[parent] == "administratively down" and f"interface {parent}" not in new:
            yield Lack(what=f"port {parent} is shut", fix=f"interface {parent}; no shutdown")


def ask(show: Callable[[str], str | None]) -> dict[str, str]:
    """The answers to `COMMANDS`; what the router refuses is left out."""
    answers = {command: show(command) for command in COMMANDS}
    return {command: answer for command, answer in answers.items() if answer is not None}
