"""`ksz-netops validate` and `secrets generate`, as an operator or a pipeline runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from ksz_netops.cli import app
from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

BAD = ("partners/P00007.yml", "capacity_kbps: 256", "capacity_kbps: 200")


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory.copy(tmp_path / "inv")


def run(inventory: Inventory, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--inventory", str(inventory.folder)])


def test_a_valid_inventory_says_what_it_holds(inventory: Inventory) -> None:
    result = run(inventory, "validate")

    assert result.exit_code == 0
    assert result.output == f"{inventory.folder}: valid; 16 partners, 18 connections, 4 hubs\n"


def test_text_is_a_line_for_each_problem_and_a_sum(inventory: Inventory) -> None:
    inventory.edit(*BAD)

    result = run(inventory, "validate")

    assert result.exit_code == 1
    problem, summary = result.output.splitlines()
    assert problem == (
        f"{inventory.folder}/partners/P00007.yml:18:20: KSZ110 "
        "capacity_kbps 200 is not a multiple of 128; nearest: 128, 256"
    )
    assert summary == f"{inventory.folder}: 1 problem in 1 file"


def test_json_has_the_parts_of_each_problem(inventory: Inventory) -> None:
    inventory.edit(*BAD)

    result = run(inventory, "validate", "--format", "json")

    assert json.loads(result.output) == {
        "valid": False,
        "problems": [
            {
                "code": "KSZ110",
                "what": "capacity_kbps 200 is not a multiple of 128",
                "fix": "nearest: 128, 256",
                "file": f"{inventory.folder}/partners/P00007.yml",
                "line": 18,
                "column": 20,
            }
        ],
    }


def test_json_of_a_valid_inventory_is_json_too(inventory: Inventory) -> None:
    result = run(inventory, "validate", "--format", "json")

    assert json.loads(result.output) == {"valid": True, "problems": []}


def test_a_github_annotation_stays_one_line_whatever_it_quotes(inventory: Inventory) -> None:
    inventory.edit("partners/P00007.yml", "hub: hub-bru-1", 'hub: "a\\nb%, c: d"')

    result = run(inventory, "validate", "--format", "github")

    (line,) = result.output.splitlines()
    assert line.startswith("::error title=KSZ115,file=")
    assert ",line=16,col=10::there is no hub 'a\\nb%25, c: d'" in line


def test_junit_has_a_test_for_each_file(inventory: Inventory) -> None:
    inventory.edit(*BAD)

    result = run(inventory, "validate", "--format", "junit")

    suite = ET.fromstring(result.output)  # noqa: S314 - our own output
    assert suite.attrib["tests"] == "21"
    assert suite.attrib["failures"] == "1"
    (failure,) = suite.iter("failure")
    assert failure.attrib["type"] == "KSZ110"


def test_secrets_are_generated_and_their_quality_is_part_of_validation(
    inventory: Inventory,
) -> None:
    made = run(inventory, "secrets", "generate")
    again = run(inventory, "secrets", "generate")

    assert made.exit_code == again.exit_code == 0
    assert "made P00007-S1" in made.output
    assert again.output == "every key is there\n"
    assert run(inventory, "validate").exit_code == 0

    (inventory.folder / "secrets.yml").write_text("not encrypted\n")
    spoiled = run(inventory, "validate")

    assert spoiled.exit_code == 1
    assert "KSZ601" in spoiled.output


def test_the_sample_inventory_is_valid() -> None:
    result = CliRunner().invoke(app, ["validate"])

    assert result.exit_code == 0, result.output
