"""A lab of the sample inventory with every partner connected, as `make demo` leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.lab_operator import Operator
from support.lab_running import Lab, copy_of_sample

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with Lab(copy_of_sample(tmp_path_factory.mktemp("connected") / "inventory")) as lab:
        operator = Operator(lab)
        for name in ("prepare", "provision"):
            run = operator.playbook(name)
            assert run.exit_code == 0, run.output
        yield operator
