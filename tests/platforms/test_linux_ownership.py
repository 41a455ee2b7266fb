"""What others named with our letters on a real Linux hub is told, and stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.reading import read_hub
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import names
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
CONNECTION = """\
connections {
  KSZ-BCSS-beheer {
    remote_addrs = 203.0.113.200
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      c {
        local_ts = 10.1.0.0/24
        remote_ts = 10.2.0.0/24
      }
    }
  }
}
"""
THINGS = {
    "ip link set dev line5 alias 'KSZ-BCSS extranet' up": (
        "ip -d link show dev line5",
        "alias KSZ-BCSS extranet",
    ),
    "ip link set dev line4 alias KSZ-BCSS up": ("ip -d link show dev line4", "alias KSZ-BCSS"),
    "ip address add 10.7.7.7/24 dev line5": ("ip address show dev line5", "10.7.7.7/24"),
    "useradd -u 4242 -c 'KSZ-BCSS beheer' -M beheer": ("getent passwd beheer", "KSZ-BCSS beheer"),
    "useradd -u 4243 -c KSZ-P00009-S1 -M other": ("getent passwd other", "KSZ-P00009-S1"),
    "useradd -u 4244 -g ksz-sftp -M guest": ("getent passwd guest", "guest"),
    "mkdir -p /etc/ssh/ksz; echo x > /etc/ssh/ksz/other.keys": ("getent passwd other", "other"),
    "nft add table inet ksz_old": ("nft list tables", "inet ksz_old"),
    "nft add table ip ksz": ("nft list tables", "ip ksz"),
    "swanctl --load-conns": ("swanctl --list-conns", "KSZ-BCSS-beheer"),
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.start_charon()
        box.put("/etc/swanctl/conf.d/beheer.conf", CONNECTION, 0o600)
        for command in THINGS:
            box.run(command)
        yield box


def provision(host: LinuxHost, state: object) -> str:
    with LINUX.connect(host.target) as session:
        shown = session.stage(state, reveal)  # type: ignore[arg-type]
        if shown:
            session.commit(revert_in_s=60)
            session.confirm()
    return shown


def test_no_change_touches_what_only_looks_like_ours_and_the_preview_shows_every_line(
    host: LinuxHost,
) -> None:
    shown = [provision(host, state) for state in (STATE, state_of(), STATE)]

    for command, (look, expected) in THINGS.items():
        assert expected in host.run(look), command
    assert all(shown)
    assert provision(host, STATE) == ""
    told = "\n".join(shown)
    assert "BCSS" not in told
    assert "ip link set dev line3 alias KSZ-P00003-S1 up" in shown[0]
    assert "ip link set dev line3 alias '' down" in shown[1]
    assert "add element inet ksz line_in4" in shown[2]


def test_a_restore_of_the_hub_itself_touches_none_of_it_either(host: LinuxHost) -> None:
    provision(host, STATE)
    host.run(f"{names.AGENT} restore")

    for command, (look, expected) in THINGS.items():
        assert expected in host.run(look), command


def test_the_audit_tells_all_of_it_and_judges_a_stranger_in_our_group(host: LinuxHost) -> None:
    provision(host, STATE)
    findings = check_hub(STATE, read_hub(LINUX, host.target))

    (told,) = (each for each in findings if each.check == "namesakes")
    assert told.observed.split("; ") == [
        "link line4 alias KSZ-BCSS",
        "link line5 alias KSZ-BCSS extranet",
        "account beheer gecos KSZ-BCSS beheer",
        "account other gecos KSZ-P00009-S1",
        "connection KSZ-BCSS-beheer",
        "table inet ksz_old",
        "table ip ksz",
    ]
    assert [each.observed for each in findings if each.check == "bypass"] == [
        "account guest group ksz-sftp"
    ]
    orphans = [each for each in findings if each.check == "orphans" and not each.verdict.good]
    assert [each.observed for each in orphans] == ["`account other gecos KSZ-P00009-S1`"]
