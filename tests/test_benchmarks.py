"""The benchmarks run on what the product's own rules accept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmark_of_loading_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", "--partners", "20", "--rounds", "1"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "20 files" in done.stdout
