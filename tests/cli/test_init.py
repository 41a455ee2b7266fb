"""A new inventory: from answers, from a box over SSH, and as the sample."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.cli import code_of
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.onboarding.start import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

HUB = [
    "--yes", "--hub", "hub-1", "--management-interface", "eth0",
    "--internet-interface", "eth1", "--internet-address", "198.51.100.5/24",
    "--extranet-interface", "eth2", "--extranet-address", "10.64.0.1/16",
]  # fmt: skip
ADDRESSES = [
    {"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
    {"ifname": "mgmt", "addr_info": [{"local": "10.9.0.5", "prefixlen": 24, "scope": "global"}]},
    {"ifname": "wan", "addr_info": [{"local": "198.51.100.5", "prefixlen": 24, "scope": "global"}]},
    {"ifname": "spare", "addr_info": []},
    {"ifname": "ext", "addr_info": [{"local": "10.64.0.1", "prefixlen": 16, "scope": "global"}]},
]
ROUTES = [{"dst": "default", "gateway": "198.51.100.1", "dev": "wan"}]


def test_an_inventory_from_answers_is_valid_and_says_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "our extranet"

    assert code_of(["init", str(folder), *HUB, "--no-look", "--address", "198.51.100.250"]) == 0

    intent = load_intent(folder)
    assert list(intent.hubs) == ["hub-1"]
    assert str(intent.hubs["hub-1"].management.address) == "198.51.100.250"
    said = capsys.readouterr().out
    assert "ksz.netops.prepare" in said
    assert code_of(["validate", "--inventory", str(folder)]) == 0


def test_what_is_secret_is_never_for_git(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    code_of(["init", str(folder), *HUB, "--no-look", "--address", "198.51.100.250"])
    (folder / "secrets.yml").touch()
    (folder / ".vault-password").touch()

    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)  # noqa: S603, S607 - fixed
    listed = subprocess.run(  # noqa: S603 - fixed
        ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard"],  # noqa: S607 - git
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip

    assert "host_vars/hub-1.yml" in listed
    assert "partners/.gitkeep" in listed
    assert [name for name in listed if "key" in name.lower() and "gitkeep" not in name] == []
    assert not {"secrets.yml", ".vault-password"} & set(listed)
    assert (folder / "keys/id_ed25519").stat().st_mode & 0o077 == 0


def test_a_folder_that_has_something_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").write_text("kept")

    assert code_of(["init", str(tmp_path), "--example"]) == 1

    assert "KSZ720" in capsys.readouterr().err
    assert (tmp_path / "kept").read_text() == "kept"


def test_the_sample_is_valid_where_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "sample"

    assert code_of(["init", str(folder), "--example"]) == 0

    assert len(load_intent(folder).partners) == 20
    assert not (folder / ".lab").exists()


def test_what_is_not_known_is_named_where_nobody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = code_of(
        ["init", str(tmp_path / "x"), "--yes", "--no-look", "--address", "198.51.100.250"]
    )

    assert code == 1
    assert "KSZ721 the port of the internet is not known" in capsys.readouterr().err


def test_ports_are_told_apart_by_what_they_are_used_for() -> None:
    box = Box.read(f"{json.dumps(ADDRESSES)}\n\n{json.dumps(ROUTES)}\n", "10.9.0.5")

    assert box.management == "mgmt"
    assert box.internet == ("wan", "198.51.100.5/24")
    assert box.gateway == "198.51.100.1"
    assert box.extranet == ("ext", "10.64.0.1/16")


def test_a_box_without_a_default_route_leaves_the_question_open() -> None:
    box = Box.read(f"{json.dumps(ADDRESSES[:2])}\n\n[]\n", "10.9.0.5")

    assert (box.internet, box.gateway, box.extranet) == (None, None, None)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[tuple[int, Path, str]]:
    """A box's SSH server on this machine: its port, a key that it lets in, its fingerprint."""
    folder = tmp_path / "box"
    folder.mkdir(mode=0o700)
    for name in ("host", "client"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/client.pub\nPidFile none\n"
    )
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", str(folder / "config")])  # noqa: S603 - fixed
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        fingerprint = _run("ssh-keygen", "-l", "-f", str(folder / "host.pub")).split()[1]
        yield port, folder / "client", fingerprint
    finally:
        server.terminate()
        server.wait()


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="the server lets root in")
def test_ports_and_host_key_are_read_from_the_box(
    tmp_path: Path, sshd: tuple[int, Path, str]
) -> None:
    port, key, fingerprint = sshd
    folder = tmp_path / "inventory"
    words = ["init", str(folder), *HUB, "--address", "127.0.0.1", "--port", str(port)]

    code = code_of([*words, "--key", str(key), "--host-key", fingerprint])

    # The loopback has an address of its own scope alone, so the port of management was given.
    assert code == 0
    assert f"[127.0.0.1]:{port} ssh-ed25519 " in (folder / "known_hosts").read_text()
    assert (folder / "keys/id_ed25519").resolve() == key


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="the server lets root in")
@pytest.mark.parametrize("wanted", [["--host-key", "SHA256:other"], []], ids=["other", "none"])
def test_a_host_key_that_nobody_compared_is_not_trusted(
    tmp_path: Path,
    sshd: tuple[int, Path, str],
    wanted: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    port, key, _ = sshd
    folder = tmp_path / "inventory"
    words = ["init", str(folder), *HUB, "--address", "127.0.0.1", "--port", str(port)]

    assert code_of([*words, "--key", str(key), *wanted]) == 1

    assert "KSZ402" in capsys.readouterr().err
    assert not (folder / "known_hosts").exists()


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed
