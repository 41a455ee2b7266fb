"""Hosts of the lab on root file systems of their own, and what they see of a machine's packages."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import LabError
from ksz_netops.inventory.load import load_intent
from ksz_netops.lab import build, roots
from ksz_netops.lab.neighbours import running_labs
from ksz_netops.lab.roots import Release, Roots
from ksz_netops.lab.source import down, up
from support.lab_running import ON, copy_of_sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATUS = "var/lib/dpkg/status"
PARAGRAPH = """\
Package: {name}
Status: install ok installed
Description: programs
 Version: 9
Version: {version}

"""


def system(folder: Path, **versions: str) -> Path:
    status = folder / STATUS
    status.parent.mkdir(parents=True, exist_ok=True)
    status.write_text(
        "".join(PARAGRAPH.format(name=name, version=each) for name, each in versions.items())
    )
    return folder


def test_packages_are_told_apart_by_presence_and_version(tmp_path: Path) -> None:
    before = roots.versions(system(tmp_path, nftables="1.0.6", vim="9"))

    assert roots.versions(system(tmp_path, nftables="1.0.6", vim="10")) == before
    assert roots.versions(system(tmp_path, nftables="1.0.9", vim="9")) != before
    assert roots.versions(system(tmp_path, nftables="1.0.6", netbase="6")) != before


def test_a_machine_without_dpkg_has_no_packages_to_tell(tmp_path: Path) -> None:
    assert roots.versions(tmp_path) == roots.versions(tmp_path / "another")


def test_roots_are_named_as_the_command_takes_them() -> None:
    assert str(Roots()) == "no --root"
    assert str(Roots(release=Release.TRIXIE, bare=True)) == "--root trixie --bare"


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Path]:
    """A hub and two partners; the lab is down in the end."""
    folder = copy_of_sample(tmp_path / "an inventory", routers=False)
    for file in (folder / "partners").glob("*.yml"):
        if file.stem not in {"P00001", "P00007"}:
            file.unlink()
    yield folder
    down(folder)


def said(inventory: Path, host: str, *command: str) -> str:
    from ksz_netops.lab.running import Running  # noqa: PLC0415 - beside its only use

    return Running.of(inventory).host(host).inside.run(*command)


@pytest.mark.lab
def test_hosts_have_their_folders_open_to_all_whatever_the_umask(inventory: Path) -> None:
    with umask(0o077):
        up(inventory, ON)

    for host in ("hub-bru-1", "P00001"):
        modes = said(inventory, host, "stat", "--format=%a", "/", "/etc", "/usr", "/srv", "/run")
        assert modes.split() == ["755"] * 5


@pytest.mark.lab
def test_host_that_would_miss_new_packages_boots_anew_or_is_told(
    inventory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(inventory, ON)
    said(inventory, "hub-bru-1", "mkdir", "/run/ksz")
    monkeypatch.setattr(build, "versions", lambda _: "after an apt-get install")

    difference = up(inventory, ON)

    assert difference.outdated == ("hub-bru-1",)
    assert {"hub-bru-2", "extranet", "internet", "P00001"} <= set(difference.changed)
    assert said(inventory, "hub-bru-1", "ls", "-d", "/run/ksz") == "/run/ksz\n"
    assert up(inventory, ON).outdated == ("hub-bru-1",)


@pytest.mark.lab
def test_hub_that_boots_anew_is_reached_at_its_place(
    inventory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(inventory, ON)
    monkeypatch.setattr(build, "versions", lambda _: "after an apt-get install")
    up(inventory, ON)

    management = load_intent(inventory).hubs["hub-bru-1"].management
    with socket.create_connection((management.address, management.port), 30) as there:
        assert there.recv(8).startswith(b"SSH-2.0")


@pytest.mark.lab
def test_second_lab_on_the_same_ports_names_the_first_and_what_ends_it(
    inventory: Path, tmp_path: Path
) -> None:
    up(inventory, ON)
    other = copy_of_sample(tmp_path / "other", routers=False)
    for file in (inventory / "host_vars").glob("*.yml"):
        (other / "host_vars" / file.name).write_text(file.read_text())

    with pytest.raises(LabError) as caught:
        up(other, ON)

    (first, *_) = caught.value.problems
    assert first.code == "KSZ509"
    assert f"hub-bru-1 of the lab of {inventory} holds it" in first.what
    assert first.fix == f"`ksz-netops lab down --inventory '{inventory}'` ends that lab"
    assert [each.inventory for each in running_labs()].count(inventory) == 1


@pytest.mark.lab
@pytest.mark.skipif(
    shutil.which("mmdebstrap") is None,
    reason="no mmdebstrap; run scripts/packages debian-packages-roots.txt",
)
@pytest.mark.parametrize("release", Release)
def test_hosts_run_the_release_that_is_asked_for(inventory: Path, release: Release) -> None:
    major = {Release.BOOKWORM: "12", Release.TRIXIE: "13"}[release]
    up(inventory, ON, roots=Roots(release=release))

    for host in ("hub-bru-1", "P00007", "extranet"):
        assert said(inventory, host, "cat", "/etc/debian_version").startswith(f"{major}.")
    assert not up(inventory, ON)
    with pytest.raises(LabError, match=f"runs with --root {release}, and no --root"):
        up(inventory, ON, roots=Roots())
