"""The set-up of a clone: whom it asks for packages, and what it says where it fails."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECORD = """#!/bin/sh
echo "{name} $* certs=$UV_SYSTEM_CERTS" >>"$RECORD"
{rest}
"""
PYTHON = """\
case "$*" in
  *version_info*) exit ${OLD:-0} ;;
  "-m venv --clear .venv")
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    cp "$TOOLS/pip" .venv/bin ;;
  *sysconfig*) echo "$PWD/.venv/lib" ;;
  --version) echo Python 3.9.2 ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone under a path with a space, whose tools only say how they were called."""
    folder = tmp_path / "my clones"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/set-up", folder / "scripts")
    tool(folder / "scripts", "packages")
    tools = folder / "tools"
    tools.mkdir()
    tool(tools, "python3", PYTHON)
    tool(tools, "pip", 'cp "$TOOLS/uv-of-pip" .venv/bin/uv; exit ${OFFLINE:-0}')
    tool(tools, "uv-of-pip", "exit ${OFFLINE:-0}")
    return folder


def tool(folder: Path, name: str, rest: str = "") -> None:
    file = folder / name
    file.write_text(RECORD.format(name=name, rest=rest))
    file.chmod(0o755)


def set_up(clone: Path, **environment: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    record = clone / "record"
    record.write_text("")
    tools = clone / "tools"
    done = subprocess.run(  # noqa: S603 - the script under test
        [clone / "scripts/set-up"],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{tools}:/usr/bin:/bin",
            "RECORD": str(record),
            "TOOLS": str(tools),
            **environment,
        },
    )
    return done, record.read_text().splitlines()


def test_packages_come_by_the_lock_file_and_the_systems_authorities(clone: Path) -> None:
    done, calls = set_up(clone)

    assert done.returncode == 0, done.stderr
    assert calls[0].startswith("packages debian-packages.txt")
    assert any(call.startswith("pip install") and call.endswith(" uv certs=1") for call in calls)
    assert any(call.startswith("uv-of-pip sync --frozen") for call in calls)
    assert (clone / ".venv/lib/ansible_collections/ksz/netops").readlink() == clone


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"])
def test_a_mirror_gives_all_packages_with_the_digests_of_the_lock_file(
    clone: Path, variable: str
) -> None:
    done, calls = set_up(clone, **{variable: "https://mirror.example/simple"})

    assert done.returncode == 0, done.stderr
    assert not any(" sync " in call for call in calls)
    (installed,) = [call for call in calls if "--require-hashes" in call]
    for call in (installed, *(call for call in calls if call.startswith("pip "))):
        assert "index" in call
        assert "https://mirror.example/simple" in call


def test_uv_is_taken_where_it_is_installed(clone: Path) -> None:
    tool(clone / "tools", "uv")

    _, calls = set_up(clone)

    assert any(call.startswith("uv sync --frozen") for call in calls)
    assert not any(call.startswith("pip ") for call in calls)


def test_failure_says_what_to_set_and_hides_a_password(clone: Path) -> None:
    done, _ = set_up(clone, OFFLINE="1")
    assert done.returncode == 1
    assert "pip cannot install uv" in done.stderr
    assert "HTTPS_PROXY" in done.stderr
    assert "update-ca-certificates" in done.stderr

    tool(clone / "tools", "uv", "exit 1")
    done, _ = set_up(clone, UV_DEFAULT_INDEX="https://me:secret@mirror.example/simple")
    assert done.returncode == 1
    assert "uv.lock names from https://mirror.example/simple" in done.stderr
    assert "secret" not in done.stderr


def test_python_that_is_too_old_is_named(clone: Path) -> None:
    done, _ = set_up(clone, OLD="1")

    assert done.returncode == 1
    assert "python3 is Python 3.9.2" in done.stderr
    assert "UV_PYTHON" in done.stderr
