"""`partner new`: the questions, the proposals, and a file that the inventory accepts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import ksz_netops
from ksz_netops.cli import app
from ksz_netops.errors import IntentError
from ksz_netops.inventory.load import load_intent

ROOT = Path(ksz_netops.__file__).parents[1]

WHO = ["", "Caisse Nouvelle", "family benefits", "203.0.113.250"]
DESK = ["Desk", "desk@nouvelle.example", "+32 2 555 11 22", "Mo-Fr 09:00-17:00", "fr, nl"]
VPN = ["ipsec_vpn", "hub-bru-1", "203.0.113.250", "512", ""]
FLOWS = ["reachability", "KSZ 26/100", ""]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".lab", "secrets.yml", ".vault-password")
    return Path(shutil.copytree(ROOT / "inventory", tmp_path / "inventory", ignore=ignored))


def answer(inventory: Path, *answers: str) -> Result:
    typed = "".join(f"{line}\n" for line in answers)
    return CliRunner().invoke(app, ["partner", "new", "--inventory", str(inventory)], input=typed)


def test_the_next_free_id_is_proposed_and_the_file_is_valid(inventory: Path) -> None:
    highest = max(partner.number for partner in load_intent(inventory).partners)

    result = answer(inventory, *WHO, *DESK, *VPN, *FLOWS)

    assert result.exit_code == 0, result.output
    newcomer = load_intent(inventory).partners[-1]
    assert newcomer.number == highest + 1
    assert newcomer.name == "Caisse Nouvelle"
    assert [flow.to for flow in newcomer.flows] == ["reachability"]


def test_the_file_explains_its_keys(inventory: Path) -> None:
    answer(inventory, *WHO, *DESK, *VPN, *FLOWS)

    written = max((inventory / "partners").glob("*.yml")).read_text("utf-8")
    assert "# The name of the pre-shared key, never the key.\n    psk: vault:P" in written
    assert written.startswith("# yaml-language-server: $schema=../schema/partner.json\n")


def test_a_wrong_answer_is_explained_and_asked_for_again(inventory: Path) -> None:
    vpn = ["ipsec_vpn", "hub-bru-1", "203.0.113.250", "200", "256", ""]

    result = answer(inventory, *WHO, *DESK, *vpn, *FLOWS)

    assert "nearest: 128, 256" in result.output
    assert result.exit_code == 0, result.output


def test_a_free_attachment_and_free_link_addresses_are_proposed_for_a_line(inventory: Path) -> None:
    hub = inventory / "host_vars/hub-bru-2.yml"
    attachments = "  attachments:\n"
    spare = f"{attachments}    spare9:\n      interface: spare9\n"
    hub.write_text(hub.read_text("utf-8").replace(attachments, spare), "utf-8")
    line = ["leased_line", "Proximus", "hub-bru-2", "", "PX-77001", "2000", "", "", "no"]

    result = answer(inventory, *WHO, *DESK, *line, *FLOWS)

    assert result.exit_code == 0, result.output
    newcomer = load_intent(inventory).partners[-1].model_dump(mode="json")
    assert newcomer["connections"][0]["lines"][0]["attachment"] == "spare9"


def test_a_hub_without_a_free_attachment_is_named(inventory: Path) -> None:
    result = answer(inventory, *WHO, *DESK, "leased_line", "Proximus", "hub-bru-2", "")

    assert isinstance(result.exception, IntentError)
    assert "every attachment of hub-bru-2 is in use" in str(result.exception)


def test_what_the_inventory_refuses_is_kept_as_a_draft_beside_the_reason(inventory: Path) -> None:
    taken = str(load_intent(inventory).partners[0].official_ip)

    result = answer(inventory, *WHO[:3], taken, *DESK, *VPN, *FLOWS)

    assert isinstance(result.exception, IntentError)
    assert "KSZ103" in str(result.exception)
    assert list((inventory / "partners").glob("*.draft"))
    load_intent(inventory)
