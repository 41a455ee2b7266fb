"""A hub with one partner of each kind, small enough to see through."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from ksz_netops.state.observations import (
    ChildStatus,
    Counter,
    Foreign,
    Observations,
    PortStatus,
    TunnelStatus,
)
from ksz_netops.state.resources import (
    CryptoProfile,
    DeviceState,
    Entry,
    EthernetPort,
    Handoff,
    Hop,
    Owner,
    PartnerFilter,
    Perimeter,
    Permit,
    Protocol,
    Resource,
    Route,
    Secret,
    SftpAccount,
    Shaper,
    SshKey,
    Tunnel,
    TunnelEnd,
)

LINE1 = EthernetPort("line1")
LINE_OWNER = Owner.of("P00003", "S1")
VPN_OWNER = Owner.of("P00005", "S1")
SFTP_OWNER = Owner.of("P00008", "S1")
EXTRANET = ip_network("192.0.2.0/25")
LINE_ADDRESS = ip_address("198.51.100.3")
VPN_ADDRESS = ip_address("198.51.100.5")
SFTP_ADDRESS = ip_address("198.51.100.8")
PEER = ip_address("203.0.113.50")
WEB = Permit(ip_network("192.0.2.10/32"), Protocol.TCP, (443, 443))
ECHO = Permit(ip_network("192.0.2.10/32"), Protocol.ICMP)

BASELINE = CryptoProfile(
    name="baseline",
    ike_proposals=("aes256gcm16-prfsha384-ecp384", "aes256-sha384-prfsha384-ecp384"),
    esp_proposals=("aes256gcm16-ecp384", "aes256-sha256-ecp384"),
    ike_lifetime_s=86400,
    esp_lifetime_s=14400,
)

PERIMETER = Perimeter(
    owner=Owner.shared("HUB"),
    management=EthernetPort("mgmt0"),
    extranet=EthernetPort("ext0"),
    extranet_prefixes=(EXTRANET,),
    internet=EthernetPort("wan0"),
)
HANDOFF = Handoff(owner=LINE_OWNER, port=LINE1, addresses=(ip_interface("192.0.2.129/30"),))
ROUTE = Route(
    owner=LINE_OWNER,
    official=LINE_ADDRESS,
    hops=(Hop(port=LINE1, next_hop=ip_address("192.0.2.130")),),
)
LINE_FILTER = PartnerFilter(
    owner=LINE_OWNER,
    official=LINE_ADDRESS,
    entries=(Entry(way=LINE1),),
    permits=(ECHO, WEB),
)
LINE_SHAPER = Shaper(owner=LINE_OWNER, number=3, official=LINE_ADDRESS, rates_kbps=((LINE1, 2048),))
TUNNEL = Tunnel(
    owner=VPN_OWNER,
    number=5,
    local=ip_address("203.0.113.1"),
    peer=PEER,
    local_prefixes=(EXTRANET,),
    official=VPN_ADDRESS,
    crypto=BASELINE,
    secret=Secret(name="P00005-S1", fingerprint="0123456789abcdef"),
)
VPN_FILTER = PartnerFilter(
    owner=VPN_OWNER,
    official=VPN_ADDRESS,
    entries=(Entry(way=TunnelEnd(5)),),
    permits=(WEB,),
)
VPN_SHAPER = Shaper(
    owner=VPN_OWNER, number=5, official=VPN_ADDRESS, rates_kbps=((TunnelEnd(5), 512),)
)
ACCOUNT = SftpAccount(
    owner=SFTP_OWNER,
    number=801,
    official=SFTP_ADDRESS,
    keys=(SshKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE"),),
    directories=("in", "out"),
)

LINE: tuple[Resource, ...] = (HANDOFF, ROUTE, LINE_FILTER, LINE_SHAPER)
VPN: tuple[Resource, ...] = (TUNNEL, VPN_FILTER, VPN_SHAPER)
HUB = DeviceState.of([PERIMETER, *LINE, *VPN])
WITHOUT_VPN = DeviceState.of([PERIMETER, *LINE])
FILE_SERVER = DeviceState.of(
    [
        Perimeter(
            owner=Owner.shared("HUB"),
            management=EthernetPort("mgmt0"),
            internet=EthernetPort("wan0"),
            file_service=True,
        ),
        ACCOUNT,
    ]
)

CHILD_UP = ChildStatus(
    installed=True,
    state="INSTALLED",
    local=(EXTRANET,),
    remote=(ip_network("198.51.100.5/32"),),
    algorithms="AES_GCM_16-256",
    packets_in=10,
    packets_out=10,
)
TUNNEL_UP = TunnelStatus(
    token=VPN_OWNER.token,
    established=True,
    peer=PEER,
    peer_identity=str(PEER),
    algorithms="AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384",
    children=(CHILD_UP,),
)
QUIET = Observations(
    dropped=(("spoofed", Counter(packets=0, octets=0)),),
    foreign=Foreign(),
)
"""A hub that does nothing, and on which others hold nothing."""
ALL_UP = Observations(
    tunnels=(TUNNEL_UP,),
    ports=tuple(
        PortStatus(name=name, exists=True, up=True) for name in ("ext0", "line1", "mgmt0", "wan0")
    ),
    admitted=(
        (LINE_OWNER.token, Counter(packets=7, octets=700)),
        (VPN_OWNER.token, Counter(packets=9, octets=900)),
    ),
    dropped=(("spoofed", Counter(packets=0, octets=0)),),
    foreign=Foreign(),
)
