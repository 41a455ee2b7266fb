"""How the same work is done on many hubs: one after the other, or by threads."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Executor(Protocol):
    """Does the same work on many tasks."""

    def __call__(
        self, work: Callable[[_Task], _Result], tasks: Collection[_Task], /
    ) -> Iterable[_Result]:
        """The results of *work* on each of *tasks*, as they come."""


def serial(work: Callable[[_Task], _Result], tasks: Collection[_Task], /) -> Iterable[_Result]:
    """One after the other."""
    return map(work, tasks)


def threads(workers: int) -> Executor:
    """At most *workers* at once; reading a hub is waiting, for the most part.

    The threads are daemons: after Ctrl-C the program does not wait for a hub that does not answer.
    """

    def execute(work: Callable[[_Task], _Result], tasks: Collection[_Task], /) -> Iterator[_Result]:
        waiting: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        done: queue.SimpleQueue[_Result | BaseException] = queue.SimpleQueue()
        stopped = threading.Event()
        for task in tasks:
            waiting.put(task)

        def serve() -> None:
            while not stopped.is_set():
                try:
                    task = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    done.put(work(task))
                except BaseException as error:  # noqa: BLE001 - raised again where results are taken
                    done.put(error)

        for _ in range(min(workers, len(tasks))):
            threading.Thread(target=serve, daemon=True).start()
        try:
            for _ in tasks:
                result = done.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            stopped.set()

    return execute
