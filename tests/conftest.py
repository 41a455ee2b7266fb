"""How the suite runs: profiles of Hypothesis, the order, the tables that tests leave behind.

`pytest --hypothesis-profile=thorough` draws many more examples.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile("patient")


ONE_LAB = {
    f"tests/lab/test_lab_{name}.py"
    for name in ("change", "handover", "mutants", "proof", "python", "ways", "witness")
}
"""Files whose tests need a lab with every partner connected, which takes long to set up."""


class ByFileAndLab(LoadFileScheduling):
    """Where tests run side by side, those of one file or of one lab run in one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "one lab" if file in ONE_LAB else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndLab:
    """Has pytest-xdist distribute the tests so."""
    return ByFileAndLab(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Labs come first, and of them those that may take longest.

    They wait most, and where tests run side by side none is to be left alone at the end.
    """

    def place(item: pytest.Item) -> tuple[bool, float]:
        patience = item.get_closest_marker("timeout")
        return item.get_closest_marker("lab") is None, -(patience.args[0] if patience else 0)

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the rows that tests gave to `record_property`, a table for each name."""
    tables: dict[str, list[str]] = defaultdict(list)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, row in report.user_properties:
                    tables[name].append(str(row))
    for name, rows in tables.items():
        terminalreporter.section(name)
        terminalreporter.write("".join(f"{row}\n" for row in rows))
