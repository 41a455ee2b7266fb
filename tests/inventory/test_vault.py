"""The vault: keys by name, encrypted, fit for use, and never shown."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ksz_netops.errors import SecretError
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault, fingerprint, generate_missing
from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

GOOD_KEY = "Zk3vQx9TbM1rWc7LhYs5NdFg2JpRe8UaKt4Xo6ViBmq"
PASSWORD = "open sesame"  # noqa: S105 - of a vault that a test makes


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory.copy(tmp_path / "inv")


def encrypt(inventory: Inventory, plain: str) -> None:
    (inventory.folder / ".vault-password").write_text(f"{PASSWORD}\n")
    library = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
    (inventory.folder / "secrets.yml").write_bytes(library.encrypt(plain))


def test_missing_keys_are_made_with_256_bits_and_the_file_is_for_its_owner(
    inventory: Inventory,
) -> None:
    made = generate_missing(load_intent(inventory.folder), inventory.folder)

    assert made == ("P00007-S1", "P00008-S1", "P00012-S1", "P00015-S2")
    vault = Vault.open(inventory.folder)
    for name in made:
        assert re.fullmatch(r"[A-Za-z0-9]{43}", vault.reveal(name))
    for file in ("secrets.yml", ".vault-password"):
        assert stat.S_IMODE((inventory.folder / file).stat().st_mode) == 0o600
    assert (inventory.folder / "secrets.yml").read_text().startswith("$ANSIBLE_VAULT;")


def test_a_second_run_makes_nothing_and_keeps_every_key(inventory: Inventory) -> None:
    intent = load_intent(inventory.folder)
    generate_missing(intent, inventory.folder)
    before = (inventory.folder / "secrets.yml").read_bytes()

    assert generate_missing(intent, inventory.folder) == ()
    assert (inventory.folder / "secrets.yml").read_bytes() == before


def test_what_may_be_shown_is_a_fingerprint(inventory: Inventory) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")

    vault = Vault.open(inventory.folder)

    assert vault.secrets()["P00007-S1"].fingerprint == fingerprint(GOOD_KEY)
    assert GOOD_KEY not in repr(vault) + repr(vault.secrets())


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("short", "KSZ120"),
        ("a" * 43, "KSZ120"),
        ("ab12" * 10, "KSZ120"),
        (f"P00007S1{GOOD_KEY}", "KSZ120"),
        (f"{GOOD_KEY}?", "KSZ121"),
        (f"{GOOD_KEY[:10]} {GOOD_KEY}", "KSZ121"),
        (f"$9${GOOD_KEY}", "KSZ121"),
        (f"{GOOD_KEY}é", "KSZ121"),
        (f"0x{GOOD_KEY}", "KSZ122"),
        (f"0s{GOOD_KEY}", "KSZ122"),
    ],
)
def test_an_unfit_key_is_refused_and_not_shown(inventory: Inventory, key: str, code: str) -> None:
    encrypt(inventory, f"P00007-S1: '{key}'\n")

    with pytest.raises(SecretError) as refused:
        Vault.open(inventory.folder)

    (problem,) = refused.value.problems
    assert problem.code == code
    assert "P00007-S1" in problem.what
    assert key not in str(refused.value)


def test_one_key_under_two_names_is_refused_by_its_fingerprint(inventory: Inventory) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\nP00008-S1: {GOOD_KEY}\n")

    with pytest.raises(SecretError) as refused:
        Vault.open(inventory.folder)

    (problem,) = refused.value.problems
    assert problem.code == "KSZ123"
    assert fingerprint(GOOD_KEY) in problem.what
    assert GOOD_KEY not in str(refused.value)


def test_another_password_opens_nothing(inventory: Inventory, tmp_path: Path) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    other = tmp_path / "other"
    other.write_text("wrong")

    with pytest.raises(SecretError, match="KSZ601 the password does not open the vault"):
        Vault.open(inventory.folder, other)


def test_a_missing_password_file_is_named(inventory: Inventory) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    (inventory.folder / ".vault-password").unlink()

    with pytest.raises(SecretError, match=r"\.vault-password:1:1: KSZ602"):
        Vault.open(inventory.folder)


def test_a_vault_that_is_not_names_with_keys_never_shows_what_it_is(inventory: Inventory) -> None:
    encrypt(inventory, f"- {GOOD_KEY}\n")

    with pytest.raises(SecretError, match="KSZ601") as refused:
        Vault.open(inventory.folder)

    assert GOOD_KEY not in str(refused.value)


def test_without_a_vault_there_is_nothing_to_reveal(inventory: Inventory) -> None:
    vault = Vault.open(inventory.folder)

    with pytest.raises(SecretError, match="KSZ603"):
        vault.reveal("P00007-S1")


@pytest.mark.parametrize("kept", [0, 30, 80, -10, -2])
def test_a_vault_that_was_cut_is_a_located_error(inventory: Inventory, kept: int) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    path = inventory.folder / "secrets.yml"
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(SecretError, match=r"secrets.yml:1:1: KSZ601 the vault is") as caught:
        Vault.open(inventory.folder)
    assert GOOD_KEY not in str(caught.value)


def test_a_vault_in_clear_is_told_so_and_not_shown(inventory: Inventory) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    (inventory.folder / "secrets.yml").write_text(f"P00007-S1: {GOOD_KEY}\n")

    with pytest.raises(SecretError, match="KSZ601 the vault is not encrypted") as caught:
        Vault.open(inventory.folder)
    assert GOOD_KEY not in str(caught.value)


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def test_a_password_script_that_is_named_is_run_as_ansible_runs_it(
    inventory: Inventory, tmp_path: Path
) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    named = script(tmp_path / "password.sh", f"echo '{PASSWORD}'")

    assert Vault.open(inventory.folder, named).reveal("P00007-S1") == GOOD_KEY

    failing = script(tmp_path / "failing.sh", "exit 3")
    with pytest.raises(SecretError, match="KSZ602"):
        Vault.open(inventory.folder, failing)


def test_a_password_file_in_the_inventory_is_never_run_nor_a_link(
    inventory: Inventory, tmp_path: Path
) -> None:
    encrypt(inventory, f"P00007-S1: {GOOD_KEY}\n")
    own = inventory.folder / ".vault-password"
    script(own, f"touch {tmp_path}/ran; echo '{PASSWORD}'")
    with pytest.raises(SecretError, match=r"KSZ602.*is executable"):
        Vault.open(inventory.folder)
    assert not (tmp_path / "ran").exists()

    own.unlink()
    own.symlink_to("/etc/hostname")
    with pytest.raises(SecretError, match=r"KSZ602.*link"):
        Vault.open(inventory.folder)


def test_new_secrets_are_private_and_kept_from_git(inventory: Inventory, tmp_path: Path) -> None:
    target = tmp_path / "readable"
    target.write_text("kept")
    target.chmod(0o666)
    for name in (".vault-password.new", "secrets.yml.new"):
        (inventory.folder / name).symlink_to(target)

    generate_missing(load_intent(inventory.folder), inventory.folder)

    assert target.read_text() == "kept"
    ignored = (inventory.folder / ".gitignore").read_text().splitlines()
    for name in (".vault-password", "secrets.yml"):
        assert stat.S_IMODE((inventory.folder / name).stat().st_mode) == 0o600
        assert f"/{name}" in ignored
