"""The handover pack: what it says is what the hubs hold, in four languages, and it holds no key."""

from __future__ import annotations

import ast
import io
import re
import string
from datetime import date
from pathlib import Path

import pypdf
import pytest

import ksz_netops
from ksz_netops.cli import code_of
from ksz_netops.errors import IntentError
from ksz_netops.handover import forms
from ksz_netops.handover.document import document
from ksz_netops.handover.equipment import EQUIPMENT, Surroundings, configuration
from ksz_netops.handover.facts import Facts, gather
from ksz_netops.handover.pack import assemble
from ksz_netops.handover.texts import LANGUAGES, SOURCE, catalogue
from ksz_netops.intent.note.catalogue import CRYPTO_PROFILES
from ksz_netops.inventory.load import load_intent
from ksz_netops.state.resources import Secret

PACKAGE = Path(ksz_netops.__file__).parent
INVENTORY = PACKAGE.parent / "inventory"
TODAY = date(2026, 12, 1)
INTENT = load_intent(INVENTORY)
NAMES = {
    name
    for partner in INTENT.partners
    for connection in partner.connections
    for name in connection.secret_names()
}
SECRETS = {name: Secret(name=name, fingerprint="0123456789abcdef") for name in NAMES}
PARTNERS = [partner.id for partner in INTENT.partners]


def facts_of(partner: str) -> Facts:
    return gather(INTENT, partner, secrets=SECRETS, on=TODAY)


TUNNELS = {tunnel.key.name: tunnel for partner in PARTNERS for tunnel in facts_of(partner).tunnels}
IPV4 = {
    name: tunnel
    for name, tunnel in TUNNELS.items()
    if {each.version for each in (tunnel.peer, tunnel.official)} == {4}
}


def texts() -> set[str]:
    """Every English text that the pack can say, read from the source."""
    found = set()
    for path in (PACKAGE / "handover").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "say":
                (text,) = node.args
                assert isinstance(text, ast.Constant), ast.unparse(node)
                found.add(text.value)
    return found


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE])
def test_every_text_is_translated_with_the_same_values(language: str) -> None:
    known = catalogue(language)

    assert known.keys() == texts()
    assert [text for text, said in known.items() if fields_of(text) != fields_of(said)] == []


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_pack_says_every_address_rate_and_service_of_its_partner(partner: str) -> None:
    facts = facts_of(partner)
    said = forms.markdown(document(facts, (), language="nl", on=TODAY))

    expected = {str(facts.official)}
    for tunnel in facts.tunnels:
        expected |= {str(tunnel.peer), str(tunnel.hub_address), f"{tunnel.capacity_kbps} kbit/s"}
        expected |= {*map(str, tunnel.prefixes), tunnel.key.fingerprint}
    for line in facts.lines:
        expected |= {str(line.partner_address), f"{line.rate_kbps} kbit/s"}
        expected |= {line.mac} if line.mac else set()
    for account in facts.accounts:
        expected |= {account.user, *map(str, account.addresses)}
    for service in facts.services:
        expected |= {service.name, service.authorisation}
    assert {each for each in expected if each not in said.replace("\\", "")} == set()
    assert facts.tunnels or facts.lines or facts.accounts


NAMES_NO_OWN_ADDRESS = {"asa"}
"""Equipment that takes its own address from the port."""


@pytest.mark.parametrize(
    ("equipment", "name"),
    [
        (kind.name, name)
        for kind in EQUIPMENT.values()
        for name, tunnel in sorted(IPV4.items())
        if tunnel.profile.name in kind.profiles
    ],
)
def test_a_configuration_names_both_ends_and_every_selector(equipment: str, name: str) -> None:
    tunnel = IPV4[name]

    text = configuration(EQUIPMENT[equipment], tunnel, Surroundings())

    named = {tunnel.hub_address, tunnel.official}
    if equipment not in NAMES_NO_OWN_ADDRESS:
        named.add(tunnel.peer)
    for address in named:
        assert re.search(rf"(?<![\d.]){re.escape(str(address))}(?![\d.]*\d)", text), address
    for prefix in tunnel.prefixes:
        assert str(prefix.network_address) in text
    assert f"KEY-{name}" in text


@pytest.mark.parametrize("equipment", sorted(EQUIPMENT))
def test_equipment_that_cannot_speak_a_profile_is_refused(equipment: str) -> None:
    tunnel = next(iter(IPV4.values()))
    kind = EQUIPMENT[equipment]
    for name, profile in CRYPTO_PROFILES.items():
        wanted = type(tunnel)(
            **{field: getattr(tunnel, field) for field in tunnel.__slots__} | {"profile": profile}
        )
        if name in kind.profiles:
            assert configuration(kind, wanted, Surroundings())
        else:
            with pytest.raises(IntentError, match="KSZ701"):
                configuration(kind, wanted, Surroundings())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_holds_the_values_and_is_the_same_twice(language: str) -> None:
    facts = facts_of("P00008")

    first = assemble(facts, languages=[language], on=TODAY).files[f"P00008-{language}.pdf"]
    second = assemble(facts, languages=[language], on=TODAY).files[f"P00008-{language}.pdf"]

    reader = pypdf.PdfReader(io.BytesIO(first))
    text = "\n".join(page.extract_text() for page in reader.pages)
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert first == second
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert str(reader.trailer["/Root"]["/Lang"]).startswith(language)  # type: ignore[index]
    assert {"198.51.100.8", "203.0.113.80", "0123456789abcdef"} <= set(re.split(r"[\s,]+", text))
    assert all("+" in font for font in fonts), "a font that is not embedded"


def test_a_partners_name_is_no_markup_in_any_form() -> None:
    facts = facts_of("P00008")
    name = '| x <script> *b* #panic("x") [a](b) \u202e\x1b[31m'
    hostile = type(facts)(**{f: getattr(facts, f) for f in facts.__slots__} | {"name": name})

    files = assemble(hostile, languages=["en"], on=TODAY).files
    said = files["P00008-en.md"].decode()

    assert "<script>" not in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    pages = pypdf.PdfReader(io.BytesIO(files["P00008-en.pdf"])).pages
    assert '#panic("x")' in pages[0].extract_text()


def test_a_name_that_the_fonts_cannot_show_is_an_error_with_words() -> None:
    facts = facts_of("P00008")
    foreign = type(facts)(**{f: getattr(facts, f) for f in facts.__slots__} | {"name": "\u6771"})

    with pytest.raises(forms.FormError, match="KSZ702"):
        assemble(foreign, languages=["en"], on=TODAY)


def test_a_flow_that_has_ended_is_not_in_the_pack() -> None:
    ended = {flow.to for flow in INTENT.partners[6].flows if flow.until}
    facts = gather(INTENT, INTENT.partners[6].id, secrets=SECRETS, on=date(2030, 1, 1))

    assert ended
    assert ended & {service.name for service in facts.services} == set()


def test_the_command_writes_a_pack_without_a_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = tmp_path / "inventory"
    for path in INVENTORY.rglob("*.yml"):
        target = inventory / path.relative_to(INVENTORY)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name != "secrets.yml":
            target.write_bytes(path.read_bytes())
    (inventory / ".vault-password").write_text("canary\n", encoding="utf-8")
    assert code_of(["secrets", "generate", "--inventory", str(inventory)]) == 0
    from ksz_netops.inventory.vault import Vault  # noqa: PLC0415 - slow, for this test alone

    key = Vault.open(inventory).reveal("P00007-S1")
    capsys.readouterr()

    code = code_of(
        ["handover", "P00007", "--inventory", str(inventory), "--output", str(tmp_path / "out")]
    )

    names = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    written = {path.name: path.read_bytes() for path in (tmp_path / "out/P00007").iterdir()}
    assert code == 0
    assert names == written.keys()
    assert {"P00007-nl.pdf", "P00007-en.md", "P00007-S1-strongswan.txt"} <= names
    assert not any(key.encode() in content for content in written.values())
    for name in ("P00007-nl.pdf", "P00007-en.pdf"):
        pages = pypdf.PdfReader(io.BytesIO(written[name])).pages
        assert not any(key in page.extract_text() for page in pages)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["P00099"], "KSZ115"),
        (["P00007", "--lang", "xx"], "KSZ115"),
        (["P00007", "--equipment", "fritzbox"], "KSZ115"),
        (["P00007", "--outside", "eth0; reboot"], "KSZ116"),
        (["P00007", "--lan", "10.0.0.1/8"], "KSZ107"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_1(
    arguments: list[str],
    code: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ksz_netops.cli.handover.Vault.open", lambda *_: _Shown())
    arguments = ["handover", *arguments, "--inventory", str(INVENTORY), "--output", str(tmp_path)]

    assert code_of(arguments) == 1
    assert code in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


class _Shown:
    """A vault whose fingerprints alone are asked for."""

    def secrets(self) -> dict[str, Secret]:
        return SECRETS
