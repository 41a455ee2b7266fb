"""What somebody may do to a Linux hub by hand, drawn at random from a grammar of its tools.

An edit is a shell script, and the script that takes it back where provisioning does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.hand_edits.world import HUB
from ksz_netops.lab.claims import Injection, Kind
from ksz_netops.lab.packets import Packet
from ksz_netops.lab.topology import Line
from ksz_netops.state.addresses import read_address
from ksz_netops.state.resources import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from random import Random

    from benchmarks.hand_edits.world import World
    from ksz_netops.lab.topology import Site

_IPV4: Final = 4
_MARK: Final = 31000
"""Of aimed packets; above those of the lab's own."""
_AGENT: Final = "/usr/local/lib/ksz-netops/agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One thing that somebody did."""

    family: str
    do: str
    undo: str = ""
    aimed: tuple[Injection, ...] = ()
    """Packets that must not pass and that the edit may have let in."""


def drawn(world: World, random: Random, families: Collection[str] = ()) -> Edit:
    """One edit, of one of *families* where any is given."""
    weights = {name: weight for name, weight in WEIGHTS.items() if name in (families or WEIGHTS)}
    [family] = random.choices([*weights], weights=[*weights.values()])
    return random.choice(FAMILIES[family])(world, random)


def _four(world: World, random: Random) -> Site:
    return random.choice([site for site in world.sites if site.official.version == _IPV4])


def _line(world: World, random: Random) -> tuple[Site, str]:
    """A partner that comes in by a line, and the hub's port."""
    found = [
        (site, uplink.end.port.interface)
        for site in world.sites
        for uplink in site.uplinks
        if isinstance(uplink.end, Line)
    ]
    return random.choice(found)


def _aimed(world: World, site: Site, destination: str, protocol: str, port: int) -> Injection:
    """A packet of the partner's own address towards something that it is not authorised for."""
    uplink = site.uplinks[0]
    mac = (
        world.bench.topology.link(HUB, uplink.end.port.interface).mac
        if isinstance(uplink.end, Line)
        else None
    )
    packet = Packet(
        source=site.official,
        destination=read_address(destination),
        protocol=Protocol(protocol),
        mark=_MARK,
        port=port,
    )
    return Injection(
        kind=Kind.UNAUTHORISED,
        partner=site.partner,
        hub=HUB,
        sender=site.partner,
        device=uplink.device,
        mac=mac,
        packet=packet,
    )


def _opened_flow(world: World, random: Random) -> Edit:
    site = _four(world, random)
    protocol, port = random.choice(("tcp", "udp")), random.randrange(20000, 30000)
    services = world.bench.topology.services
    service = random.choice([each for each in services if each.destination.version == _IPV4])
    destination = str(service.destination.network_address)
    comment = random.choice(("", ' comment "test"', f' comment "KSZ-{site.partner}"'))
    element = f"{site.official} . {destination} . {protocol} . {port}{comment}"
    return Edit(
        family="nft element that opens a flow",
        do=f"nft add element inet ksz flows4 '{{ {element} }}'",
        aimed=(_aimed(world, site, destination, protocol, port),),
    )


def _removed_element(world: World, random: Random) -> Edit:
    name = random.choice(("flows4", "line_in4", "line_out4", "bound_in4", "tunnel_in4", "echo4"))
    name = random.choice((name, "extranet4", "extranet_port", "internet_port", "peers4"))
    del world
    return Edit(family="nft set flushed", do=f"nft flush set inet ksz {name}")


def _foreign_entry(world: World, random: Random) -> Edit:
    site, port = _line(world, random)
    other = random.choice([each for each in world.sites if each is not site])
    comment = random.choice(("", ' comment "x"'))
    return Edit(
        family="nft element that lets another address in",
        do=f"nft add element inet ksz line_in4 '{{ \"{port}\" . {other.official}{comment} }}'",
    )


def _rule(world: World, random: Random) -> Edit:
    chain = random.choice(
        ("forward", "from_partner", "permitted", "to_partner", "addressed", "input")
    )
    site, port = _line(world, random)
    match = random.choice(
        (
            "",
            f"iifname {port}",
            f"ip saddr {site.official}",
            f"iifname {port} tcp dport 5432",
            "ip daddr 192.0.2.0/25",
            "meta l4proto icmp",
            "meta mark 0",
        )
    )
    verdict = random.choice(("accept", "drop", "counter", "return", "accept", "meta mark set 7"))
    verb = random.choice(("insert", "add"))
    return Edit(
        family=f"nft rule in {chain}",
        do=f"nft {verb} rule inet ksz {chain} {match} {verdict}",
    )


def _table(world: World, random: Random) -> Edit:
    del world
    script = random.choice(
        (
            "nft delete table inet ksz",
            "nft flush table inet ksz",
            "nft 'add table inet ksz { flags dormant; }'",
            "nft flush chain inet ksz permitted",
            "nft flush chain inet ksz from_partner",
            "nft flush chain inet ksz forward",
            "nft 'chain inet ksz forward { policy accept; }'",
            "nft flush ruleset",
            "nft delete counter inet ksz spoofed",
        )
    )
    return Edit(family="nft table", do=script)


def _other_table(world: World, random: Random) -> Edit:
    site, port = _line(world, random)
    hook, kind, priority = random.choice(
        (
            ("forward", "filter", "-10"),
            ("forward", "filter", "10"),
            ("prerouting", "filter", "-300"),
            ("prerouting", "nat", "-100"),
            ("postrouting", "nat", "100"),
            ("output", "filter", "0"),
        )
    )
    rules = {
        "nat": ("dnat ip to 192.0.2.20",) if hook == "prerouting" else ("snat ip to 192.0.2.99",),
        "filter": ("drop", "accept", "meta mark set 9", f"ip saddr {site.official} drop"),
    }[kind]
    match = random.choice((f"iifname {port}", f"ip saddr {site.official}", ""))
    rule = random.choice(rules)
    match = "" if rule.startswith("ip saddr") else match
    if hook in {"postrouting", "output"} and match.startswith("iifname"):
        match = f"ip saddr {site.official}"
    text = (
        f"table inet other {{ chain c {{ type {kind} hook {hook} priority {priority}; "
        f"policy accept; {match} {rule}; }} }}"
    )
    return Edit(
        family=f"another nft table at {hook}",
        do=f"nft -f - <<'EOF'\n{text}\nEOF",
        undo="nft delete table inet other",
    )


def _port_down(world: World, random: Random) -> Edit:
    port = random.choice(world.ports())
    do = random.choice((f"ip link set {port} down", f"ip link set {port} mtu 200"))
    undo = f"ip link set {port} mtu 1500; ip link set {port} up"
    return Edit(family="ip link", do=do, undo=undo)


def _address(world: World, random: Random) -> Edit:
    port = random.choice(world.ports())
    if random.random() < 0.5:  # noqa: PLR2004 - one of two
        address = random.choice(("192.0.2.250/32", "198.51.100.250/32", "10.9.9.9/24"))
        return Edit(
            family="ip address added",
            do=f"ip address add {address} dev {port}",
            undo=f"ip address del {address} dev {port}",
        )
    held = f"ip -4 -o address show dev {port} | awk '{{print $4; exit}}'"
    return Edit(
        family="ip address removed",
        do=f"{held} > /run/edit.address; ip address del $(cat /run/edit.address) dev {port}",
        undo=f"ip address add $(cat /run/edit.address) dev {port}; rm /run/edit.address",
    )


def _route(world: World, random: Random) -> Edit:
    site = _four(world, random)
    port = random.choice(world.ports())
    table = random.choice(("main", "main", "99"))
    kind = random.choice((f"{site.official} dev {port}", f"blackhole {site.official}"))
    add = f"ip route add {kind} metric {random.choice((1, 5, 4000))} table {table}"
    return random.choice(
        (
            Edit(family="ip route added", do=add, undo=add.replace(" add ", " del ")),
            Edit(family="ip route removed", do=f"ip route flush {site.official}"),
            Edit(
                family="ip default route removed",
                do="ip route show default > /run/edit.route; ip route del default",
                undo="ip route add $(cat /run/edit.route); rm /run/edit.route",
            ),
            Edit(
                family="ip route to the extranet",
                do="ip route add blackhole 192.0.2.20/32",
                undo="ip route del blackhole 192.0.2.20/32",
            ),
        )
    )


def _rule_of_routing(world: World, random: Random) -> Edit:
    site = _four(world, random)
    side = random.choice(("from", "to"))
    what = random.choice(("blackhole", "prohibit", "unreachable", "lookup 99", "lookup main"))
    priority = random.choice((50, 32000))
    rule = f"{side} {site.official} {what} priority {priority}"
    return Edit(family="ip rule", do=f"ip rule add {rule}", undo=f"ip rule del {rule}")


def _neighbour(world: World, random: Random) -> Edit:
    lines = [
        (uplink.end.port.interface, uplink.end.address.ip)
        for site in world.sites
        for uplink in site.uplinks
        if isinstance(uplink.end, Line)
    ]
    port, address = random.choice(lines)
    wrong = f"ip neigh replace {address} lladdr 02:00:00:00:66:66 dev {port} nud permanent"
    return Edit(family="ip neighbour", do=wrong, undo=f"ip neigh del {address} dev {port}")


def _sysctl(world: World, random: Random) -> Edit:
    port = random.choice((*world.ports(), "all"))
    key, value = random.choice(
        (
            ("net.ipv4.ip_forward", "0"),
            (f"net.ipv4.conf.{port}.forwarding", "0"),
            (f"net.ipv4.conf.{port}.rp_filter", "1"),
            (f"net.ipv4.conf.{port}.rp_filter", "2"),
            (f"net.ipv4.conf.{port}.accept_source_route", "1"),
            (f"net.ipv4.conf.{port}.proxy_arp", "1"),
            (f"net.ipv4.conf.{port}.arp_ignore", "8"),
            (f"net.ipv4.conf.{port}.arp_ignore", "0"),
            (f"net.ipv6.conf.{port}.disable_ipv6", "1"),
            ("net.ipv4.ip_default_ttl", "1"),
        )
    )
    path = f"/proc/sys/{key.replace('.', '/')}"
    return Edit(
        family="sysctl",
        do=f"cat {path} > /run/edit.sysctl; echo {value} > {path}",
        undo=f"cat /run/edit.sysctl > {path}; rm /run/edit.sysctl",
    )


def _tc(world: World, random: Random) -> Edit:
    port = random.choice(world.ports())
    drop = "matchall action drop"
    return random.choice(
        (
            Edit(family="tc root removed", do=f"tc qdisc del dev {port} root"),
            Edit(
                family="tc netem",
                do=f"tc qdisc replace dev {port} root netem loss 100%",
                undo=f"tc qdisc del dev {port} root",
            ),
            Edit(
                family="tc ingress filter",
                do=f"tc qdisc add dev {port} ingress && "
                f"tc filter add dev {port} parent ffff: {drop}",
                undo=f"tc qdisc del dev {port} ingress",
            ),
            Edit(
                family="tc egress filter",
                do=f"tc qdisc add dev {port} clsact && tc filter add dev {port} egress {drop}",
                undo=f"tc qdisc del dev {port} clsact",
            ),
            Edit(
                family="tc rate",
                do=f"tc class change dev {port} parent 4b5a: classid "
                "$(tc class show dev " + port + " | awk '/htb/{print $3; exit}') htb rate 8kbit",
            ),
        )
    )


def _swanctl(world: World, random: Random) -> Edit:
    del world
    script = random.choice(
        (
            "swanctl --terminate --ike 'KSZ-P00007-S1' --timeout 2",
            "swanctl --load-creds --clear --noprompt --file /dev/null",
            "swanctl --load-conns --file /dev/null",
            "swanctl --load-all --noprompt --file /dev/null",
        )
    )
    return Edit(family="swanctl", do=script, undo=f"{_AGENT} refresh")


def _process(world: World, random: Random) -> Edit:
    del world
    del random
    return Edit(
        family="charon stopped",
        do="kill -STOP $(pidof charon charon-systemd)",
        undo="kill -CONT $(pidof charon charon-systemd)",
    )


def _files(world: World, random: Random) -> Edit:
    del world
    target = random.choice(("/etc/ksz", "/run/ksz", _AGENT))
    ruin = random.choice(("rm -rf", "truncate", "chmod"))
    hurt = {
        "rm -rf": f"rm -rf {target}",
        "truncate": f"find {target} -type f -name '*.json' -exec truncate -s 3 {{}} +",
        "chmod": f"chmod 000 {target}",
    }[ruin]
    return Edit(
        family=f"{ruin} of our files",
        do=f"rm -rf /var/edit; cp -a {target} /var/edit; {hurt}",
        undo=f"rm -rf {target}; cp -a /var/edit {target}; rm -rf /var/edit",
    )


FAMILIES: Final[Mapping[str, tuple[Callable[[World, Random], Edit], ...]]] = {
    "files": (_files,),
    "ip": (_port_down, _address, _route, _rule_of_routing, _neighbour),
    "nft": (_opened_flow, _removed_element, _foreign_entry, _rule, _rule, _table, _other_table),
    "process": (_process,),
    "swanctl": (_swanctl,),
    "sysctl": (_sysctl,),
    "tc": (_tc,),
}
WEIGHTS: Final = {"nft": 6, "ip": 4, "sysctl": 2, "tc": 2, "swanctl": 1, "process": 1, "files": 1}
