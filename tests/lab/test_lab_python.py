"""The examples on the page about the Python interface that need hubs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ksz_netops

if TYPE_CHECKING:
    from support.lab_running import Lab

pytestmark = pytest.mark.lab

PAGE = Path(ksz_netops.__file__).parents[1] / "docs/python.md"


def test_the_whole_page_runs_against_a_lab(connected_lab: Lab) -> None:
    blocks = re.findall(r"```python(?: lab)?\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    policy = connected_lab.inventory / "approval.yml"
    # Another test of this lab may have asked for approvals.
    policy.write_text("direct: allowed\n", encoding="utf-8")

    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=connected_lab.inventory.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
