"""Progress of an audit on the terminal: how many hubs are judged, and which came last."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.audit import HubResult, Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Draws a bar on standard error where that is a terminal, and nothing elsewhere."""
    # Rich is slow to import, and most commands do not need it.
    from rich import progress  # noqa: PLC0415 - reason above
    from rich.console import Console  # noqa: PLC0415 - reason above

    columns = (
        progress.TextColumn("judging hubs"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.description}"),
    )
    with progress.Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task("connecting", total=None)

        def advance(result: HubResult, done: int, total: int) -> None:
            bad = sum(not finding.verdict.good for finding in result.findings)
            words = f"{result.hub}: {f'{bad} not compliant' if bad else 'compliant'}"
            bar.update(task, completed=done, total=total, description=words)

        yield advance
