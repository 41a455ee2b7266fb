from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.change_site import Site, make_site

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The sample inventory, and hubs in memory that hold what it asks for."""
    return make_site(tmp_path, monkeypatch)
