"""`render`, `why`, `list`, `calendar` and `diff --from`, as a person or a pipeline calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ksz_netops.cli import code_of
from ksz_netops.cli.diff import in_markdown

SAMPLE = Path(__file__).parents[2] / "inventory"


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("secrets.yml", ".vault-password", ".lab", "record")
    return Path(shutil.copytree(SAMPLE, tmp_path / "inventory", ignore=ignored))


def called(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = code_of([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_hub_is_rendered_without_a_vault(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(capsys, "render", "hub-bru-1", "--inventory", inventory)

    assert (code, err) == (0, "")
    assert out.startswith("# hub-bru-1 (linux)\n")
    assert "secret KSZ-P00007-S1 sha256:0000000000000000" in out


def test_a_vault_that_stays_closed_is_said_and_costs_the_fingerprints_alone(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inventory / "secrets.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n61\n")

    code, out, err = called(capsys, "render", "P00007", "--inventory", inventory)

    assert code == 0
    assert "fingerprints are shown as zeros" in err
    assert "sha256:0000000000000000" in out


def test_every_answer_is_also_given_as_json(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = 'element extranet_port { "ext0" comment "KSZ-HUB" }'
    for words in (["render"], ["why", "hub-bru-1", line], ["list"], ["calendar"]):
        code, out, _ = called(capsys, *words, "--json", "--inventory", inventory)

        assert code == 0, words
        assert isinstance(json.loads(out), list)
        assert json.loads(out) != []


def test_a_hub_shows_what_is_free_and_what_is_sold(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inventory / "partners/P00001.yml").unlink()

    code, out, _ = called(capsys, "show", "hub", "hub-bru-1", "--inventory", inventory)
    _, data, _ = called(capsys, "show", "hub", "hub-bru-1", "--json", "--inventory", inventory)

    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "line1 line1 free" in lines
    assert "fedman0 fedman0 FedMan P00005, P00006" in lines
    assert "uplink 256 of 100000 kbit/s sold" in lines
    free = [each["name"] for each in json.loads(data)["attachments"] if not each["partners"]]
    assert free == ["line1"]


def test_a_list_breaks_no_word_however_narrow_the_terminal(
    inventory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    _, out, _ = called(capsys, "list", "--inventory", inventory)

    lines = out.splitlines()
    assert len(lines) == 21
    assert any(
        line.split()[:5] == ["P00007", "S1", "203.0.113.77", "ipsec_vpn", "baseline"]
        for line in lines
    )


def test_a_partner_is_shown_as_json_too(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = called(capsys, "show", "partner", "P00007", "--json", "--inventory", inventory)

    assert code == 0
    assert json.loads(out)["partner"]["official_ip"] == "203.0.113.77"


def test_a_line_that_nothing_asks_for_is_a_finding(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(
        capsys, "why", "hub-bru-1", "permit ip any any", "--inventory", inventory
    )

    assert (code, out) == (2, "")
    assert "nothing in" in err


def test_the_end_of_an_authorisation_is_in_the_calendar(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = called(capsys, "calendar", "--inventory", inventory)

    assert "authorisation ends  P00007 dimona-web" in out


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_two_inventories_that_are_alike_do_not_differ(
    inventory: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    code, out, _ = called(
        capsys, "diff", "--from", inventory, "--inventory", inventory, "--format", form
    )

    assert code == 0
    assert form != "json" or json.loads(out) == {"hubs": [], "access": [], "risks": []}


def test_who_gains_access_stands_above_the_configuration(
    inventory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    less = Path(shutil.copytree(inventory, tmp_path / "less"))
    (less / "partners/P00007.yml").unlink()

    code, out, _ = called(capsys, "diff", "--from", less, "--inventory", inventory)

    assert code == 2
    lines = out.splitlines()
    assert lines[0].startswith("P00007 gains on hub-bru-1: 203.0.113.77 to ")
    assert "hub-bru-1: 3 changes, touches P00007" in lines
    assert "    + secret KSZ-P00007-S1 sha256:0000000000000000" in lines


def test_what_a_person_wrote_breaks_no_table_of_a_merge_request() -> None:
    assert in_markdown("a | b <i> `c`\n[d](x)\u202e") == r"a \| b \<i\> \`c\`?\[d\](x)?"


def test_options_of_two_inventories_are_refused_where_the_hubs_are_asked(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = called(capsys, "diff", "--to", "HEAD", "--inventory", inventory)

    assert code == 1
    assert err.startswith("KSZ003 ")


def test_explain_shows_the_page_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    for written in ("KSZ110", "110", "ksz110"):
        code, out, _ = called(capsys, "explain", written)
        assert (code, out.splitlines()[0]) == (0, "# KSZ110: a capacity between the steps")
    code, _, err = called(capsys, "explain", "../../etc/passwd")
    assert code == 1
    assert "KSZ002" in err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "--version")

    assert code == 0
    assert out.startswith("ksz-netops ")
