"""Sessions that are opened by several threads at once, as an audit opens them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import ConnectError
from ksz_netops.platforms import IMPORTING, Target, platforms

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_a_session_waits_while_another_thread_imports_its_libraries(
    platform: str, tmp_path: Path
) -> None:
    target = Target(
        name="hub",
        address="127.0.0.1",
        port=1,
        user="nobody",
        private_key=tmp_path / "key",
        known_hosts=tmp_path / "known",
    )
    refused: list[ConnectError] = []

    def connect() -> None:
        with (
            pytest.raises(ConnectError) as caught,
            platforms()[platform].connect(target),
        ):
            pass
        refused.append(caught.value)

    connect()
    other = threading.Thread(target=connect)
    with IMPORTING:
        other.start()
        other.join(0.5)
        waited = other.is_alive()
    other.join()

    assert waited
    assert len(refused) == 2
