"""What a router shows of its work, read into observations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl, names
from ksz_netops.platforms.ios_xe.observe import e1
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.observations import (
    ChildStatus,
    Counter,
    Observations,
    PortStatus,
    TunnelStatus,
)
from ksz_netops.state.resources import Handoff, Perimeter, Tunnel, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState, IPNetwork

COMMANDS: Final = (
    "show interfaces",
    "show crypto ikev2 sa detailed",
    "show crypto ipsec sa",
    "show ip access-lists",
    "show ipv6 access-list",
)
READ: Final = (
    "show running-config",
    "show startup-config",
    *COMMANDS,
    e1.CONTROLLERS,
    e1.BUNDLES,
)
"""All that one reading of a router may ask; the last two only where it has digital lines."""
_ENCRYPTION: Final = {"AES-GCM": "AES_GCM_16", "AES-CBC": "AES_CBC"}
_GROUPS: Final = {
    "14": "MODP_2048",
    "15": "MODP_3072",
    "16": "MODP_4096",
    "19": "ECP_256",
    "20": "ECP_384",
    "21": "ECP_521",
}
_HASHES: Final = {"SHA256": "SHA2_256", "SHA384": "SHA2_384", "SHA512": "SHA2_512"}
_TRUNCATED: Final = {
    "SHA2_256": "HMAC_SHA2_256_128",
    "SHA2_384": "HMAC_SHA2_384_192",
    "SHA2_512": "HMAC_SHA2_512_256",
}
_IKE: Final = re.compile(
    r"^\d+ +(?P<local>\S+)/\d+ +(?P<peer>\S+)/\d+ +\S+ +(?P<status>[A-Z_-]+) *\n"
    r" +Encr: (?P<cipher>[\w-]+), keysize: (?P<bits>\d+), PRF: (?P<prf>\w+), "
    r"Hash: (?P<hash>\w+), DH Grp:(?P<group>\d+)(?P<rest>.*)\n"
    r"(?P<below>(?: +.*\n)*)",
    re.MULTILINE,
)
_CHILD: Final = re.compile(
    r"local +ident \(addr/mask/prot/port\): \((?P<local>[^/]+)/(?P<lmask>[^/]+)/.*\n"
    r" +remote ident \(addr/mask/prot/port\): \((?P<remote>[^/]+)/(?P<rmask>[^/]+)/.*\n"
    r"(?P<below>(?:(?! +(?:protected vrf|local +ident)| *interface: ).*\n)*)"
)
_TRANSFORMS: Final = {
    "esp-gcm": "AES_GCM_16-128",
    "esp-gcm-256": "AES_GCM_16-256",
    "esp-aes": "AES_CBC-128",
    "esp-256-aes": "AES_CBC-256",
    "esp-aes-256": "AES_CBC-256",
    "esp-sha256-hmac": "HMAC_SHA2_256_128",
    "esp-sha384-hmac": "HMAC_SHA2_384_192",
    "esp-sha512-hmac": "HMAC_SHA2_512_256",
}


def observed(show: Callable[[str], str], state: DeviceState, own: Tree) -> Observations:
    """What *show* answers about a router that holds *state* by the lines *own*."""
    answers = {command: f"{show(command)}\n" for command in COMMANDS}
    lists = answers["show ip access-lists"] + answers["show ipv6 access-list"]
    admitted, dropped = _counters(lists, own)
    return Observations(
        tunnels=tuple(_tunnels(answers, own)),
        ports=tuple(_ports(answers["show interfaces"], state)),
        lines=e1.of_lines(show, state),
        bundles=e1.of_bundles(show, state),
        admitted=admitted,
        dropped=dropped,
    )


def _ports(shown: str, state: DeviceState) -> Iterator[PortStatus]:
    up = {
        name: line == protocol == "up"
        for name, line, protocol in re.findall(
            r"^(\S+) is (.+?), line protocol is (\w+)", shown, re.MULTILINE
        )
    }
    wanted: dict[str, str] = {}
    for each in state:
        if isinstance(each, Handoff):
            wanted[str(each.port)] = names.interface(each.port)
        elif isinstance(each, Perimeter):
            sides = (each.management, each.extranet, each.internet)
            wanted |= {str(port): names.interface(port) for port in sides if port}
        elif isinstance(each, Tunnel):
            wanted[str(TunnelEnd(each.number))] = f"Tunnel{each.number}"
    for port, interface in sorted(wanted.items()):
        yield PortStatus(name=port, exists=interface in up, up=up.get(interface, False))


def _tunnels(answers: dict[str, str], own: Tree) -> Iterator[TunnelStatus]:
    """Our IKE SAs, found by their peer."""
    peers: dict[str, tuple[str, str]] = {}
    for header, below in own.items():
        if header.startswith("interface Tunnel"):
            tokens = [each for each in map(names.token_in, below) if each]
            destination = [line.split()[-1] for line in below if line.startswith("tunnel dest")]
            if tokens and destination:
                peers[destination[0]] = (tokens[0], header.split()[1])
    children = _children(answers["show crypto ipsec sa"])
    for found in _IKE.finditer(answers["show crypto ikev2 sa detailed"]):
        if found["peer"] not in peers:
            continue
        token, interface = peers[found["peer"]]
        identity = re.search(r"Remote id: (\S+)", found["below"])
        yield TunnelStatus(
            token=token,
            established=found["status"] == "READY",
            peer=read_address(found["peer"]),
            peer_identity=identity[1] if identity else "",
            algorithms=_ike_algorithms(found),
            children=tuple(children.get(interface, ())),
        )


def _ike_algorithms(found: re.Match[str]) -> str:
    cipher = f"{_ENCRYPTION.get(found['cipher'], found['cipher'])}-{found['bits']}"
    hashed = _HASHES.get(found["hash"].upper())
    words = [cipher]
    if hashed:
        words.append(_TRUNCATED[hashed])
    words.append(f"PRF_HMAC_{_HASHES.get(found['prf'].upper(), found['prf'])}")
    words.append(_GROUPS.get(found["group"], f"group {found['group']}"))
    pqc = re.search(r"PQC Key Exchange: *(\S+)", found["rest"] + found["below"])
    if pqc:
        words.append(_additional("1", pqc[1]))
    return "/".join(words)


def _additional(number: str, exchange: str) -> str:
    """An additional key exchange (RFC 9370) in the words of an SA."""
    size = re.fullmatch(r"ml-?kem-?(\d+)", exchange, re.IGNORECASE)
    return f"KE{number}_ML_KEM_{size[1]}" if size else f"KE{number}_{exchange}"


def _children(shown: str) -> dict[str, list[ChildStatus]]:
    """The child SAs by interface."""
    found: dict[str, list[ChildStatus]] = {}
    for part in re.split(r"^ *interface: ", shown, flags=re.MULTILINE)[1:]:
        interface = part.split(None, 1)[0]
        for child in _CHILD.finditer(part):
            below = child["below"]
            transform = re.search(r"transform: (.+?) *,? *$", below, re.MULTILINE)
            active = re.search(r"Status: (\w+)", below)
            state = active[1] if active else "none"
            found.setdefault(interface, []).append(
                ChildStatus(
                    installed=state == "ACTIVE" and transform is not None,
                    state=state,
                    local=(_network(child["local"], child["lmask"]),),
                    remote=(_network(child["remote"], child["rmask"]),),
                    algorithms=_esp_algorithms(transform[1] if transform else "", below),
                    packets_in=_count(below, "decaps"),
                    packets_out=_count(below, "encaps"),
                )
            )
    return found


def _network(address: str, mask: str) -> IPNetwork:
    return read_network(f"{address}/{mask}", strict=False)


def _count(below: str, what: str) -> int:
    found = re.search(rf"#pkts {what}: (\d+)", below)
    return int(found[1]) if found else 0


def _esp_algorithms(transform: str, below: str) -> str:
    words = [_TRANSFORMS.get(word, word) for word in transform.replace(",", " ").split()]
    group = re.search(r"PFS \(Y/N\): Y, DH group: group(\d+)", below)
    if group:
        words.append(_GROUPS.get(group[1], f"group {group[1]}"))
        added = re.findall(r"\bAKE(\d): *([\w-]+)", below)
        words += [_additional(number, exchange) for number, exchange in added]
    return "/".join(words)


def _counters(
    shown: str, own: Tree
) -> tuple[tuple[tuple[str, Counter], ...], tuple[tuple[str, Counter], ...]]:
    """What partners' entries let in, and what the last entries refused; packets only."""
    owners = _blocks(own)
    admitted: dict[str, int] = {}
    dropped = {"unauthorised": 0, "untunnelled": 0}
    name = ""
    for line in shown.splitlines():
        header = re.match(r"(?:Extended IP|IPv6) access list (\S+)", line)
        if header:
            name = header[1]
            continue
        entry = line.strip()
        number = acl.number_of(entry)
        hits = re.search(r"\((\d+) match(?:es)?\)", entry)
        if number is None or not re.search(r"-(?:IN|WAN)6?$", name):
            continue
        count = int(hits[1]) if hits else 0
        if number == names.LAST:
            dropped["untunnelled" if "-WAN" in name else "unauthorised"] += count
        elif number - number % names.BLOCK in owners and " permit " in entry:
            token = owners[number - number % names.BLOCK]
            admitted[token] = admitted.get(token, 0) + count
    return (
        tuple((key, Counter(packets=n, octets=0)) for key, n in sorted(admitted.items())),
        tuple((key, Counter(packets=n, octets=0)) for key, n in sorted(dropped.items())),
    )


def _blocks(own: Tree) -> dict[int, str]:
    """Whose the block of entries is that begins at a number."""
    found = {}
    for below in own.values():
        for line in below:
            remark = re.match(r"(?:sequence )?(\d+) remark (KSZ-\S+)", line)
            if remark:
                found[int(remark[1])] = remark[2]
    return found
