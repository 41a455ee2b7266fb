"""Rules on the source beyond the contracts of import-linter, which stand in pyproject.toml."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import ksz_netops

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(ksz_netops.__file__).parent
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}

KEPT_APART = {
    "ansible.plugins": {"actions"},
    "ansible.errors": {"actions"},
    "napalm": {"platforms", "lab"},
    "netmiko": {"platforms", "lab"},
}
"""Libraries whose types stay in the named rooms of the package."""


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Every module that an import names, wherever in the file the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


def test_no_import_is_relative() -> None:
    relative = [
        str(module)
        for module, tree in MODULES.items()
        if any(name.startswith(".") for name in imports_of(tree))
    ]

    assert relative == []


def test_foreign_libraries_stay_where_they_belong() -> None:
    strayed = [
        f"{module} imports {name}"
        for module, tree in MODULES.items()
        for name in imports_of(tree)
        for library, rooms in KEPT_APART.items()
        if (name == library or name.startswith(f"{library}.")) and room_of(module) not in rooms
    ]

    assert strayed == []


def test_only_a_platform_says_its_name() -> None:
    platforms = {path.name for path in (PACKAGE / "platforms").iterdir() if path.is_dir()}

    said = [
        f"{module}:{node.lineno}"
        for module, tree in MODULES.items()
        if room_of(module) != "platforms"
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and ast.unparse(node.left) != "sys.platform"
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in platforms
    ]

    assert said == []
