"""The programs of the roles, which are files and no package, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROLES = Path(__file__).parents[2] / "roles"


@pytest.fixture
def program() -> Callable[[str], ModuleType]:
    """Loads the program at a path below `roles/`."""

    def load(path: str) -> ModuleType:
        name = f"program_{Path(path).stem.replace('-', '_')}"
        spec = importlib.util.spec_from_file_location(name, ROLES / path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return load
