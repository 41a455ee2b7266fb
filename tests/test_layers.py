"""The direction of imports, read from the source: `ksz_netops.LAYERS` is the rule."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ksz_netops

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(ksz_netops.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

KEPT_APART = {
    "ansible.plugins": {"actions"},
    "ansible.errors": {"actions"},
    "napalm": {"platforms", "lab"},
    "netmiko": {"platforms", "lab"},
}
"""Libraries whose types stay in the named parts of the package."""


def part_of(module: Path) -> str:
    """The first name below `ksz_netops`, which has a layer."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def imports_of(module: Path) -> tuple[str, ...]:
    """Every module that *module* names in an import, wherever in the file it stands."""
    return tuple(_imports(module))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_a_module_imports_lower_layers_only(module: Path) -> None:
    part = part_of(module)
    if part == "__init__":
        return
    layer = ksz_netops.LAYERS[part]

    for name in imports_of(module):
        top, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if top != "ksz_netops" or other in {"", part, "LAYERS"}:
            continue
        assert ksz_netops.LAYERS[other] < layer, f"{part} (layer {layer}) imports {name}"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_one_method_or_platform_never_sees_another(module: Path) -> None:
    family, *rest = module.relative_to(PACKAGE).with_suffix("").parts
    if family not in {"methods", "platforms"} or rest == ["__init__"]:
        return

    for name in imports_of(module):
        if name.startswith(f"ksz_netops.{family}."):
            sibling = name.split(".")[2]
            own = (PACKAGE / family / sibling).is_dir() or (
                PACKAGE / family / f"{sibling}.py"
            ).exists()
            assert not own or sibling == rest[0], f"{named(module)} imports {name}"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_foreign_libraries_stay_where_they_belong(module: Path) -> None:
    part = part_of(module)

    for name in imports_of(module):
        for library, parts in KEPT_APART.items():
            if name == library or name.startswith(f"{library}."):
                assert part in parts, f"{named(module)} imports {name}"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_only_a_platform_says_its_name(module: Path) -> None:
    if part_of(module) == "platforms":
        return
    platforms = {path.name for path in (PACKAGE / "platforms").iterdir() if path.is_dir()}

    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) != "sys.platform":
            for side in (node.left, *node.comparators):
                if isinstance(side, ast.Constant):
                    assert side.value not in platforms, f"{named(module)}:{node.lineno}"


def test_every_part_of_the_package_has_a_layer() -> None:
    parts = {part_of(module) for module in MODULES} - {"__init__"}

    assert parts <= set(ksz_netops.LAYERS)
