"""A Linux hub for real: its kernel, its daemons, its agent, over SSH."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ksz_netops.errors import (
    BusyError,
    CommitError,
    ConnectError,
    DeviceError,
    UnconfirmedError,
    UnsupportedError,
)
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import names
from ksz_netops.state.observations import Upkeep
from ksz_netops.state.resources import DeviceState, E1Port, Handoff, Owner, Resource, Route, Tunnel
from support.linux_host import LinuxHost
from support.linux_states import PERIMETER, account, keyed, line, reveal, state_of, tunnel
from support.strategies import Shape, device_states, key_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
PARTNER_SSHD = """\
ListenAddress 203.0.113.1
HostKey {folder}/host_key
UsePAM no
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowGroups ksz-sftp
AuthenticationMethods publickey
AuthorizedKeysFile /etc/ssh/ksz/%u.keys
ChrootDirectory /srv/ksz/%u
ForceCommand internal-sftp -l INFO -u 0027
DisableForwarding yes
PermitTTY no
PermitUserRC no
PerSourceMaxStartups 4
PidFile /run/ksz-sftp.pid
Subsystem sftp internal-sftp
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.put("/etc/ssh/sshd_ksz_config", PARTNER_SSHD.format(folder=box.folder))
        box.start_charon()
        yield box


def brought_to(host: LinuxHost, state: DeviceState) -> DeviceState:
    """*state*, after the box was made to hold it and confirmed."""
    with LINUX.connect(host.target) as session:
        if session.pending():
            session.rollback()
        if session.stage(state, reveal):
            session.commit(revert_in_s=60)
            session.confirm()
        assert session.state() == state
    return state


def until(condition: Callable[[], bool], *, within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def reachable(host: LinuxHost) -> bool:
    """Whether the management port takes a new connection."""
    probe = "import socket; socket.create_connection(('10.9.0.1', 22), 1)"
    return not host.beside(f'/usr/bin/python3 -c "{probe}" 2>/dev/null || echo closed', check=False)


def pending(host: LinuxHost) -> bool:
    return "null" not in host.run("/usr/local/lib/ksz-netops/agent status").split('"pending"')[1]


def test_what_is_applied_reads_back_as_the_same_state(host: LinuxHost) -> None:
    keys: dict[str, str] = {}

    def with_real_fingerprint(resource: Resource) -> Resource:
        if not isinstance(resource, Tunnel):
            return resource
        key = keys[resource.secret.name] = key_value(resource.secret)
        fingerprint = hashlib.sha256(key.encode()).hexdigest()[:16]
        return replace(resource, secret=replace(resource.secret, fingerprint=fingerprint))

    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(device_states(Shape(vlans=False)))
    def law(drawn: DeviceState) -> None:
        intended = DeviceState.of(with_real_fingerprint(each) for each in drawn)
        with LINUX.connect(host.target) as session:
            if session.stage(intended, keys.__getitem__):
                session.commit(revert_in_s=60)
                assert session.state() == intended
                session.confirm()
            assert session.state() == intended
            assert session.stage(intended, keys.__getitem__) == ""

    law()


def test_unconfirmed_commit_is_undone_at_its_deadline(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3), tunnel(77)))
    with LINUX.connect(host.target) as session:
        session.stage(state_of(line(3, rate_kbps=128), line(4)), reveal)
        session.commit(revert_in_s=2)
        assert session.pending()

    until(lambda: not pending(host))

    with LINUX.connect(host.target) as session:
        assert session.state() == before


def test_commit_is_undone_although_its_session_was_killed(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3)))
    with LINUX.connect(host.target) as session:
        session.stage(state_of(line(4)), reveal)
        session.commit(revert_in_s=3)
        host.run("pkill -9 -f '^sshd: root' --ns $$ --nslist pid || true")

    until(lambda: not pending(host))

    with LINUX.connect(host.target) as session:
        assert session.state() == before


def test_change_that_cuts_management_is_undone_by_the_hub(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3)))
    locked = DeviceState.of(
        [replace(PERIMETER, management_sources=(ip_network("10.250.0.0/24"),)), *line(3)]
    )
    with LINUX.connect(host.target) as session:
        session.stage(locked, reveal)
        with contextlib.suppress(UnconfirmedError):
            session.commit(revert_in_s=6)
    assert not reachable(host)

    until(lambda: not pending(host))

    with LINUX.connect(host.target) as session:
        assert session.state() == before


def test_rollback_restores_at_once(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3), tunnel(77)))
    with LINUX.connect(host.target) as session:
        session.stage(state_of(tunnel(78)), reveal)
        session.commit(revert_in_s=60)
        session.rollback()

        assert session.state() == before
        assert not session.pending()


def test_refused_step_leaves_the_hub_as_it_was(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3)))
    broken = [
        replace(each, hops=(replace(each.hops[0], next_hop=ip_address("192.0.2.254")),))
        if isinstance(each, Route)
        else each
        for each in line(4)
    ]
    with LINUX.connect(host.target) as session:
        session.stage(state_of(line(3), broken), reveal)
        with pytest.raises(CommitError, match=r"KSZ406.*invalid gateway"):
            session.commit(revert_in_s=60)

        assert session.state() == before
        assert not session.pending()


def test_second_change_waits_for_the_first(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    with LINUX.connect(host.target) as one, LINUX.connect(host.target) as other:
        one.stage(state_of(line(3), line(4)), reveal)
        other.stage(state_of(line(3), line(5)), reveal)
        one.commit(revert_in_s=60)
        with pytest.raises(BusyError):
            other.commit(revert_in_s=60)
        one.confirm()
        with pytest.raises(BusyError, match="by now"):
            other.commit(revert_in_s=60)


def test_nothing_is_staged_while_a_commit_is_pending(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    with LINUX.connect(host.target) as one, LINUX.connect(host.target) as other:
        one.stage(state_of(line(3), line(4)), reveal)
        one.commit(revert_in_s=60)
        with pytest.raises(BusyError):
            other.stage(state_of(line(3), line(5)), reveal)
        with pytest.raises(CommitError, match="nothing is staged"):
            other.commit(revert_in_s=60)
        one.rollback()


def test_confirmed_state_comes_back_after_a_restart(host: LinuxHost) -> None:
    before = brought_to(host, state_of(line(3), tunnel(77)))
    host.run(
        "rm -rf /run/ksz; nft delete table inet ksz; ip route flush proto 201;"
        "ip addr flush dev line3; tc qdisc del dev line3 root; swanctl --load-creds --clear"
    )

    host.run("/usr/local/lib/ksz-netops/agent restore")

    with LINUX.connect(host.target) as session:
        assert session.state() == before


HAND_EDITS = {
    "an element deleted": (
        """nft delete element inet ksz line_in4 '{ "line3" . 198.51.100.3 }'""",
        "KSZ-P00003-S1",
    ),
    "a flow added": (
        """nft add element inet ksz flows4 \
        '{ 198.51.100.3 . 192.0.2.20 . tcp . 22 comment "KSZ-P00003" }'""",
        "KSZ-P00003-S1",
    ),
    "a rule added": ("nft insert rule inet ksz forward accept", None),
    "the shaper changed": (
        "tc class change dev line3 classid 4b5a:3 htb rate 9mbit ceil 9mbit",
        "KSZ-P00003-S1",
    ),
    "a route bent": ("ip route replace 198.51.100.3 metric 10 proto 201 dev ext0", None),
    "a selector widened": (
        """sed -i s,203.0.113.77/32,203.0.113.0/24, /run/ksz/running/connections/*77*.conf
        swanctl --load-conns""",
        "KSZ-P00077-S1",
    ),
    "a selector widened and its file put back": (
        """F=$(echo /run/ksz/running/connections/*77*.conf); cp $F /run/kept.conf
        sed -i s,203.0.113.77/32,203.0.113.0/24, $F; swanctl --load-conns; cp /run/kept.conf $F""",
        "KSZ-P00077-S1",
    ),
    "a connection unloaded": (
        """mv /etc/swanctl/conf.d/KSZ.conf /run; swanctl --load-conns
        mv /run/KSZ.conf /etc/swanctl/conf.d""",
        "KSZ-P00077-S1",
    ),
    "a key changed": (
        "sed -i 's/secret = 0x../secret = 0x41/' /run/ksz/running/secrets/*77*.conf",
        "KSZ-P00077-S1",
    ),
    "a stray partner": (
        """ip link set line4 alias KSZ-P00099-S1 up; ip addr add 192.0.2.145/30 dev line4
        ip route add 198.51.100.99 metric 10 proto 201 via 192.0.2.146 dev line4
        nft add element inet ksz line_in4 \
        '{ "line4" . 198.51.100.99 comment "KSZ-P00099-S1" }'""",
        "KSZ-P00099-S1",
    ),
    "an account added": (
        "useradd -M -N -l -u 299901 -g ksz-sftp -c KSZ-P00099-S1 ksz-p00099-s1",
        "KSZ-P00099-S1",
    ),
    "the port taken down": ("ip link set line3 down", None),
    "the confirmed filter edited on disk": (
        "sed -i 's/policy drop/policy accept/' /etc/ksz/startup/table.nft",
        None,
    ),
    "the confirmed key edited on disk": (
        "sed -i 's/secret = 0x../secret = 0x41/' /etc/ksz/startup/secrets/*77*.conf",
        None,
    ),
    "the whole filter deleted": ("nft delete table inet ksz", None),
    "the whole filter out of force": ("nft 'add table inet ksz { flags dormant; }'", None),
    "a burst that lifts the rate": (
        "tc class change dev line3 classid 4b5a:3 htb rate 2048kbit ceil 2048kbit burst 90m",
        "KSZ-P00003-S1",
    ),
    "a route by another source": (
        """ip addr add 192.0.2.9/25 dev ext0
        ip route replace 198.51.100.3 metric 10 via 192.0.2.142 dev line3 proto 201 \
        src 192.0.2.9""",
        None,
    ),
}


@pytest.mark.parametrize("edit", HAND_EDITS)
def test_edit_by_hand_is_seen_and_healed(host: LinuxHost, edit: str) -> None:
    command, token = HAND_EDITS[edit]
    intended = brought_to(host, state_of(line(3), tunnel(77)))

    host.run(command)

    with LINUX.connect(host.target) as session:
        found = session.state()
        assert found != intended
        if token:
            strays = {stray.token for stray in found.strays}
            differing = {
                each.owner.token for each in set(intended.resources) ^ set(found.resources)
            }
            assert token in strays | differing
        assert session.stage(intended, reveal) != ""
        session.commit(revert_in_s=60)
        session.confirm()
        assert session.state() == intended


def test_what_is_not_ours_is_never_touched(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    host.put(
        "/etc/swanctl/conf.d/other.conf",
        "connections {\n other {\n  remote_addrs = 203.0.113.200\n  local {\n   auth = psk\n  }\n"
        "  remote {\n   auth = psk\n  }\n }\n}\n",
    )
    host.run(
        "nft add table inet other; nft add chain inet other c; nft add rule inet other c accept;"
        "ip addr add 10.77.0.1/24 dev ext0; ip route add 10.78.0.0/16 via 10.77.0.2 proto static;"
        "useradd -M -N ops; swanctl --load-conns"
    )
    look = (
        "nft list table inet other; ip route show proto static; ip addr show dev ext0;"
        "swanctl --list-conns | grep -A4 other; getent passwd ops"
    )
    before = host.run(look)

    brought_to(host, state_of(line(4), tunnel(77)))
    with LINUX.connect(host.target) as session:
        session.stage(state_of(line(3)), reveal)
        session.commit(revert_in_s=60)
        session.rollback()

    assert host.run(look) == before
    host.run("rm /etc/swanctl/conf.d/other.conf; ip addr del 10.77.0.1/24 dev ext0")


def test_off_boarding_leaves_no_trace(host: LinuxHost) -> None:
    key = (host.folder / "client_key.pub").read_text()
    intended = state_of(line(3), tunnel(77))
    full = DeviceState.of(
        [
            replace(PERIMETER, file_service=True),
            *(each for each in intended if each.kind != "perimeter"),
            account(8, key, "in"),
        ]
    )
    brought_to(host, full)

    brought_to(host, DeviceState.of([PERIMETER]))

    traces = host.run(
        "nft list ruleset; ip -d addr; ip route show table all; tc class show dev line3;"
        "tc class show dev ext0; swanctl --list-conns; swanctl --list-sas; getent passwd;"
        "find /run/ksz /etc/ksz/startup/ /etc/swanctl /etc/ssh/ksz -type f ! -name log"
        " | xargs cat"
    )
    for trace in ("P00003", "P00077", "p00008", "198.51.100.3", "203.0.113.77"):
        assert trace not in traces


def test_file_service_is_refused_where_partners_daemon_lets_in_more(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    sound = PARTNER_SSHD.format(folder=host.folder)
    host.put("/etc/ssh/sshd_ksz_config", sound.replace("PermitTTY no", "PermitTTY yes"))
    serving = DeviceState.of([replace(PERIMETER, file_service=True), *line(3)])

    with LINUX.connect(host.target) as session:
        with pytest.raises(DeviceError, match=r"KSZ408.*permittty yes"):
            session.stage(serving, reveal)
        host.put("/etc/ssh/sshd_ksz_config", sound)
        assert session.stage(serving, reveal) != ""


def test_hub_with_another_agent_is_refused(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    host.run(
        "cp /usr/local/lib/ksz-netops/agent /run/agent.kept; echo >>/usr/local/lib/ksz-netops/agent"
    )

    with (
        LINUX.connect(host.target) as session,
        pytest.raises(DeviceError, match=r"KSZ408.*another version"),
    ):
        session.stage(state_of(line(4)), reveal)

    host.run("cp /run/agent.kept /usr/local/lib/ksz-netops/agent")


def test_counters_of_an_untouched_partner_go_on(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    host.beside(
        "ip addr add 192.0.2.142/30 dev p-line3; ip addr add 198.51.100.3/32 dev lo;"
        "ip route add 192.0.2.0/25 via 192.0.2.141 src 198.51.100.3"
    )
    send = (
        "import socket; s = socket.socket(); s.bind(('198.51.100.3', 0)); s.settimeout(0.2)\n"
        "try: s.connect(('192.0.2.10', 443))\nexcept OSError: pass"
    )
    host.beside(f'/usr/bin/python3 -c "{send}"')
    with LINUX.connect(host.target) as session:
        before = dict(session.observe().admitted)["KSZ-P00003-S1"]
        assert before.packets > 0

        session.stage(state_of(line(3), line(4), tunnel(77)), reveal)
        session.commit(revert_in_s=60)
        session.confirm()

        assert dict(session.observe().admitted)["KSZ-P00003-S1"].packets >= before.packets


def test_keys_reach_the_hub_and_nothing_else(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    with LINUX.connect(host.target) as session:
        difference = session.stage(state_of(line(3), tunnel(77)), reveal)
        session.commit(revert_in_s=60)
        session.confirm()
    key = reveal("P00077-S1")
    files = host.run(f"grep -rl -e {key} -e {key.encode().hex()} /run/ksz /etc/ksz || true")

    assert key not in difference
    assert keyed(77).fingerprint in difference
    assert {path.split("/")[-1] for path in files.split()} == {"KSZ-P00077-S1.conf"}
    assert all("/secrets/" in path for path in files.split())
    assert host.run("find /run/ksz /etc/ksz -perm /077 ! -type l") == ""


def test_hub_with_another_host_key_is_refused(host: LinuxHost, tmp_path: Path) -> None:
    other = tmp_path / "known_hosts"
    port = host.target.port
    other.write_text(f"[127.0.0.1]:{port} {(host.folder / 'client_key.pub').read_text()}")

    with (
        pytest.raises(ConnectError, match="KSZ402"),
        LINUX.connect(replace(host.target, known_hosts=other)),
    ):
        pass


def test_unknown_hub_is_refused(host: LinuxHost, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()

    with (
        pytest.raises(ConnectError, match="KSZ402"),
        LINUX.connect(replace(host.target, known_hosts=empty)),
    ):
        pass


def test_hub_that_does_not_answer_is_not_reached(host: LinuxHost) -> None:
    with pytest.raises(ConnectError, match="KSZ401"), LINUX.connect(replace(host.target, port=1)):
        pass


def test_e1_line_is_refused_before_anything_is_touched() -> None:
    handoff = Handoff(
        owner=Owner.of("P00005", "S1"),
        port=E1Port("0/1/0"),
        addresses=(ip_interface("192.0.2.149/30"),),
    )

    with pytest.raises(UnsupportedError, match="KSZ201"):
        LINUX.check(DeviceState.of([PERIMETER, handoff]))


def test_run_whose_commit_was_undone_leaves_the_next_ones_alone(host: LinuxHost) -> None:
    brought_to(host, state_of(line(3)))
    with LINUX.connect(host.target) as one, LINUX.connect(host.target) as other:
        one.stage(state_of(line(3), line(4)), reveal)
        one.commit(revert_in_s=60)
        host.run('sed -i \'s/"deadline": [0-9.]*/"deadline": 0/\' /run/ksz/pending.json')
        until(lambda: not pending(host))
        other.stage(state_of(line(3), line(5)), reveal)
        other.commit(revert_in_s=60)

        for act in (one.rollback, one.confirm):
            with pytest.raises(CommitError, match=r"no commit \S+ is pending; \S+ is"):
                act()

        assert other.pending()
        other.confirm()
        assert other.state() == state_of(line(3), line(5))


def test_damage_that_would_close_the_hub_at_a_restart_is_seen_and_healed(host: LinuxHost) -> None:
    intended = brought_to(host, state_of(line(3), tunnel(77)))
    host.run("echo >>$(echo /etc/ksz/startup/secrets/*77*.conf)")

    with LINUX.connect(host.target) as session:
        assert "startup is damaged" in str(session.state().strays)
        session.stage(intended, reveal)
        session.commit(revert_in_s=60)
        session.confirm()
        assert session.state() == intended


def test_hub_whose_agent_is_gone_is_not_called_unchanged(host: LinuxHost) -> None:
    intended = brought_to(host, state_of(line(3)))
    host.run(f"mv {names.AGENT} /run/agent.kept")
    try:
        with LINUX.connect(host.target) as session:
            assert session.observe().upkeep != Upkeep()
            with pytest.raises(DeviceError, match=r"KSZ408.*prepare"):
                session.stage(intended, reveal)
    finally:
        host.run(f"mv /run/agent.kept {names.AGENT}")
