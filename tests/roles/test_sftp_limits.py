"""What one account may have at a time: sessions, space, files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.fixture
def module(program: Callable[[str], ModuleType]) -> ModuleType:
    return program("sftp_server/files/sftp-limits.py")


def test_the_newest_sessions_of_an_account_are_too_many(module: ModuleType) -> None:
    found = [module.Process(pid, parent=1, uid=200801, started=pid) for pid in (30, 10, 40, 20)] + [
        # What sshd forked for the oldest session is part of it.
        module.Process(50, parent=10, uid=200801, started=50),
        module.Process(60, parent=1, uid=200901, started=60),
    ]

    assert [each.pid for each in module.excess(found, sessions=2)] == [30, 40]


def test_no_session_is_too_many_within_the_limit(module: ModuleType) -> None:
    found = [module.Process(pid, parent=1, uid=200801, started=pid) for pid in (10, 20)]

    assert module.excess(found, sessions=2) == []


def test_processes_are_read_with_names_that_hold_anything(
    module: ModuleType, tmp_path: Path
) -> None:
    process = tmp_path / "77"
    process.mkdir()
    fields = " ".join(str(number) for number in range(3, 53))
    (process / "stat").write_text(f"77 (sshd: ) 9 x)) S 12 {fields}\n")
    (tmp_path / "78").mkdir()

    (found,) = module.processes({process.stat().st_uid}, tmp_path)

    assert (found.pid, found.parent) == (77, 12)
    assert found.started == int(fields.split()[17])


def test_only_a_filesystem_with_quotas_at_the_very_place_is_limited(module: ModuleType) -> None:
    mounts = """\
25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,usrquota
63 43 7:0 / /srv/ksz rw,nodev - ext4 /dev/loop0 rw,quota,usrquota
"""
    assert module.device_of(Path("/srv/ksz"), mounts) == "/dev/loop0"
    assert module.device_of(Path("/srv"), mounts) is None
    assert module.device_of(Path("/srv/ksz"), mounts.replace(",quota,usrquota", "")) is None


def test_quotas_are_laid_out_as_the_kernel_reads_them(module: ModuleType) -> None:
    # struct if_dqblk of linux/quota.h: eight 64-bit fields, a 32-bit one, padding.
    assert module.ctypes.sizeof(module.Quota) == 72
    assert module.Quota.valid.offset == 64
    assert module.Quota.hard_files.offset == 24
