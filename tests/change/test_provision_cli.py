"""`ksz-netops diff` and `provision` against hubs in memory: exit codes, and what is shown."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ksz_netops.cli import app
from ksz_netops.errors import KszError
from ksz_netops.inventory.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.state.resources import DeviceState
from support.fake_session import FakeHub, Fault

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from click.testing import Result

    from ksz_netops.platforms import Session, Target

INVENTORY = Path(__file__).parents[2] / "inventory"
HUBS = tuple(load_intent(INVENTORY).hubs)


@dataclass(slots=True)
class FakeFleet:
    """Every hub of the inventory, each in memory and empty."""

    hubs: dict[str, FakeHub] = field(
        default_factory=lambda: {name: FakeHub(running=DeviceState(())) for name in HUBS}
    )


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> FakeFleet:
    fleet = FakeFleet()

    def connect(_: object, target: Target) -> AbstractContextManager[Session]:
        return fleet.hubs[target.name].connect(target)

    for known in platforms().values():
        monkeypatch.setattr(type(known), "connect", connect)
    return fleet


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "inventory"
    ignored = shutil.ignore_patterns(".lab", "secrets.yml", ".vault-password")
    shutil.copytree(INVENTORY, folder, ignore=ignored)
    assert run("secrets", "generate", "--inventory", str(folder)).exit_code == 0
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"ANSIBLE_VAULT_PASSWORD_FILE": None})


def test_diff_shows_every_hub_and_changes_none(inventory: Path, platform: FakeFleet) -> None:
    result = run("diff", "--inventory", str(inventory))

    assert result.exit_code == 2
    assert "hub-bru-1: would change; touches P00001" in result.output
    assert all("commit" not in hub.asked for hub in platform.hubs.values())


def test_provision_does_what_diff_showed_and_a_second_run_nothing(
    inventory: Path, platform: FakeFleet
) -> None:
    forecast = run("diff", "--inventory", str(inventory)).stdout
    done = run("provision", "--inventory", str(inventory))
    again = run("provision", "--inventory", str(inventory))

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert done.stdout.replace("confirmed", "would change") == forecast
    assert again.stdout.splitlines() == [f"{name}: unchanged" for name in sorted(HUBS)]
    assert all(hub.startup == hub.running != DeviceState(()) for hub in platform.hubs.values())


def test_one_hub_can_be_asked_for(inventory: Path, platform: FakeFleet) -> None:
    result = run("provision", "--inventory", str(inventory), "--hub", "sftp-1")

    assert result.exit_code == 0
    assert {name for name, hub in platform.hubs.items() if hub.asked} == {"sftp-1"}


def test_a_hub_that_is_not_reached_fails_and_the_others_are_provisioned(
    inventory: Path, platform: FakeFleet
) -> None:
    platform.hubs["hub-bru-1"].faults = dict.fromkeys(range(99), Fault.REFUSED)

    result = run("provision", "--inventory", str(inventory))

    assert result.exit_code == 1
    assert "hub-bru-1: failed" in result.output
    assert "hub-bru-2: confirmed" in result.output


def test_a_hub_that_is_busy_has_an_exit_code_of_its_own(
    inventory: Path, platform: FakeFleet
) -> None:
    platform.hubs["sftp-1"].deadline = 1e9

    result = run("provision", "--inventory", str(inventory))

    assert result.exit_code == 3
    assert "sftp-1: busy" in result.output


def test_a_hub_that_does_not_exist_is_an_error_in_use(inventory: Path, platform: FakeFleet) -> None:
    result = run("diff", "--inventory", str(inventory), "--hub", "nowhere")

    assert isinstance(result.exception, KszError)
    assert "nowhere" in str(result.exception)
    assert all(not hub.asked for hub in platform.hubs.values())


def test_what_is_shown_is_also_given_as_json(inventory: Path, platform: FakeFleet) -> None:  # noqa: ARG001 - the hubs
    forecast = run("diff", "--json", "--inventory", str(inventory))
    done = run("provision", "--json", "--inventory", str(inventory))

    assert forecast.exit_code == 2
    hubs = {each["hub"]: each for each in json.loads(forecast.stdout)["hubs"]}
    assert set(hubs) == set(HUBS)
    assert hubs["hub-bru-1"]["status"] == "would_change"
    assert done.exit_code == 0
    after = {each["hub"]: each for each in json.loads(done.stdout)["hubs"]}
    assert {name: each["diff"] for name, each in after.items()} == {
        name: each["diff"] for name, each in hubs.items()
    }
