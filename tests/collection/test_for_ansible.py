"""The collection for those who have only Ansible's own defaults: no ansible.cfg, nothing copied."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import ksz_netops
from ksz_netops.inventory.load import load_intent

ROOT = Path(ksz_netops.__file__).parents[1]
SAMPLE = ROOT / "inventory"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """In a folder whose name every tool on the way has to quote."""
    ignored = shutil.ignore_patterns("secrets.yml", ".vault-password", ".lab", "record")
    return Path(shutil.copytree(SAMPLE, tmp_path / "our 100% hubs" / "inventory", ignore=ignored))


def run(tool: str, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Outside of the clone, so that its ansible.cfg is not found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return subprocess.run(  # noqa: S603 - ours
        [ROOT / ".venv/bin" / tool, *map(str, words)],
        cwd="/",
        env={**kept, "ANSIBLE_NOCOLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def listed(inventory: Path) -> dict[str, Any]:
    done = run("ansible-inventory", "-i", inventory / "hubs.yml", "--list", "--export")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout, object_hook=_plain)
    return found


def _plain(value: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """A value that Ansible will not take for a template is marked as such."""
    return value.get("__ansible_unsafe", value)


def test_every_hub_is_listed_with_the_way_to_it(inventory: Path) -> None:
    intent = load_intent(inventory)

    found = listed(inventory)

    assert set(found["hubs"]["hosts"]) == set(intent.hubs)
    for name, hub in intent.hubs.items():
        variables = found["_meta"]["hostvars"][name]
        assert variables["ansible_host"] == hub.management.address
        assert variables["ansible_port"] == hub.management.port
        assert variables["ansible_user"] == hub.management.user
        assert variables["ansible_ssh_private_key_file"] == str(
            inventory / hub.management.private_key
        )


def test_ssh_reads_the_known_hosts_of_the_inventory_wherever_it_is(inventory: Path) -> None:
    arguments = listed(inventory)["_meta"]["hostvars"]["hub-bru-1"]["ansible_ssh_common_args"]

    # A shell splits them as Ansible does.
    shown = subprocess.run(  # noqa: S602 - our own arguments
        f"ssh -G {arguments} 192.0.2.1", shell=True, capture_output=True, text=True, check=True
    ).stdout

    assert f"userknownhostsfile {inventory}/.lab/known_hosts\n" in shown
    assert "stricthostkeychecking true" in shown


def test_a_hub_whose_file_is_wrong_is_listed_and_reached_nowhere(inventory: Path) -> None:
    file = inventory / "host_vars/hub-bru-1.yml"
    file.write_text(file.read_text().replace("address: 127.0.0.1", "addres: 127.0.0.1"))

    variables = listed(inventory)["_meta"]["hostvars"]["hub-bru-1"]

    assert variables["ansible_host"] == "unknown.invalid"


def test_preparing_goes_where_the_hubs_own_file_says_and_never_by_a_bare_name(
    inventory: Path,
) -> None:
    (inventory / "hubs.yml").write_text("hubs: {hosts: {hub-bru-1: }}\n")

    done = run(
        "ansible-playbook", "-i", inventory / "hubs.yml", "ksz.netops.prepare", "-vvv",
        ANSIBLE_SSH_EXECUTABLE="/bin/false",
    )  # fmt: skip

    assert done.returncode != 0
    assert "ESTABLISH SSH CONNECTION FOR USER: root" in done.stdout
    assert "<127.0.0.1>" in done.stdout
    assert "<hub-bru-1>" not in done.stdout


def test_problems_are_lines_without_a_setting_of_ansible(inventory: Path) -> None:
    for number in ("P00001", "P00002"):
        file = inventory / f"partners/{number}.yml"
        text = file.read_text()
        file.write_text(text.replace("official_ip: ", "official_ip: x"))

    done = run("ansible-playbook", "-i", inventory / "hubs.yml", "ksz.netops.validate")

    assert done.returncode == 2
    lines = [line for line in done.stdout.splitlines() if ": KSZ107 " in line]
    assert [line.count("KSZ107") for line in lines if not line.startswith("fatal")] == [1, 1]


@pytest.mark.parametrize("playbook", ["validate", "audit", "provision"])
def test_a_collection_without_its_package_says_what_to_install(
    inventory: Path, tmp_path: Path, playbook: str
) -> None:
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow/ksz_netops.py").touch()

    done = run(
        "ansible-playbook", "-i", inventory / "hubs.yml", f"ksz.netops.{playbook}",
        PYTHONPATH=str(tmp_path / "shadow"),
    )  # fmt: skip

    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    assert "`pip install ksz-netops`" in done.stdout


@pytest.mark.parametrize("playbook", ["validate", "audit", "provision", "prepare"])
def test_an_inventory_without_a_hub_does_not_end_well(inventory: Path, playbook: str) -> None:
    for file in (inventory / "host_vars").iterdir():
        file.unlink()

    done = run("ansible-playbook", "-i", inventory / "hubs.yml", f"ksz.netops.{playbook}")

    assert done.returncode != 0
