"""The page on the Python interface: its examples run, and they use public names alone."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ksz_netops
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing

ROOT = Path(ksz_netops.__file__).parents[1]
BLOCK = re.compile(r"```python(?P<mark> lab)?\n(?P<code>.*?)```", re.DOTALL)
BLOCKS = [
    (bool(found["mark"]), found["code"])
    for found in BLOCK.finditer((ROOT / "docs/python.md").read_text(encoding="utf-8"))
]


def test_the_examples_that_need_no_hub_run(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    kept = shutil.ignore_patterns(".lab", ".vault-password", "secrets.yml", "record", "reports")
    shutil.copytree(ROOT / "inventory", inventory, ignore=kept)
    generate_missing(load_intent(inventory), inventory)
    program = "\n".join(code for needs_lab, code in BLOCKS if not needs_lab)

    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "P00007 203.0.113.77 ['ipsec_vpn']" in done.stdout
    assert "tunnel KSZ-P00007-S1" in done.stdout


def test_the_examples_import_public_names_alone() -> None:
    used = {
        alias.name
        for _, code in BLOCKS
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module and "ksz" in node.module
        for alias in node.names
        if node.module == "ksz_netops"
    }
    others = {
        node.module
        for _, code in BLOCKS
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ksz_netops.")
    }

    assert others == set()
    assert used <= set(ksz_netops.__all__)


def test_every_public_name_can_be_imported() -> None:
    missing = [name for name in ksz_netops.__all__ if not hasattr(ksz_netops, name)]

    assert missing == []
    assert not hasattr(ksz_netops, "nothing_of_the_kind")
