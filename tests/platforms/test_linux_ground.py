"""What somebody does to the ground of a real Linux hub is named, on the hub or on the partner."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import read_hub
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import names, parameters
from ksz_netops.platforms.linux.on_hub.look import ground as look
from ksz_netops.state.resources import BaseAddresses, DeviceState, EthernetPort
from support.linux_host import LinuxHost
from support.linux_states import PERIMETER, line, reveal, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
SYSCTL = Path(__file__).parents[2] / "roles/linux_hub/files/sysctl.conf"
FILE = parameters.FILE
FENCE_AGAIN = (
    "nft flush chain inet ksz_fence forward;"
    " nft add rule inet ksz_fence forward meta mark 0x4b5a0001 accept"
)
STEERED = "tc filter add dev line3 parent 4b5a: protocol ip prio 1 u32 match u32 0 0 flowid 4b5a:99"
BASE = BaseAddresses(
    ports=(
        (EthernetPort("ext0"), (ip_interface("192.0.2.1/25"),)),
        (EthernetPort("wan0"), (ip_interface("203.0.113.1/24"),)),
    ),
    gateway=ip_address("203.0.113.254"),
)
STATE = DeviceState.of([replace(PERIMETER, base=BASE), *line(3), *line(4), *tunnel(77)])
OFFICIAL, LINK = "198.51.100.3", "192.0.2.142"
BAD = frozenset({Verdict.VIOLATED, Verdict.UNKNOWN})


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.put(FILE, SYSCTL.read_text())
        box.run(f"sysctl --quiet --load={FILE}")
        box.run("for own in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 > $own; done")
        box.run("ip route add default via 203.0.113.254 dev wan0")
        box.start_charon()
        with LINUX.connect(box.target) as session:
            session.stage(STATE, reveal)
            session.commit(revert_in_s=60)
            session.confirm()
        yield box


@contextmanager
def done(host: LinuxHost, command: str, undo: str) -> Iterator[None]:
    """As long as it lasts, *command* was typed on the hub."""
    host.run(command)
    try:
        yield
    finally:
        host.run(undo)


def told(host: LinuxHost) -> dict[tuple[str, str | None], tuple[Verdict, str]]:
    """What is not compliant of the hub's ground, of ways and of bypasses."""
    findings = check_hub(STATE, read_hub(LINUX, host.target))
    return {
        (f.check, f.partner): (f.verdict, f.reason)
        for f in findings
        if f.check in {"ground", "way", "bypass"} and f.verdict in BAD
    }


def sysctl(name: str, value: int, before: int) -> tuple[str, str]:
    return f"sysctl -qw {name}={value}", f"sysctl -qw {name}={before}"


def nft(family: str, chain: str, *rules: str) -> tuple[str, str]:
    """What makes a table of others with these *rules*, and what deletes it."""
    lines = [
        f"add table {family} other",
        f"add chain {family} other c {{ {chain}; }}",
        *(f"add rule {family} other c {rule}" for rule in rules),
    ]
    return f"nft '{'; '.join(lines)}'", f"nft delete table {family} other"


def test_a_prepared_hub_has_its_ground(host: LinuxHost) -> None:
    assert told(host) == {}


HUB, PARTNER = None, "P00003"


@pytest.mark.parametrize(
    ("edit", "check", "whom", "words"),
    [
        (
            (f"echo >> {names.AGENT}", f"truncate -s -1 {names.AGENT}"),
            "ground",
            HUB,
            "another agent than this version's",
        ),
        (
            (f"mv {names.AGENT} /tmp/agent", f"mv /tmp/agent {names.AGENT}"),
            "ground",
            HUB,
            "no agent",
        ),
        (sysctl("net.ipv4.ip_forward", 0, 1), "ground", HUB, "net.ipv4.ip_forward = 0"),
        (sysctl("net.ipv6.conf.all.forwarding", 0, 1), "ground", HUB, "forwards nothing"),
        (sysctl("net.ipv4.conf.line3.forwarding", 0, 1), "way", PARTNER, "line3.forwarding = 0"),
        (sysctl("net.ipv4.conf.all.rp_filter", 1, 2), "ground", HUB, "rp_filter = 1"),
        (sysctl("net.ipv4.conf.all.arp_ignore", 0, 1), "ground", HUB, "arp_ignore = 0"),
        (sysctl("net.ipv4.conf.all.arp_announce", 0, 2), "ground", HUB, "arp_announce = 0"),
        (sysctl("net.ipv4.conf.line3.proxy_arp", 1, 0), "way", PARTNER, "proxy_arp = 1"),
        (sysctl("net.ipv4.conf.line3.send_redirects", 1, 0), "way", PARTNER, "send_redirects"),
        (sysctl("net.ipv4.conf.all.src_valid_mark", 0, 1), "ground", HUB, "src_valid_mark = 0"),
        (sysctl("net.ipv6.conf.line3.accept_ra", 2, 1), "way", PARTNER, "accept_ra = 2"),
        (
            (f"mv {FILE} /tmp/kept", f"mv /tmp/kept {FILE}"),
            "ground",
            HUB,
            "is not there",
        ),
        (
            (
                f"cp {FILE} /tmp/kept; sed -i s/arp_ignore.*/arp_ignore=0/ {FILE}",
                f"mv /tmp/kept {FILE}",
            ),
            "ground",
            HUB,
            "net.ipv4.conf.all.arp_ignore = 0",
        ),
        (
            (
                "ip link set wan0 down",
                "ip link set wan0 up; ip route add default via 203.0.113.254",
            ),
            "ground",
            HUB,
            "wan0 is down",
        ),
        (
            ("ip addr add 192.0.2.9/25 dev ext0", "ip addr del 192.0.2.9/25 dev ext0"),
            "ground",
            HUB,
            "ext0 has the address 192.0.2.9/25",
        ),
        (
            (
                "ip route replace default via 203.0.113.253 dev wan0",
                "ip route replace default via 203.0.113.254 dev wan0",
            ),
            "ground",
            HUB,
            "no default route by 203.0.113.254",
        ),
        (("ip link set line3 mtu 1400", "ip link set line3 mtu 1500"), "way", PARTNER, "mtu 1400"),
        (
            (
                f"ip rule add from {OFFICIAL} prio 50 blackhole",
                f"ip rule del from {OFFICIAL} prio 50 blackhole",
            ),
            "way",
            PARTNER,
            "drops what it selects",
        ),
        (
            (
                f"ip rule add from {OFFICIAL} prio 50 prohibit",
                f"ip rule del from {OFFICIAL} prio 50 prohibit",
            ),
            "way",
            PARTNER,
            "drops what it selects",
        ),
        (
            (
                "ip rule add from 198.51.100.0/29 prio 50 unreachable",
                "ip rule del from 198.51.100.0/29 prio 50 unreachable",
            ),
            "way",
            PARTNER,
            "would not be sent on",
        ),
        (
            ("ip rule del pref 102", "ip rule add pref 102 blackhole protocol kernel"),
            "ground",
            HUB,
            "fence's rules of routing for IPv4",
        ),
        (
            (
                f"ip neigh replace {LINK} lladdr 02:00:00:00:00:66 dev line3 nud permanent",
                f"ip neigh del {LINK} dev line3",
            ),
            "way",
            PARTNER,
            "02:00:00:00:00:66",
        ),
        (
            (
                "nft add rule inet ksz_fence forward accept",
                FENCE_AGAIN,
            ),
            "ground",
            HUB,
            "ksz_fence is not whole",
        ),
        (
            nft("inet", "type filter hook forward priority 0; policy drop"),
            "bypass",
            HUB,
            "policy drop",
        ),
        (
            nft("ip", "type filter hook postrouting priority 0", "meta priority set 4b5a:99"),
            "bypass",
            HUB,
            "set priority",
        ),
        (
            nft("inet", "type filter hook prerouting priority 0", "meta mark set 3"),
            "bypass",
            HUB,
            "set mark",
        ),
        (
            nft("inet", "type filter hook prerouting priority -300", "notrack"),
            "bypass",
            HUB,
            "notrack",
        ),
        (
            nft("inet", "type filter hook forward priority 0", "ip saddr 198.51.100.3 drop"),
            "bypass",
            HUB,
            "may drop packets",
        ),
        (
            (STEERED, "tc filter del dev line3 parent 4b5a:"),
            "bypass",
            HUB,
            "tc filter on line3",
        ),
    ],
    ids=lambda value: value[0][:60] if isinstance(value, tuple) else None,
)
def test_what_is_in_the_way_is_named(
    edit: tuple[str, str], check: str, whom: str | None, words: str, host: LinuxHost
) -> None:
    with done(host, *edit):
        found = told(host)

    assert (check, whom) in found, found
    assert words in found[check, whom][1]
    assert told(host) == {}


def test_a_pending_commit_is_told_to_an_audit_and_not_to_its_own_run(host: LinuxHost) -> None:
    changed = DeviceState.of([*STATE, *line(5)])
    with LINUX.connect(host.target) as session:
        session.stage(changed, reveal)
        session.commit(revert_in_s=120)
        reading = read_hub(LINUX, host.target)
        session.rollback()

    audited = check_hub(changed, reading, at=datetime.now(tz=UTC))
    assert [f.verdict for f in audited if f.check == "pending"] == [Verdict.VIOLATED]
    own = check_hub(changed, reading)
    assert [f.verdict for f in own if f.check == "pending"] == [Verdict.NOT_APPLICABLE]


def test_another_confirmed_generation_is_told(host: LinuxHost) -> None:
    changed = DeviceState.of([*STATE, *line(5)])
    before = host.run("readlink /etc/ksz/startup").strip()
    with LINUX.connect(host.target) as session:
        session.stage(changed, reveal)
        session.commit(revert_in_s=60)
        session.confirm()
    now = host.run("readlink /etc/ksz/startup").strip()

    with done(host, f"ln -sfn {before} /etc/ksz/startup", f"ln -sfn {now} /etc/ksz/startup"):
        findings = check_hub(changed, read_hub(LINUX, host.target))

    bad = [f.reason for f in findings if f.check == "orphans" and f.verdict is Verdict.VIOLATED]
    assert "startup differs in table.nft" in "".join(bad)
    with LINUX.connect(host.target) as session:
        session.stage(STATE, reveal)
        session.commit(revert_in_s=60)
        session.confirm()


def test_settings_of_the_ike_daemon_that_it_did_not_read_are_told(host: LinuxHost) -> None:
    assert "IKE daemon started before" not in str(told(host))

    host.run("touch /etc/strongswan.conf")
    try:
        assert "IKE daemon started before its settings" in told(host)["ground", None][1]
    finally:
        host.run("kill $(cat /run/charon.pid); while pidof charon; do sleep 0.1; done")
        host.run("rm -f /run/charon.vici")
        host.start_charon()
        host.run(f"{names.AGENT} refresh")
    assert told(host) == {}


def test_a_port_that_is_down_stops_the_way_of_everybody(host: LinuxHost) -> None:
    undo = "ip link set ext0 up"
    with done(host, "ip link set ext0 down", undo):
        found = told(host)

    assert found["ground", None][0] is Verdict.VIOLATED
    assert "ext0 is down" in found["ground", None][1]
    assert found["way", "P00003"][0] is found["way", "P00004"][0] is Verdict.VIOLATED


@pytest.mark.parametrize(
    "edit",
    [
        nft("inet", "type filter hook input priority 10", "meta mark set 3", "counter accept"),
        nft("inet", "type filter hook forward priority 10", "counter", 'iifname "docker0" drop'),
        ("ip link set line5 mtu 1400", "ip link set line5 mtu 1500"),
        ("ip rule add from 10.0.0.1 lookup main", "ip rule del from 10.0.0.1 lookup main"),
        ("ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev line5", "true"),
    ],
)
def test_what_concerns_no_partner_is_no_fault(edit: tuple[str, str], host: LinuxHost) -> None:
    with done(host, *edit):
        assert told(host) == {}


def test_the_role_sets_every_parameter_that_is_judged() -> None:
    said = parameters.in_file(SYSCTL.read_text())

    assert {name: said.get(name) for name, _ in parameters.at_boot()} == {
        name: str(value) for name, value in parameters.at_boot()
    }


def test_the_look_asks_with_the_mark_that_the_filter_sets() -> None:
    assert str(names.MARK_STANDING) == look.MARK


def test_the_look_reads_every_parameter_that_is_judged() -> None:
    judged = {(each.family, each.name) for each in parameters.PARAMETERS}
    judged |= {("ipv4", "forwarding"), ("ipv6", "forwarding"), ("ipv6", "accept_ra")}

    assert judged == {(family, name) for family, names in look.OF_PORTS.items() for name in names}
