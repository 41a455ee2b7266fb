"""The transfer log of the file server: whose line it is, and what a partner can do to it."""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="folders must belong to root")
PARTNER = 4242
TransferLog: TypeAlias = Any
"""The program is a file and no package, so no checker knows its class."""


@pytest.fixture
def module(program: Callable[[str], ModuleType]) -> ModuleType:
    return program("sftp_server/files/sftp-log.py")


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    for account in ("one", "two"):
        (tmp_path / "roots" / account).mkdir(parents=True, mode=0o755)
    return tmp_path / "roots"


@pytest.fixture
def log(module: ModuleType, roots: Path, tmp_path: Path) -> Iterator[TransferLog]:
    opened = module.TransferLog(roots, tmp_path / "log")
    yield opened
    opened.close()


def say(roots: Path, account: str, text: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text, str(roots / account / "dev/log"))


def test_a_line_belongs_to_the_account_whose_socket_it_came_by(
    log: TransferLog, roots: Path, tmp_path: Path
) -> None:
    log.follow_accounts()

    say(roots, "one", b'<14>Nov 28 internal-sftp[1]: two open "/in/x"\n')
    log.write_what_comes(1)

    (line,) = (tmp_path / "log").read_text().splitlines()
    assert line.split(" ", 1)[1] == 'one two open "/in/x"'


def test_every_account_can_write_to_its_socket_and_nobody_else_changes_it(
    log: TransferLog, roots: Path
) -> None:
    os.umask(0o077)
    try:
        log.follow_accounts()
    finally:
        os.umask(0o022)

    assert stat.S_IMODE((roots / "one/dev/log").stat().st_mode) == 0o666
    assert stat.S_IMODE((roots / "one/dev").stat().st_mode) == 0o755
    assert (roots / "one/dev").stat().st_uid == 0


def test_a_partners_own_folder_dev_costs_nobody_else_the_log(
    log: TransferLog, roots: Path, tmp_path: Path
) -> None:
    (roots / "one/dev").mkdir(mode=0o700)
    (roots / "one/dev/log").mkdir()
    os.chown(roots / "one/dev", PARTNER, PARTNER)
    log.follow_accounts()
    log.follow_accounts()
    say(roots, "two", b"x[1]: here")
    log.write_what_comes(1)

    lines = [line.split(" ", 1)[1] for line in (tmp_path / "log").read_text().splitlines()]
    assert lines == ["one transfers are not logged: its folder dev is not root's alone", "two here"]
    assert (roots / "one/dev/log").is_dir()


@pytest.mark.parametrize("where", ["one", "one/dev"])
def test_no_link_is_followed(log: TransferLog, roots: Path, tmp_path: Path, where: str) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "log").write_text("kept")
    if where == "one":
        (roots / "one").rmdir()
    (roots / where).symlink_to(victim)

    log.follow_accounts()

    assert (victim / "log").read_text() == "kept"
    assert (roots / "two/dev/log").is_socket()


def test_what_stands_in_the_sockets_place_is_replaced(
    log: TransferLog, roots: Path, tmp_path: Path
) -> None:
    (roots / "one/dev").mkdir()
    (roots / "one/dev/log").symlink_to(tmp_path / "elsewhere")

    log.follow_accounts()

    assert (roots / "one/dev/log").is_socket()
    assert not (tmp_path / "elsewhere").exists()


def test_the_archive_of_former_accounts_is_no_account(
    module: ModuleType, roots: Path, tmp_path: Path
) -> None:
    (roots / ".archive").mkdir()
    (roots / "lost").symlink_to(tmp_path)

    assert module.accounts(roots) == {"one", "two"}
    assert tmp_path.exists()


def test_a_full_disk_stops_no_transfer(
    log: TransferLog,
    module: ModuleType,
    roots: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log.follow_accounts()

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "fdopen", full)
        for _ in range(50):
            say(roots, "one", b"x[1]: lost")
            log.write_what_comes(1)
    say(roots, "one", b"x[1]: kept")
    log.write_what_comes(1)

    assert (tmp_path / "log").read_text().endswith(" one kept\n")


def test_the_log_stays_bounded(
    log: TransferLog,
    module: ModuleType,
    roots: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOG_OCTETS", 100)
    log.follow_accounts()

    for number in range(40):
        say(roots, "one", b"x[1]: %d%s" % (number, b"-" * 80))
        log.write_what_comes(1)

    kept = sorted(path.name for path in tmp_path.glob("log*"))
    assert kept == [f"log.{number}" for number in range(1, module.KEPT + 1)]
    assert " one 39-" in (tmp_path / "log.1").read_text()


def test_an_account_that_went_leaves_no_socket_open(
    log: TransferLog, roots: Path, tmp_path: Path
) -> None:
    log.follow_accounts()
    (roots / "one/dev/log").unlink()
    (roots / "one/dev").rmdir()
    (roots / "one").rmdir()

    log.follow_accounts()
    say(roots, "two", b"x[1]: here")
    log.write_what_comes(1)

    assert (tmp_path / "log").read_text().endswith(" two here\n")


def test_a_name_with_control_characters_stays_one_line(module: ModuleType) -> None:
    shown = module.line("one", 'x[1]: open "/in/a\nb\x1b[2J\u202e"'.encode())

    assert shown.endswith('one open "/in/a?b?[2J?"\n')
    assert shown.count("\n") == 1
