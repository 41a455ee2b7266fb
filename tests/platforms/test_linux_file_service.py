"""The file server of a Linux hub with its own SSH daemon: tricks of partners, slips of hands."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.platforms import platforms
from ksz_netops.state.resources import DeviceState
from support.linux_host import LinuxHost
from support.linux_states import PERIMETER, account, reveal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
ACCOUNT = "ksz-p00008-s1"
SSHD = """\
ListenAddress 203.0.113.1:2222
HostKey /etc/ssh/ksz_host_ed25519_key
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
LoginGraceTime 20
MaxStartups 30:30:120
PerSourceMaxStartups 4
PidFile /run/ksz-sftp.pid
Subsystem sftp internal-sftp
"""
BANNERS = """\
import socket, sys
held = []
for _ in range(int(sys.argv[2])):
    one = socket.socket()
    one.bind((sys.argv[1], 0))
    one.settimeout(5)
    one.connect(("203.0.113.1", 2222))
    held.append(one)
said = 0
for one in held:
    try:
        said += one.recv(8).startswith(b"SSH-2.0")
    except OSError:
        pass
print(said, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("files")) as box:
        box.put("/etc/ssh/sshd_ksz_config", SSHD)
        box.run("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ksz_host_ed25519_key")
        box.start_charon()
        yield box


def serving(host: LinuxHost, *directories: str) -> DeviceState:
    key = (host.folder / "client_key.pub").read_text()
    return DeviceState.of([replace(PERIMETER, file_service=True), account(8, key, *directories)])


def bring_to(host: LinuxHost, state: DeviceState) -> None:
    with LINUX.connect(host.target) as session:
        if session.stage(state, reveal):
            session.commit(revert_in_s=60)
            session.confirm()
        held = session.state()
    assert [stray.statement for stray in held.strays if "sshd" in stray.statement] == []
    assert held == state


EDITS = {
    "the daemon killed": "P=/run/ksz-sftp.pid; kill $(cat $P); while test -e $P; do :; done",
    "a configuration that the daemon has not read": "touch /etc/ssh/sshd_ksz_config",
    "a host key that the daemon does not show": (
        "rm /etc/ssh/ksz_host_ed25519_key;"
        "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ksz_host_ed25519_key"
    ),
    "a host key that all can read": "chmod 0644 /etc/ssh/ksz_host_ed25519_key",
    "the folder of roots open to others": "chmod 0777 /srv/ksz",
    "the folder above it of somebody else": "chown nobody /srv",
    "a folder of keys that the account cannot pass": "chmod 0700 /etc/ssh/ksz",
    "a folder of roots that the account cannot pass": "chmod 0700 /srv/ksz",
    "keys that the account cannot read": f"chmod 0600 /etc/ssh/ksz/{ACCOUNT}.keys",
    "a configuration that all can read": "chmod 0644 /etc/ssh/sshd_ksz_config",
    "a root open to others": f"chmod 0775 /srv/ksz/{ACCOUNT}",
    "keys open to others": f"chmod 0666 /etc/ssh/ksz/{ACCOUNT}.keys",
    "an account in a further group": f"usermod -a -G adm {ACCOUNT}",
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_slip_on_which_the_daemon_depends_is_seen_and_healed(host: LinuxHost, edit: str) -> None:
    intended = serving(host, "in")
    bring_to(host, intended)
    host.run(EDITS[edit])

    with LINUX.connect(host.target) as session:
        assert session.state() != intended

    bring_to(host, intended)


def test_a_sound_root_of_the_system_may_be_read_only(host: LinuxHost) -> None:
    intended = serving(host, "in")
    bring_to(host, intended)
    host.run(f"{EDITS['the daemon killed']}; mount -o remount,bind,ro /")

    bring_to(host, intended)

    assert " ro" in host.run("grep -E '^[^ ]+ / ' /proc/mounts | tail -1")
    host.run("mount -o remount,bind,rw /")


def test_a_folder_dev_of_the_partner_is_taken_away_with_what_is_in_it(host: LinuxHost) -> None:
    bring_to(host, serving(host, "in", "dev"))
    host.run(f"mkdir /srv/ksz/{ACCOUNT}/dev/log; echo kept >/srv/ksz/{ACCOUNT}/dev/log/file")

    bring_to(host, serving(host, "in"))

    assert host.run(f"ls /srv/ksz/{ACCOUNT}") == "in\n"
    assert "kept" in host.run("cat /srv/ksz/.archive/*/log/file")


def test_who_does_not_log_in_takes_nobody_elses_place(host: LinuxHost) -> None:
    bring_to(host, serving(host, "in"))
    host.put("/root/banners.py", BANNERS)
    banners = "/usr/bin/python3 /root/banners.py"

    answers = host.run(
        f"(sleep 8 | {banners} 192.0.2.1 140 & sleep 4; {banners} 10.9.0.1 1 </dev/null; wait)"
    ).split()

    assert sorted(map(int, answers)) == [1, 4]


def test_a_full_filesystem_of_partners_keeps_nobody_from_being_taken_off(host: LinuxHost) -> None:
    bring_to(host, DeviceState.of([PERIMETER]))
    host.run("mkdir -p /srv/ksz; mount -t tmpfs -o size=1m none /srv/ksz")
    bring_to(host, serving(host, "in"))
    host.run(f"dd if=/dev/zero of=/srv/ksz/{ACCOUNT}/in/big bs=64k 2>/dev/null || true")
    assert "100%" in host.run("df /srv/ksz")

    bring_to(host, DeviceState.of([PERIMETER]))

    assert ACCOUNT not in host.run("getent passwd")
    assert host.run("ls /srv/ksz/.archive") != ""
    host.run("umount /srv/ksz")


def test_sessions_over_the_limit_are_ended_the_newest_first(host: LinuxHost) -> None:
    bring_to(host, serving(host, "in"))
    program = (Path(__file__).parents[2] / "roles/sftp_server/files/sftp-limits.py").read_text()
    host.put("/root/sftp-limits", program, 0o755)
    host.put("/root/key", (host.folder / "client_key").read_text(), 0o600)
    host.run(f'sed -i \'s/from="[^"]*"/from="203.0.113.1"/\' /etc/ssh/ksz/{ACCOUNT}.keys')
    visit = (
        "sftp -q -P 2222 -i /root/key -o BatchMode=yes -o StrictHostKeyChecking=no"
        f" -o UserKnownHostsFile=/dev/null -o BindAddress=203.0.113.1 {ACCOUNT}@203.0.113.1"
    )
    sessions = f"ps -o pid= -u {ACCOUNT} | wc -l"

    ended = host.run(
        f"for n in 1 2 3 4; do (sleep 25 | {visit} >/dev/null 2>&1) & sleep 2; done;"
        f" before=$({sessions});"
        " timeout 6 /root/sftp-limits --sessions 2 --space-mb 10 --files 10 2>&1 || true;"
        f" echo $before $({sessions})"
    )

    assert f"{ACCOUNT}: a session over the limit was ended" in ended
    before, after = map(int, ended.split()[-2:])
    assert before == 2 * after > 0
