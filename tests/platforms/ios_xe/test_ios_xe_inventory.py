"""A sample hub of this platform, from its files to a router that holds it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.apply import provision
from ksz_netops.change.outcome import Status
from ksz_netops.desired import desired_state, target_of
from ksz_netops.errors import ConnectError
from ksz_netops.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.resources import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).parent / "inventory"
KEY = "k" * 43
SECRETS = {
    "P00011-S1": Secret(name="P00011-S1", fingerprint=hashlib.sha256(KEY.encode()).hexdigest()[:16])
}


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Path]:
    """The sample, with its router running on a port of its own."""
    copy = tmp_path / "inventory"
    shutil.copytree(SAMPLE, copy)
    hub = copy / "host_vars" / "hub-gen-1.yml"
    hub.write_text(hub.read_text().replace("22104", "22987"))
    command = [sys.executable, "-m", "ksz_netops.lab.emulator", str(copy)]
    with subprocess.Popen(command) as emulator:  # noqa: S603 - our own module
        yield copy
        emulator.terminate()


def test_the_sample_hub_is_provisioned_over_ssh_and_a_second_run_changes_nothing(
    inventory: Path,
) -> None:
    intent = load_intent(inventory)
    wanted = desired_state(intent, "hub-gen-1", secrets=SECRETS, on=date(2026, 11, 24))
    platform = platforms()[intent.hubs["hub-gen-1"].platform]
    target = target_of(intent, "hub-gen-1", inventory)
    for _ in range(300):
        try:
            with platform.connect(target):
                break
        except ConnectError:
            threading.Event().wait(0.1)

    first = provision(platform, target, wanted, reveal=lambda _: KEY)
    second = provision(platform, target, wanted, reveal=lambda _: KEY)

    assert first.problems == ()
    assert first.status is Status.CONFIRMED
    assert first.partners == ("P00011", "P00012", "P00013", "P00014")
    assert second.status is Status.UNCHANGED
