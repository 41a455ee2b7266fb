"""The JSON Schema of the files, and what a real editor's language server makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

import ksz_netops
from editor.language_server import LanguageServer
from ksz_netops.inventory.json_schema import schemas
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(ksz_netops.__file__).parents[1]
INVENTORY = ROOT / "inventory"
HERE = Path(__file__).parent
MODELINE = "# yaml-language-server: $schema=../schema/partner.json"

PARTNER = f"""\
{MODELINE}
id: P00099
name: Mutualité de l'Essai
sector: health insurance
official_ip: 198.51.100.99
helpdesk:
  name: Service desk
  email: desk@essai.example
  phone: "+32 2 555 01 99"
  hours: Mo-Fr 08:00-18:00
  languages: [fr]
connections:
  - id: S1
    method: ipsec_vpn
    hub: hub-bru-1
    peer: 203.0.113.99
    capacity_kbps: 512
    crypto: %s
    psk: vault:P00099-S1
    %s
"""


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return dict(schemas(load_intent(INVENTORY)))


def files(name: str) -> list[Path]:
    folder = {"partner.json": "partners", "hub.json": "host_vars", "extranet.json": "."}[name]
    pattern = "extranet.yml" if folder == "." else "*.yml"
    return sorted((INVENTORY / folder).glob(pattern))


@pytest.mark.parametrize("name", ["partner.json", "hub.json", "extranet.json"])
def test_the_sample_files_are_valid_by_their_schema(name: str, written: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(written[name])
    assert files(name)

    for path in files(name):
        data = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
        assert [error.message for error in validator.iter_errors(data)] == [], path


@pytest.mark.parametrize("name", ["partner.json", "hub.json", "extranet.json"])
def test_the_schemas_of_the_sample_are_up_to_date(name: str, written: dict[str, Any]) -> None:
    assert json.loads((INVENTORY / "schema" / name).read_text("utf-8")) == written[name]


@pytest.mark.parametrize("name", ["partner.json", "hub.json", "extranet.json"])
def test_every_sample_file_names_its_schema_in_its_first_line(name: str) -> None:
    for path in files(name):
        first = path.read_text("utf-8").splitlines()[0]
        _, _, schema = first.partition("$schema=")
        assert (path.parent / schema).resolve() == (INVENTORY / "schema" / name).resolve()


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so there is no language server to ask")
    folder = ROOT / ".cache/editor"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    program = folder / "node_modules/.bin/yaml-language-server"
    if not program.exists():
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=folder, check=True, capture_output=True)  # noqa: S603 - fixed
    with LanguageServer([str(program), "--stdio"], INVENTORY) as running:
        yield running


def opened(server: LanguageServer, name: str, crypto: str, last: str) -> tuple[str, list[str]]:
    text = PARTNER % (crypto, last)
    return server.open(INVENTORY / "partners" / name, text), text.splitlines()


def test_an_editor_completes_the_keys_of_a_connection(server: LanguageServer) -> None:
    uri, lines = opened(server, "P00091.yml", "baseline", "")

    offered = server.completions(uri, len(lines) - 1, 4)

    assert {"equipment", "effort", "preference", "number"} <= offered


def test_an_editor_completes_the_crypto_profiles(server: LanguageServer) -> None:
    uri, lines = opened(server, "P00092.yml", "", "preference: 10")
    line = next(number for number, text in enumerate(lines) if "crypto:" in text)

    offered = server.completions(uri, line, len(lines[line]))

    assert {"baseline", "high"} <= offered


def test_an_editor_completes_the_services_of_the_inventory(server: LanguageServer) -> None:
    uri, lines = opened(server, "P00093.yml", "baseline", "preference: 10\nflows:\n  - to: ")

    offered = server.completions(uri, len(lines) - 1, len(lines[-1]))

    assert set(load_intent(INVENTORY).extranet.services) <= offered


def test_an_editor_underlines_an_unknown_key(server: LanguageServer) -> None:
    uri, lines = opened(server, "P00094.yml", "baseline", "capasity: 5")

    found = server.diagnostics(uri)

    assert [each["range"]["start"]["line"] for each in found] == [len(lines) - 1]


def test_an_editor_is_content_with_a_good_file(server: LanguageServer) -> None:
    uri, _ = opened(server, "P00095.yml", "baseline", "preference: 10")

    assert server.diagnostics(uri) == []
