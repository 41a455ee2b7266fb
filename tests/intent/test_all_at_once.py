"""One run says everything that is wrong, whatever else is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

SEVEN = """\
---
id: P00012
name: «fonds!
sector: rehearsal
official_ip: «198.51.100.0/29
helpdesk:
  name: Service desk
  email: «nobody
  phone: "+32 2 555 00 00"
  hours: Mo-Fr 08:00-18:00
  languages: [nl]
connections:
  - id: S1
    method: ipsec_vpn
    hub: «hub-gem-1
    peer: 203.0.113.112
    capacity_kbps: «200
    crypto: high
    psk: vault:P00012-S1
  - id: S2
    method: sftp
    hub: sftp-1
    authorisation: KSZ 26/013
    keys: [«ssh-dss AAAA]
flows:
  - to: «dimona-wev
    authorisation: KSZ 26/012
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory.copy(tmp_path / "inv")


def test_a_file_with_seven_faults_yields_seven_messages(inventory: Inventory) -> None:
    file = inventory.folder / "partners/P00012.yml"
    places = [
        (number, line.index("«") + 1)
        for number, line in enumerate(SEVEN.splitlines(), start=1)
        if "«" in line
    ]
    file.write_text(SEVEN.replace("«", ""), encoding="utf-8")

    problems = inventory.problems()

    assert [problem.code for problem in problems] == [
        "KSZ130",
        "KSZ102",
        "KSZ132",
        "KSZ115",
        "KSZ110",
        "KSZ190",
        "KSZ115",
    ]
    assert [(each.origin.line, each.origin.column) for each in problems if each.origin] == places


def test_faults_of_several_files_come_in_the_order_of_their_places(inventory: Inventory) -> None:
    inventory.edit("extranet.yml", "ports: [8443]", "ports: [0]")
    inventory.edit("partners/P00007.yml", "capacity_kbps: 256", "capacity_kbps: 200")
    inventory.edit("partners/P00004.yml", "official_ip: 198.51.100.4", "official_ip: 198.51.100.3")
    inventory.edit("host_vars/sftp-1.yml", "port: 22103", "port: none")

    codes = [problem.code for problem in inventory.problems()]

    # The address is compared although the extranet's file is wrong only in one service.
    assert codes == ["KSZ108", "KSZ114", "KSZ110"]


def test_nothing_is_said_about_what_rests_on_a_wrong_hub(inventory: Inventory) -> None:
    inventory.edit("host_vars/hub-bru-1.yml", "platform: linux", "platfrom: linux")

    (problem,) = inventory.problems()

    assert problem.code == "KSZ112"


def test_a_wrong_address_does_not_hide_a_clash_of_another_kind(inventory: Inventory) -> None:
    inventory.edit("partners/P00008.yml", "official_ip: 198.51.100.8", "official_ip: nowhere")
    inventory.edit("partners/P00008.yml", "psk: vault:P00008-S1", "psk: vault:P00007-S1")

    assert [problem.code for problem in inventory.problems()] == ["KSZ107", "KSZ123"]


def test_a_key_twice_does_not_hide_the_rest_of_the_file(inventory: Inventory) -> None:
    inventory.edit("partners/P00007.yml", "sector: social", "sector: a\nsector: social")
    inventory.edit("partners/P00007.yml", "capacity_kbps: 256", "capacity_kbps: 200")

    assert [problem.code for problem in inventory.problems()] == ["KSZ100", "KSZ110"]


def test_a_folder_without_an_inventory_is_said_to_be_none(tmp_path: Path) -> None:
    inventory = Inventory(tmp_path)

    assert [problem.code for problem in inventory.problems()] == ["KSZ117", "KSZ117"]


def test_a_file_keeps_the_path_that_the_user_gave(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory.edit("partners/P00007.yml", "capacity_kbps: 256", "capacity_kbps: 200")
    monkeypatch.chdir(inventory.folder.parent)
    relative = Inventory(inventory.folder.relative_to(inventory.folder.parent))

    (problem,) = relative.problems()

    assert str(problem) == (
        "inv/partners/P00007.yml:18:20: KSZ110 capacity_kbps 200 is not a multiple of 128; "
        "nearest: 128, 256"
    )


def test_a_private_key_and_a_pasted_secret_are_never_shown(inventory: Inventory) -> None:
    secret = "hunter2hunter2hunter2"  # noqa: S105 - that it is none is the point
    inventory.edit("partners/P00007.yml", "psk: vault:P00007-S1", f"psk: {secret}")
    inventory.edit(
        "partners/P00009.yml",
        "      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1MV3ZTLK2rD7wBjC33L8BkJffbCyCbMUc9L2UtziKJ",
        f"      - |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        {secret}",
    )
    inventory.edit("partners/P00012.yml", "psk: vault:P00012-S1", f"psk: {{key: {secret}}}")
    inventory.edit("partners/P00015.yml", "psk: vault:P00015-S2", f"psk: [{secret}]")

    problems = inventory.problems()

    assert sorted(problem.code for problem in problems) == ["KSZ124", "KSZ124", "KSZ124", "KSZ190"]
    assert secret not in repr(problems)
