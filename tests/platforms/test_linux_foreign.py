"""What others put on a real Linux hub, with the tools that they would use, is seen."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.reading import read_hub
from ksz_netops.platforms import platforms
from support.linux_host import LinuxHost
from support.linux_states import line, reveal, state_of, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
STATE = state_of(line(3), tunnel(77))
CHARON = """\
connections {{
  {name} {{
    remote_addrs = {peer}
    local {{
      auth = psk
    }}
    remote {{
      auth = psk
    }}
    children {{
      {name} {{
        local_ts = {local}
        remote_ts = {remote}
      }}
    }}
  }}
}}
"""


def nft(family: str, chain: str, *rules: str) -> tuple[str, str]:
    """What makes a table of others with these *rules*, and what deletes it."""
    lines = [
        f"add table {family} other",
        f"add chain {family} other c {{ {chain}; }}",
        *(f"add rule {family} other c {rule}" for rule in rules),
    ]
    return f"nft '{'; '.join(lines)}'", f"nft delete table {family} other"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
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


@contextmanager
def loaded(host: LinuxHost, **words: str) -> Iterator[None]:
    """As long as it lasts, charon has a connection that is not ours."""
    host.put("/etc/swanctl/conf.d/other.conf", CHARON.format(name="other", **words), 0o600)
    with done(
        host,
        "swanctl --load-conns",
        "rm /etc/swanctl/conf.d/other.conf; swanctl --load-conns",
    ):
        yield


def bypasses(host: LinuxHost) -> list[tuple[str | None, str]]:
    findings = check_hub(STATE, read_hub(LINUX, host.target))
    return [(f.partner, f.observed) for f in findings if f.check == "bypass" and not f.verdict.good]


@pytest.mark.parametrize(
    ("command", "undo", "partner", "observed"),
    [
        (
            "ip route add 198.51.100.3/32 dev ext0 metric 5",
            "ip route del 198.51.100.3/32 dev ext0 metric 5",
            "P00003",
            "ip route 198.51.100.3 dev ext0 table main",
        ),
        (
            "ip addr add 198.51.100.3/32 dev lo",
            "ip addr del 198.51.100.3/32 dev lo",
            "P00003",
            "ip route local 198.51.100.3 dev lo table local",
        ),
        (
            "ip route add 198.51.100.0/24 dev ext0 table 99; ip rule add priority 99 lookup 99",
            "ip rule del priority 99; ip route flush table 99",
            "P00003",
            "ip route 198.51.100.0/24 dev ext0 table 99",
        ),
        (
            *nft(
                "ip", "type nat hook prerouting priority -100", "tcp dport 443 dnat to 192.0.2.11"
            ),
            None,
            "nft ip other c: dnat",
        ),
        (
            *nft("ip", "type nat hook postrouting priority 100", "masquerade"),
            None,
            "nft ip other c: masquerade",
        ),
        (
            *nft(
                "ip",
                "type filter hook prerouting priority -200",
                "ip saddr 10.0.0.1 ip saddr set 198.51.100.3",
            ),
            None,
            "nft ip other c: set saddr",
        ),
        (
            *nft("netdev", "type filter hook ingress device line3 priority 0", 'fwd to "ext0"'),
            None,
            "nft netdev other c: fwd",
        ),
        (
            "tc qdisc add dev line3 ingress",
            "tc qdisc del dev line3 ingress",
            None,
            "qdisc ingress on line3",
        ),
    ],
)
def test_another_way_is_told(
    command: str, undo: str, partner: str | None, observed: str, host: LinuxHost
) -> None:
    assert bypasses(host) == []

    with done(host, command, undo):
        assert bypasses(host) == [(partner, observed)]

    assert bypasses(host) == []


@pytest.mark.parametrize(
    ("command", "undo"),
    [
        (
            "ip route add 10.0.0.0/8 via 192.0.2.2; ip route add 198.51.100.0/24 via 192.0.2.2",
            "ip route del 10.0.0.0/8; ip route del 198.51.100.0/24",
        ),
        (
            "ip route add default via 10.9.0.2 table 98; ip rule add from 10.9.0.1 lookup 98",
            "ip rule del lookup 98; ip route flush table 98",
        ),
        ("ip route add 198.51.100.3/32 dev ext0 table 97", "ip route flush table 97"),
        nft("inet", "type filter hook input priority 10", "meta mark set 3", "counter accept"),
        (
            nft("ip", "type nat hook postrouting priority 100", "masquerade")[0]
            + "; nft 'add table ip other { flags dormant; }'",
            "nft delete table ip other",
        ),
        ("tc qdisc add dev line5 ingress", "tc qdisc del dev line5 ingress"),
    ],
)
def test_what_others_need_for_themselves_is_no_fault(
    command: str, undo: str, host: LinuxHost
) -> None:
    with done(host, command, undo):
        assert bypasses(host) == []


@pytest.mark.parametrize(
    ("peer", "local", "remote", "partners"),
    [
        ("203.0.113.200", "192.0.2.0/25", "203.0.113.77/32", ["P00077"]),
        ("%any", "192.0.2.0/28", "dynamic", ["P00003", "P00077"]),
        ("203.0.113.77", "0.0.0.0/0", "dynamic", ["P00077"]),
        ("203.0.113.200", "192.0.2.0/25", "dynamic", []),
        ("%any", "10.1.0.0/16", "dynamic", []),
        ("203.0.113.200", "192.0.2.0/25", "10.2.0.0/16", []),
    ],
)
def test_a_connection_of_others_is_told_where_it_takes_a_partners_packets(
    peer: str, local: str, remote: str, partners: list[str], host: LinuxHost
) -> None:
    with loaded(host, peer=peer, local=local, remote=remote):
        found = bypasses(host)

    assert [partner for partner, _ in found] == partners
    assert all(observed.startswith("connection other: ") for _, observed in found)
