"""Whatever is wrong in the inventory is said with its place, and no hub is touched."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from support.playbook_run import ROOT, run_playbook

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    inventory = tmp_path_factory.mktemp("sample") / "inventory"
    ignored = shutil.ignore_patterns(".lab", "secrets.yml", ".vault-password", "former")
    shutil.copytree(ROOT / "inventory", inventory, ignore=ignored)
    generate_missing(load_intent(inventory), inventory)
    return inventory


@pytest.fixture
def inventory(sample: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample, tmp_path / "inventory")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("partner", "old", "new", "expected"),
    [
        ("P00001", "connections:\n", "connections: [\n", "P00001.yml:"),
        ("P00001", "sector: family", "colour: blue\nsector: family", "P00001.yml:5:1: KSZ112"),
        ("P00002", "198.51.100.2", "198.51.100.1", "P00002.yml:6:14: KSZ"),
        ("P00007", "capacity_kbps: 256", "capacity_kbps: 200", "P00007.yml:"),
        ("P00008", "hub: hub-bru-2", "hub: hub-bru-9", "P00008.yml:16:10: KSZ"),
    ],
    ids=["malformed", "unknown key", "one address twice", "capacity 200", "no such hub"],
)
def test_a_bad_file_stops_the_run_with_its_place(
    inventory: Path, partner: str, old: str, new: str, expected: str
) -> None:
    edit(inventory / "partners" / f"{partner}.yml", old, new)

    run = run_playbook("provision", inventory)

    assert run.exit_code == 2
    assert "1 problem: nothing was touched" in run.output
    assert f"{inventory}/partners/{expected}" in run.output
    assert "Say how each hub ended" not in run.output
    assert "Traceback" not in run.output


def test_all_problems_are_said_at_once(inventory: Path) -> None:
    edit(inventory / "partners/P00001.yml", "sector: family", "colour: blue\nsector: family")
    edit(inventory / "partners/P00007.yml", "capacity_kbps: 256", "capacity_kbps: 200")

    run = run_playbook("validate", inventory)

    assert "2 problems: nothing was touched" in run.output
    assert "KSZ112" in run.output
    assert "nearest: 128, 256" in run.output


def test_a_sound_inventory_is_valid(sample: Path) -> None:
    run = run_playbook("validate", sample)

    assert run.exit_code == 0, run.output
    assert set(run.changed.values()) == {0}


def test_a_partner_that_never_was_cannot_leave(sample: Path) -> None:
    run = run_playbook("offboard", sample, "-e", "partner=P00070")

    assert run.exit_code == 2
    assert "KSZ703 no partner 'P00070'" in run.output
    assert "did you mean P000" in run.output


def test_a_wrong_argument_is_named(sample: Path) -> None:
    run = run_playbook("provision", sample, "--check", "-e", "revert_in_s=1")

    assert run.exit_code == 2
    assert "KSZ701 ksz.netops.provision: revert_in_s" in run.output
