"""How the suite runs: profiles of Hypothesis, the order, the tables that tests leave behind.

`pytest --hypothesis-profile=thorough` draws many more examples.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side, a file's run in one process, and so do those of one lab.

    Labs come first, and of them those that may take longest: they wait most, and none is to be left
    alone at the end.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        group = "connected_lab" if "connected_lab" in fixtures else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))

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
