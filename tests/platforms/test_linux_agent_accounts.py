"""The agent on a file server: what of an account is touched, and what is left as it is."""

from __future__ import annotations

import grp
import os
import pwd
from typing import TYPE_CHECKING

import pytest

from ksz_netops.platforms.linux.on_hub.agent import accounts
from ksz_netops.platforms.linux.on_hub.agent.hub import Hub
from ksz_netops.platforms.linux.on_hub.agent.places import Places

if TYPE_CHECKING:
    from pathlib import Path

NAME, UID, GID = "ksz-p00008-s1", 200801, 995
SOUND = {
    "pw_name": NAME, "pw_passwd": "x", "pw_uid": UID, "pw_gid": GID, "pw_gecos": "KSZ-P00008-S1",
    "pw_dir": "/", "pw_shell": "/usr/sbin/nologin",
}  # fmt: skip


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    monkeypatch.setattr(
        grp, "getgrnam", lambda name: grp.struct_group((name, "x", GID, [])), raising=True
    )
    monkeypatch.setattr(os, "getgrouplist", lambda _, gid: [gid])
    return []


def hub(root: Path, called: list[tuple[str, ...]], shadow: str = "*") -> Hub:
    (root / "etc").mkdir()
    (root / "etc/shadow").write_text(f"root:*:19000::::::\n{NAME}:{shadow}:20000::::::\n")

    def run(*argv: str, **_: object) -> str:
        called.append(argv)
        return ""

    return Hub(places=Places(root=root), run=run)


def with_account(monkeypatch: pytest.MonkeyPatch, **otherwise: object) -> None:
    entry = pwd.struct_passwd(tuple({**SOUND, **otherwise}.values()))
    monkeypatch.setattr(pwd, "getpwnam", lambda _: entry)


def test_an_account_that_is_right_costs_no_process(
    tmp_path: Path, called: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_account(monkeypatch)

    accounts.add(hub(tmp_path, called), NAME, str(UID), "KSZ-P00008-S1")

    assert called == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pw_dir", "/home"), ("pw_shell", "/bin/sh"), ("pw_gecos", "somebody"), ("pw_gid", 27),
    ],
)  # fmt: skip
def test_an_account_that_is_otherwise_is_set_right(
    tmp_path: Path,
    called: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    field: str,
    value: object,
) -> None:
    with_account(monkeypatch, **{field: value})

    accounts.add(hub(tmp_path, called), NAME, str(UID), "KSZ-P00008-S1")

    assert [argv[0] for argv in called] == ["usermod"]


@pytest.mark.parametrize("shadow", ["", "!", "$y$j9T$x", "*x"])
def test_an_account_that_a_password_may_open_is_set_right(
    tmp_path: Path, called: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, shadow: str
) -> None:
    with_account(monkeypatch)

    accounts.add(hub(tmp_path, called, shadow), NAME, str(UID), "KSZ-P00008-S1")

    assert [argv[0] for argv in called] == ["usermod"]


def test_an_account_in_a_further_group_is_set_right(
    tmp_path: Path, called: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_account(monkeypatch)
    monkeypatch.setattr(os, "getgrouplist", lambda _, gid: [gid, 27])

    accounts.add(hub(tmp_path, called), NAME, str(UID), "KSZ-P00008-S1")

    (argv,) = called
    assert argv[:3] == ("usermod", "-G", "")


def test_an_account_with_another_number_is_made_anew(
    tmp_path: Path, called: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_account(monkeypatch, pw_uid=4_000_000_001)  # nobody runs as that

    accounts.add(hub(tmp_path, called), NAME, str(UID), "KSZ-P00008-S1")

    assert [argv[0] for argv in called] == ["userdel", "useradd"]
