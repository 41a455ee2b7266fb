"""A look at a Linux hub where one part fails, hangs or prints noise: the others are judged."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.reading import read_hub
from ksz_netops.errors import ReadbackError
from ksz_netops.platforms import platforms
from support.linux_host import LinuxHost
from support.linux_states import line, reveal, state_of, tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.resources import DeviceState

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
LINUX = platforms()["linux"]
STATE = state_of(line(3), line(4), tunnel(77), tunnel(78))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinuxHost]:
    with LinuxHost(tmp_path_factory.mktemp("box")) as box:
        box.start_charon()
        yield box


def brought_to(host: LinuxHost, state: DeviceState) -> None:
    with LINUX.connect(host.target) as session:
        if session.stage(state, reveal):
            session.commit(revert_in_s=60)
            assert session.state() == state
            session.confirm()


@contextmanager
def done(host: LinuxHost, command: str, undo: str) -> Iterator[None]:
    """As long as it lasts, *command* was typed on the hub."""
    host.run(command)
    try:
        yield
    finally:
        host.run(undo)


def verdicts(host: LinuxHost, *checks: str) -> dict[tuple[str, str | None], Verdict]:
    findings = check_hub(STATE, read_hub(LINUX, host.target))
    return {(f.check, f.partner): f.verdict for f in findings if f.check in checks}


def reasons(host: LinuxHost, check: str, partner: str | None = None) -> list[str]:
    findings = check_hub(STATE, read_hub(LINUX, host.target))
    return [f.reason for f in findings if (f.check, f.partner) == (check, partner)]


HELD = ("perimeter", "filter", "flows", "route", "handoff", "shaper")


def test_noise_of_the_login_shell_leaves_the_hub_readable(host: LinuxHost) -> None:
    brought_to(host, STATE)

    with done(host, "echo 'echo welcome; echo hub >&2' > /root/.bashrc", "rm /root/.bashrc"):
        with LINUX.connect(host.target) as session:
            assert session.state() == STATE
        changed = state_of(line(3, rate_kbps=1024), line(4), tunnel(77), tunnel(78))
        brought_to(host, changed)


@pytest.mark.parametrize(
    ("stop", "start", "words"),
    [
        ("kill -STOP $(pidof charon)", "kill -CONT $(pidof charon)", "does not answer"),
        (
            "kill -9 $(pidof charon)",
            "rm -f /run/charon.vici /run/charon.pid",
            "does not run",
        ),
    ],
)
def test_a_silent_ike_daemon_leaves_lines_judged_and_partners_changeable(
    stop: str, start: str, words: str, host: LinuxHost
) -> None:
    brought_to(host, STATE)

    with done(host, stop, start):
        found = verdicts(host, *HELD, "tunnel", "tunnel-up", "daemons")
        assert found["daemons", None] is Verdict.VIOLATED
        assert found["tunnel", "P00077"] is Verdict.UNKNOWN
        assert found["tunnel-up", "P00077"] is Verdict.VIOLATED
        assert all(
            verdict is Verdict.COMPLIANT
            for (check, partner), verdict in found.items()
            if partner in {"P00003", "P00004"} and check in HELD
        )
        assert words in reasons(host, "daemons")[0]
        # A line changes, and a partner of a tunnel is closed.
        brought_to(host, state_of(line(3, rate_kbps=512), line(4), tunnel(78)))
        assert "203.0.113.77" not in host.run("nft list table inet ksz")

    if words == "does not run":
        host.start_charon()
    host.run("/usr/local/lib/ksz-netops/agent refresh")
    brought_to(host, STATE)


@pytest.mark.parametrize(
    ("tool", "unread", "others"),
    [
        ("tc", "shaper", ("filter", "flows", "route", "handoff", "proof")),
        ("nft", "filter", ("route", "handoff")),
    ],
)
def test_a_tool_that_fails_makes_unknown_what_it_alone_could_tell(
    tool: str, unread: str, others: tuple[str, ...], host: LinuxHost
) -> None:
    brought_to(host, STATE)

    with done(
        host, f"mount --bind /bin/false $(command -v {tool})", f"umount $(command -v {tool})"
    ):
        found = verdicts(host, unread, *others, "orphans")
        assert found[unread, "P00003"] is Verdict.UNKNOWN
        assert {found[check, "P00003"] for check in others} == {Verdict.COMPLIANT}
        assert found["orphans", None] is Verdict.UNKNOWN
        with LINUX.connect(host.target) as session, pytest.raises(ReadbackError):
            session.state()


def test_a_tool_that_hangs_is_given_up(host: LinuxHost) -> None:
    brought_to(host, STATE)
    host.put("/usr/local/sbin/hang", "#!/bin/sh\nexec sleep 1000\n", 0o755)

    with done(
        host, "mount --bind /usr/local/sbin/hang $(command -v tc)", "umount $(command -v tc)"
    ):
        found = verdicts(host, "shaper", "route")

    assert found["shaper", "P00003"] is Verdict.UNKNOWN
    assert found["route", "P00003"] is Verdict.COMPLIANT


SECRETS = "secrets {{\n  {name} {{\n    id-a = 203.0.113.1\n    secret = 0x{key}\n  }}\n}}\n"


def loaded(host: LinuxHost, name: str) -> None:
    host.put("/etc/swanctl/conf.d/other.conf", SECRETS.format(name=name, key="31" * 20), 0o600)
    host.run("swanctl --load-creds --noprompt")


def unloaded(host: LinuxHost) -> None:
    host.run("rm /etc/swanctl/conf.d/other.conf; swanctl --load-creds --clear --noprompt")


def test_a_second_key_in_the_ike_daemon_is_told(host: LinuxHost) -> None:
    brought_to(host, STATE)
    assert verdicts(host, "bypass")["bypass", None] is Verdict.COMPLIANT

    loaded(host, "ike-second")
    try:
        assert verdicts(host, "bypass")["bypass", None] is Verdict.UNKNOWN
        assert "shared key ike-second" in reasons(host, "bypass")[0]
    finally:
        unloaded(host)


def test_another_key_under_our_name_is_told_and_healed(host: LinuxHost) -> None:
    brought_to(host, STATE)

    loaded(host, "ike-KSZ-P00077-S1_0123456789abcdef")
    try:
        assert "loaded ike-KSZ-P00077-S1_0123456789abcdef" in reasons(host, "orphans", "P00077")[0]
        host.run("rm /etc/swanctl/conf.d/other.conf")
        brought_to(host, STATE)
        assert verdicts(host, "tunnel")["tunnel", "P00077"] is Verdict.COMPLIANT
    finally:
        host.run("rm -f /etc/swanctl/conf.d/other.conf")


def test_a_key_that_is_not_loaded_is_told(host: LinuxHost) -> None:
    brought_to(host, STATE)

    host.run("mv /etc/swanctl/conf.d/KSZ.conf /tmp/; swanctl --load-creds --clear --noprompt")
    try:
        assert verdicts(host, "tunnel")["tunnel", "P00077"] is Verdict.VIOLATED
        assert "`secret KSZ-P00077-S1" in reasons(host, "tunnel", "P00077")[0]
    finally:
        host.run("mv /tmp/KSZ.conf /etc/swanctl/conf.d/")
    brought_to(host, STATE)
    assert verdicts(host, "tunnel")["tunnel", "P00077"] is Verdict.COMPLIANT
