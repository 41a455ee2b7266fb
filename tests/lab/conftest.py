"""A lab that all tests of this folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import LabError
from ksz_netops.lab.requirements import abilities
from support.lab_running import Lab, copy_of_sample
from support.playbook_run import run_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def lab_inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample inventory, on ports of its own."""
    return copy_of_sample(tmp_path_factory.mktemp("lab") / "inventory")


@pytest.fixture(scope="session")
def lab(lab_inventory: Path) -> Iterator[Lab]:
    """The running lab, its hubs as bare as they booted."""
    try:
        abilities()
    except LabError as error:
        pytest.skip(f"no lab on this machine: {error}")
    with Lab(lab_inventory) as running:
        yield running


@pytest.fixture(scope="session")
def connected_lab(lab: Lab) -> Lab:
    """The same lab after the playbooks have connected every partner."""
    for playbook in ("prepare", "provision"):
        run = run_playbook(playbook, lab.inventory)
        assert run.exit_code == 0, run.output
    return lab
