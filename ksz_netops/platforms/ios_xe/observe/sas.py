"""IKE and IPsec security associations, as a router shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import ownership
from ksz_netops.platforms.ios_xe.observe.answers import misshapen
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.observations import ChildStatus, TunnelStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import IPAddress, IPNetwork

IKE: Final = "show crypto ikev2 sa detailed"
IPSEC: Final = "show crypto ipsec sa"
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
_HEADING: Final = re.compile(r"^ *(?:IPv[46] Crypto IKEv2 +SA|Tunnel-id )", re.MULTILINE)
_SA: Final = re.compile(
    r"^\d+ +(?:(?P<local>\S+)/\d+ +(?P<peer>\S+)/\d+ +\S+ +(?P<status>[A-Z_-]+)"
    r"|\S+/\S+ +(?P<status6>[A-Z_-]+)) *\n(?P<below>(?:(?!Tunnel-id|\d+ ).*\n)*)",
    re.MULTILINE,
)
"""An IKE SA of IPv4 has its addresses on its first line, one of IPv6 on lines of their own."""
_REMOTE6: Final = re.compile(r"^Remote +(\S+)/\d+ *$", re.MULTILINE)
_ALGORITHMS: Final = re.compile(
    r"Encr: (?P<cipher>[\w-]+), keysize: (?P<bits>\d+), PRF: (?P<prf>\w+), "
    r"Hash: (?P<hash>\w+), DH Grp:(?P<group>\d+)"
)
_IDENTITY: Final = re.compile(r"Remote id: (\S+)")
_ADDED: Final = re.compile(r"PQC Key Exchange: *(\S+)")
_INTERFACE: Final = re.compile(r"^ *interface: +(\S+)", re.MULTILINE)
_CHILD: Final = re.compile(
    r"local +ident \(addr/mask/prot/port\): \((?P<local>[^)]+)\)\s+"
    r"remote +ident \(addr/mask/prot/port\): \((?P<remote>[^)]+)\)"
    r"(?P<below>.*?)(?=^ +(?:protected vrf|local +ident)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_TRANSFORM: Final = re.compile(r"transform: (.+?) *,? *$", re.MULTILINE)
_STATE: Final = re.compile(r"Status: (\w+)")
_PFS: Final = re.compile(
    r"PFS \(Y/N\): Y, DH group: (?P<group>\S+?)(?:, (?P<added>.*))?$", re.MULTILINE
)
_TRANSFORMS: Final = {
    "esp-gcm": "AES_GCM_16-128",
    "esp-gcm 128": "AES_GCM_16-128",
    "esp-gcm 256": "AES_GCM_16-256",
    "esp-aes": "AES_CBC-128",
    "esp-256-aes": "AES_CBC-256",
    "esp-aes 256": "AES_CBC-256",
    "esp-sha256-hmac": "HMAC_SHA2_256_128",
    "esp-sha384-hmac": "HMAC_SHA2_384_192",
    "esp-sha512-hmac": "HMAC_SHA2_512_256",
}


def tunnels(ike: str, ipsec: str, own: Tree) -> Iterator[TunnelStatus]:
    """Our IKE SAs, found by their peers.

    Raises:
        ReadbackError: If there are tunnels of ours, and an answer is not whole.
    """
    peers = dict(_peers(own))
    if not peers:
        return
    if not _HEADING.search(ike):
        raise misshapen(IKE, "it has no heading")
    found = children(ipsec)
    for sa in _SA.finditer(f"{ike}\n"):
        peer = _peer(sa)
        if peer not in peers:
            continue
        token, interface = peers[peer]
        below = sa["below"]
        established = (sa["status"] or sa["status6"]) == "READY"
        algorithms, identity = _ALGORITHMS.search(below), _IDENTITY.search(below)
        if established and not (algorithms and identity):
            raise misshapen(IKE, f"the SA with {peer} is not whole")
        if established and interface not in found:
            raise misshapen(IPSEC, f"{interface} has an IKE SA, and is not shown")
        yield TunnelStatus(
            token=token,
            established=established,
            peer=peer,
            peer_identity=identity[1] if identity else "",
            algorithms=_ike_algorithms(algorithms, below) if algorithms else "",
            children=tuple(found.get(interface, ())),
        )


def _peers(own: Tree) -> Iterator[tuple[IPAddress, tuple[str, str]]]:
    """The token and interface of each tunnel of ours, by its peer."""
    for header, below in own.items():
        if header.startswith("interface Tunnel"):
            token = ownership.described(below)
            for line in below:
                if token and line.startswith("tunnel destination "):
                    yield read_address(line.split()[-1]), (token, header.split()[1])


def _peer(sa: re.Match[str]) -> IPAddress:
    beside = _REMOTE6.search(sa["below"])
    shown = sa["peer"] or (beside[1] if beside else "")
    try:
        return read_address(shown)
    except ValueError as error:
        raise misshapen(IKE, f"an SA has no address of its peer, but '{shown}'") from error


def _ike_algorithms(found: re.Match[str], below: str) -> str:
    cipher = f"{_ENCRYPTION.get(found['cipher'], found['cipher'])}-{found['bits']}"
    hashed = _HASHES.get(found["hash"].upper())
    words = [cipher]
    if hashed:
        words.append(_TRUNCATED[hashed])
    words.append(f"PRF_HMAC_{_HASHES.get(found['prf'].upper(), found['prf'])}")
    words.append(_GROUPS.get(found["group"], f"group {found['group']}"))
    added = _ADDED.search(below)
    if added:
        words.append(_additional("1", added[1]))
    return "/".join(words)


def _additional(number: str, exchange: str) -> str:
    """An additional key exchange (RFC 9370) in the words of an SA."""
    size = re.fullmatch(r"ml-?kem-?(\d+)", exchange, re.IGNORECASE)
    return f"KE{number}_ML_KEM_{size[1]}" if size else f"KE{number}_{exchange}"


def children(shown: str) -> dict[str, list[ChildStatus]]:
    """The child SAs by interface.

    Raises:
        ReadbackError: If a part of the answer is missing.
    """
    found: dict[str, list[ChildStatus]] = {}
    heads = list(_INTERFACE.finditer(shown))
    ends = [*(each.start() for each in heads), len(shown)][1:]
    for head, end in zip(heads, ends, strict=True):
        parts = list(_CHILD.finditer(shown[head.end() : end]))
        found[head[1]] = [_child(each) for each in parts]
    return found


def _child(found: re.Match[str]) -> ChildStatus:
    below = found["below"]
    if "PFS (Y/N):" not in below or "outbound esp sas:" not in below:
        raise misshapen(IPSEC, f"the SA from {found['local']} is not whole")
    transform, active = _TRANSFORM.search(below), _STATE.search(below)
    local, narrow = _selector(found["local"])
    remote, narrower = _selector(found["remote"])
    state = active[1] if active else "none"
    if narrow or narrower:
        state = f"{state}, for one protocol only"
    return ChildStatus(
        installed=state == "ACTIVE" and transform is not None,
        state=state,
        local=(local,),
        remote=(remote,),
        algorithms=_esp_algorithms(transform[1] if transform else "", below),
        packets_in=_count(below, "decaps"),
        packets_out=_count(below, "encaps"),
    )


def _selector(shown: str) -> tuple[IPNetwork, bool]:
    """A traffic selector, `address/mask/protocol/port`, and whether it is narrower than that."""
    try:
        address, mask, protocol, port = shown.split("/")
        return read_network(f"{address}/{mask}", strict=False), (protocol, port) != ("0", "0")
    except ValueError as error:
        raise misshapen(IPSEC, f"'{shown}' is no selector") from error


def _count(below: str, what: str) -> int | None:
    found = re.search(rf"#pkts {what}: (\d+)", below)
    return int(found[1]) if found else None


def _esp_algorithms(transform: str, below: str) -> str:
    shown = re.sub(r"\besp-(gcm|aes)[- ](\d+)\b", r"esp-\1_\2", transform.replace(",", " "))
    words = [each.replace("_", " ") for each in shown.split()]
    words = [_TRANSFORMS.get(word, word) for word in words]
    pfs = _PFS.search(below)
    if pfs:
        number = pfs["group"].rstrip(",").removeprefix("group")
        if number != "none":
            words.append(_GROUPS.get(number, f"group {number}"))
        added = pfs["added"] or ""
        words += [_additional(*each) for each in re.findall(r"\bAKE(\d): *([\w-]+)", added)]
        words += [_additional("1", each) for each in _ADDED.findall(added)]
    return "/".join(words)
