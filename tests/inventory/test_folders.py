"""No file of an inventory is passed over in silence, and none may run anything."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ksz_netops.intent.models.lab_keys import lab_public_key
from ksz_netops.inventory.ansible_files import HUB_VARIABLES
from ksz_netops.inventory.validation import validate
from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.errors import Problem

DAY = date(2026, 12, 1)
HUBS = "hub-bru-1", "hub-bru-2", "hub-gen-1", "sftp-1"
HOSTS = "hubs:\n  hosts:\n" + "".join(f"    {name}:\n" for name in HUBS)


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    made = Inventory.copy(tmp_path / "inv")
    (made.folder / "group_vars").mkdir()
    return made


def only(inventory: Inventory) -> Problem:
    problems = inventory.problems()
    assert len(problems) == 1, [str(each) for each in problems]
    return problems[0]


@pytest.mark.parametrize(
    "name", ["P00007.yaml", "P00007.YML", "P00007.Yaml", "P00007.json", "P00007", "P00007.yml.bak",
             ".P00007.yml", "P00007.txt", "P00007.YAML"]
)  # fmt: skip
@pytest.mark.parametrize("folder", ["partners", "host_vars", "group_vars"])
def test_a_file_with_a_name_that_is_not_read_is_an_error_with_its_new_name(
    inventory: Inventory, folder: str, name: str
) -> None:
    (inventory.folder / folder / name).write_text("a: 1\n")

    problem = only(inventory)

    assert problem.code == "KSZ126"
    assert problem.origin
    assert problem.origin.file.endswith(f"{folder}/{name}")
    assert "P00007" in problem.fix
    assert ".yml" in problem.fix


def test_a_folder_in_a_folder_is_an_error(inventory: Inventory) -> None:
    (inventory.folder / "partners" / "new").mkdir()

    assert only(inventory).code == "KSZ126"


@pytest.mark.parametrize(
    "name", [".#P00007.yml", "._P00007.yml", "P00007.yml~", ".P00007.yml.swp", ".P00007.yml.swo",
             "#P00007.yml#", ".gitkeep", ".gitignore", ".DS_Store", "P00021.draft"]
)  # fmt: skip
def test_what_editors_and_git_leave_behind_is_passed_over(inventory: Inventory, name: str) -> None:
    (inventory.folder / "partners" / name).write_text("{{ x }}")

    assert inventory.problems() == ()


def test_a_moved_partner_file_never_makes_a_valid_inventory(inventory: Inventory) -> None:
    old = inventory.folder / "partners" / "P00007.yml"
    old.rename(old.with_suffix(".yaml"))

    assert [each.code for each in inventory.problems()] == ["KSZ126"]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("host_vars/hub-bru-1.yml", "ansible_python_interpreter: /tmp/x\n", "beside"),
        ("host_vars/hub-bru-1.yml", "x: \"{{ lookup('pipe', 'id') }}\"\n", "template"),
        ("host_vars/other.yml", "x: 1\n", "beside"),
        ("group_vars/hubs.yml", "ansible_host: \"{{ lookup('pipe', 'id') }}\"\n", "ours"),
        ("group_vars/all.yml", 'x: [a, {b: "{% raw %}"}]\n', "template"),
        ("group_vars/all.yml", '"{{ x }}": 1\n', "template"),
        ("group_vars/all.yml", "x: !unsafe a\n", "tag"),
        ("hubs.yml", HOSTS + "  vars: {a: 1}\n", "no place"),
        ("hubs.yml", HOSTS.replace("hub-bru-2:", "hub-bru-2: {ansible_host: x}"), "no place"),
        ("hubs.yml", HOSTS + "others: {hosts: {a: }}\n", "no place"),
        ("hubs.yml", HOSTS + "    hub-x:\n", "host_vars/hub-x.yml"),
        ("hubs.yml", HOSTS + "    \"{{ lookup('pipe', 'id') }}\":\n", "not the name of a hub"),
        ("hubs.yml", HOSTS.replace("    sftp-1:\n", ""), "sftp-1 is missing"),
    ],
)
def test_what_ansible_would_run_or_pass_by_is_refused_with_its_place(
    inventory: Inventory, file: str, text: str, says: str
) -> None:
    path = inventory.folder / file
    if file == "host_vars/hub-bru-1.yml":
        text = path.read_text() + text
    path.write_text(text)

    problems = inventory.problems()

    assert any(says in each.what for each in problems), [str(each) for each in problems]
    assert all(each.origin and file in each.origin.file for each in problems)


def test_plain_values_and_our_own_variables_are_accepted(inventory: Inventory) -> None:
    (inventory.folder / "hubs.yml").write_text(HOSTS)
    (inventory.folder / "group_vars/all.yml").write_text("linux_hub_esp: kernel\nports: [1, 2]\n")
    lines = (f"{name}: {value!r}\n" for name, value in HUB_VARIABLES.items() if "'" not in value)
    (inventory.folder / "group_vars/hubs.yml").write_text("".join(lines))

    assert inventory.problems() == ()


@pytest.mark.parametrize("key", ["private_key", "known_hosts"])
@pytest.mark.parametrize(
    "value", ["x' -o ProxyCommand='id", "../id", "/etc/shadow", "a b", "a//b", "a/../b", "$HOME/x",
              "~/x", "a/", "-oProxyCommand=id", ""]
)  # fmt: skip
def test_the_file_of_a_key_lies_in_the_inventory_and_needs_no_quotes(
    inventory: Inventory, key: str, value: str
) -> None:
    file = "host_vars/hub-bru-1.yml"
    old = {"private_key": ".lab/id_ed25519", "known_hosts": ".lab/known_hosts"}[key]
    quoted = value.replace("'", "''")
    inventory.edit(file, f"{key}: {old}", f"{key}: '{quoted}'")

    assert only(inventory).code == "KSZ114"


NAMES = [
    ("partners/P00007.yml", "official_ip: 203.0.113.77", "official_ip: {}"),
    ("partners/P00007.yml", "peer: 203.0.113.77", "peer: {}"),
]


@pytest.mark.parametrize("place", NAMES, ids=["official_ip", "peer"])
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("203.0.113.254", "gateway"),
        ("203.0.113.0", "first or last address"),
        ("203.0.113.255", "first or last address"),
        ("192.0.2.250", "managed"),
        ("203.0.113.4", "an address of hub-gen-1"),
    ],
)
def test_no_partner_has_an_address_at_which_a_hub_stands(
    inventory: Inventory, place: tuple[str, str, str], address: str, says: str
) -> None:
    file, old, new = place
    inventory.edit(file, old, new.format(address))

    assert any(says in each.what for each in inventory.problems())


def test_a_service_is_never_a_hub_itself(inventory: Inventory) -> None:
    path = inventory.folder / "extranet.yml"
    path.write_text(
        path.read_text() + "  itself: {destinations: [192.0.2.4/32], protocol: tcp, ports: [22]}\n"
    )

    assert "an address of hub-gen-1" in only(inventory).what


@pytest.mark.parametrize("name", ["lo", "all", "ipsec0", "tunnels", "a234567890123456"])
def test_a_name_that_no_port_of_a_linux_hub_has_is_invalid_in_every_door(
    inventory: Inventory, name: str
) -> None:
    inventory.edit("host_vars/hub-bru-1.yml", "interface: line1", f"interface: {name}")

    problems = validate(inventory.folder, DAY).problems

    assert {each.code for each in problems} == {"KSZ202"}
    assert all(each.origin for each in problems)


def test_a_mac_address_of_no_card_is_refused(inventory: Inventory) -> None:
    file = next(
        path for path in (inventory.folder / "partners").iterdir() if "mac:" in path.read_text()
    )
    line = next(line for line in file.read_text().splitlines() if "mac:" in line)
    inventory.edit(f"partners/{file.name}", line, '    mac: "00:00:00:00:00:00"')

    assert only(inventory).code == "KSZ173"


def test_a_key_of_the_lab_is_refused_outside_a_lab(inventory: Inventory) -> None:
    file = next(
        path for path in (inventory.folder / "partners").iterdir() if "sftp" in path.read_text()
    )
    key = next(line for line in file.read_text().splitlines() if "ssh-" in line)
    start = key[: key.index("ssh-")]
    for owner in (file.stem, "P00003"):
        inventory.edit(f"partners/{file.name}", key, f"{start}{lab_public_key(owner)}")
        key = f"{start}{lab_public_key(owner)}"
        assert not any(each.code == "KSZ192" for each in inventory.problems())

        extranet = inventory.folder / "extranet.yml"
        kept = extranet.read_text()
        extranet.write_text(kept.replace("lab: true", "lab: false"))
        assert any(each.code == "KSZ192" for each in inventory.problems())
        extranet.write_text(kept)
