"""IKE and IPsec security associations in the forms in which routers were seen to show them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.emulator.entries import V4
from ksz_netops.lab.emulator.peers import associations, value

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from ksz_netops.lab.emulator.peers import Association, Child
    from ksz_netops.lab.emulator.router import Router

_ENCRYPTION: Final = {
    "aes-gcm-256": ("AES-GCM", 256),
    "aes-gcm-128": ("AES-GCM", 128),
    "aes-cbc-256": ("AES-CBC", 256),
    "aes-cbc-128": ("AES-CBC", 128),
}
_TRANSFORMS: Final = {"esp-gcm 128": "esp-gcm", "esp-aes 256": "esp-256-aes"}
"""What an SA calls a transform otherwise than the configuration does."""
_HEADING4: Final = (
    "Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
)
_HEADING6: Final = "Tunnel-id    fvrf/ivrf              Status \n"


def sas(router: Router) -> list[Association]:
    """The IKE SAs at this moment."""
    return list(associations(router.running, router.peers))


def ike(router: Router) -> str:
    """`show crypto ikev2 sa detailed`."""
    blocks: dict[int, list[str]] = {4: [], 6: []}
    for number, sa in enumerate(sas(router), start=1):
        family = ip_address(sa.peer).version
        head = _ike_head4(number, sa) if family == V4 else _ike_head6(number, sa)
        blocks[family].append(f"{head}{_ike_body(sa)}\n")
    return (
        f" IPv4 Crypto IKEv2  SA \n\n{''.join(blocks[4])}"
        f" IPv6 Crypto IKEv2  SA \n\n{''.join(blocks[6])}"
    )


def _ike_head4(number: int, sa: Association) -> str:
    ends = f"{sa.local + '/500':<21} {sa.peer + '/500':<21}"
    return f"{_HEADING4}{number:<9} {ends} {sa.vrf + '/none':<20} READY  \n"


def _ike_head6(number: int, sa: Association) -> str:
    return (
        f"{_HEADING6}{number:<10} {sa.vrf + '/none':<20} READY  \n"
        f"Local  {sa.local.upper()}/500     \n"
        f"Remote  {sa.peer.upper()}/500     \n"
    )


def _ike_body(sa: Association) -> str:
    encryption, bits = _ENCRYPTION.get(value(sa.proposal, "encryption ") or "", ("?", 0))
    prf = (value(sa.proposal, "prf ") or "").upper()
    integrity = value(sa.proposal, "integrity ")
    exchange = value(sa.proposal, "pqc ")
    return (
        f"      Encr: {encryption}, keysize: {bits}, PRF: {prf}, "
        f"Hash: {integrity.upper() if integrity else 'None'}, "
        f"DH Grp:{value(sa.proposal, 'group ')}, Auth sign: PSK, Auth verify: PSK\n"
        f"{f'      PQC Key Exchange: {_exchange(exchange)}{chr(10)}' if exchange else ''}"
        "      Life/Active Time: 86400/120 sec\n"
        "      CE id: 0, Session-id: 3\n"
        "      Local spi: 4CF87E32B25302C0       Remote spi: 96254131FD306002\n"
        "      Status Description: Negotiation done\n"
        f"      Local id: {sa.local.upper()}\n"
        f"      Remote id: {sa.peer.upper()}\n"
        "      Local req msg id:  0              Remote req msg id:  3         \n"
        "      Local next msg id: 0              Remote next msg id: 3         \n"
        "      DPD configured for 10 seconds, retry 3\n"
        "      Fragmentation not  configured.\n"
        "      NAT-T is not detected  \n"
        "      Initiator of SA : No\n"
        "      PEER TYPE: Other\n"
    )


def _exchange(name: str) -> str:
    """`mlkem1024` as an SA writes it."""
    return name.upper().replace("MLKEM", "ML-KEM-")


def ipsec(router: Router) -> str:
    """`show crypto ipsec sa`."""
    return "".join(
        f"\ninterface: {sa.tunnel}\n"
        f"    Crypto map tag: {sa.tunnel}-head-0, local addr {sa.local.upper()}\n"
        + "".join(_child(sa, child) for child in sa.children)
        for sa in sas(router)
    )


def _selector(network: IPv4Network | IPv6Network) -> str:
    mask = network.netmask if network.version == V4 else network.prefixlen
    return f"({str(network.network_address).upper()}/{mask}/0/0)"


def _child(sa: Association, child: Child) -> str:
    packets = child.packets
    transform = child.transform
    for words, shown in _TRANSFORMS.items():
        transform = transform.replace(words, shown)
    one = (
        "      spi: 0x56BAA02D(1455071277)\n"
        f"        transform: {transform} ,\n"
        "        in use settings ={Tunnel, esn}\n"
        "        IV size: 8 bytes\n"
        "        replay detection support: Y\n"
        "        Status: ACTIVE(ACTIVE)\n"
    )
    return (
        "\n   protected vrf: (none)\n"
        f"   local  ident (addr/mask/prot/port): {_selector(child.local)}\n"
        f"   remote ident (addr/mask/prot/port): {_selector(child.remote)}\n"
        f"   current_peer {sa.peer.upper()} port 500\n"
        "     PERMIT, flags={origin_is_acl,}\n"
        f"    #pkts encaps: {packets}, #pkts encrypt: {packets}, #pkts digest: {packets}\n"
        f"    #pkts decaps: {packets}, #pkts decrypt: {packets}, #pkts verify: {packets}\n"
        "    #send errors 0, #recv errors 0\n\n"
        f"     local crypto endpt.: {sa.local.upper()}, remote crypto endpt.: {sa.peer.upper()}\n"
        "     current outbound spi: 0x2C46EF61(742846305)\n"
        f"     PFS (Y/N): {_pfs(child)}\n\n"
        f"     inbound esp sas:\n{one}\n     inbound ah sas:\n\n     inbound pcp sas:\n\n"
        f"     outbound esp sas:\n{one}\n     outbound ah sas:\n\n     outbound pcp sas:\n"
    )


def _pfs(child: Child) -> str:
    """A child that came with its IKE SA had no key exchange of its own until it is made anew."""
    if not child.rekeyed:
        return "N, DH group: none"
    group, _, added = child.group.partition(" pqc ")
    return f"Y, DH group: {group}" + (f", AKE group: AKE1: {added.upper()}" if added else "")
