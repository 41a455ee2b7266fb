"""Files are read within bounds and written whole, and no link is followed."""

from __future__ import annotations

import ast
import os
import stat
from pathlib import Path

import pytest

import ksz_netops
from ksz_netops.borders.files import (
    READABLE,
    entries_of,
    keep_from_git,
    make_private_folder,
    read_file,
    read_text,
    replace_file,
)

PACKAGE = Path(ksz_netops.__file__).parent


def test_what_is_written_is_read_and_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for umask in (0o000, 0o022, 0o077, 0o777):
        before = os.umask(umask)
        try:
            replace_file(path, "one\n")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            replace_file(path, b"two\n", mode=READABLE)
            assert stat.S_IMODE(path.stat().st_mode) == 0o644
        finally:
            os.umask(before)
        assert read_text(path) == "two\n"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_link_in_the_place_of_a_file_is_replaced_and_never_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    victim.chmod(0o666)
    path = tmp_path / "secrets.yml"
    path.symlink_to(victim)
    (tmp_path / "secrets.yml.new").symlink_to(victim)
    (tmp_path / ".secrets.yml.new").symlink_to(victim)

    replace_file(path, "secret")

    assert victim.read_text() == "kept"
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    replace_file(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, "new")

    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_file_is_refused_with_words_for_a_person(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "folder").mkdir()
    (tmp_path / "big").write_bytes(b"x" * 11)
    (tmp_path / "text").write_bytes(b"ab\xff")
    said = {
        "pipe": "not a regular file",
        "link": "link to another file",
        "folder": "not a regular file",
        "big": "more than 10 octets",
        "missing": "No such file",
    }
    for name, words in said.items():
        with pytest.raises(OSError, match=words):
            read_file(tmp_path / name, most=10)
    with pytest.raises(OSError, match="octet 2 is not UTF-8"):
        read_text(tmp_path / "text")


def test_a_private_folder_is_its_owners_and_no_link(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(OSError, match="link to another folder"):
        make_private_folder(tmp_path / "link")


def test_names_are_kept_from_git_once_and_beside_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/mine")
    keep_from_git(tmp_path, ("a", "b/"))
    keep_from_git(tmp_path, ("b/", "c"))

    assert (tmp_path / ".gitignore").read_text() == "/mine\n/a\n/b/\n/c\n"


def test_a_folder_is_listed_in_order_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    for name in "cab":
        (tmp_path / name).touch()

    assert [each.name for each in entries_of(tmp_path)] == ["a", "b", "c"]
    assert list(entries_of(tmp_path / "none")) == []


WRITERS = {
    "actions/on_hub.py", "borders/files.py", "change/fleet/journal.py", "change/record/chain.py",
    "cli/init.py", "inventory/onboarding/start.py", "platforms/ios_xe/device/driver.py",
    "platforms/ios_xe/device/session.py", "platforms/linux/device/transport.py",
    "signing/ssh_signatures.py",
}  # fmt: skip
"""Modules that open files by themselves: they append, lock, or write in a folder that they made."""


def test_no_other_module_writes_a_file_by_itself() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = str(path.relative_to(PACKAGE))
        if name.startswith(("lab/", "platforms/linux/on_hub/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = [each.value for each in node.args if isinstance(each, ast.Constant)]
                opens = node.func.attr == "open" and {"w", "wb", "a", "ab", "a+", "x"} & set(words)
                if node.func.attr in {"write_text", "write_bytes", "mkstemp"} or opens:
                    found.add(name)
    assert found <= WRITERS
