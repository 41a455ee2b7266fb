"""The connection methods: one module here is one method, found by discovery.

A module holds one subclass of `Connection` with a field `method`, whose only value names it in the
partners' files.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Final, get_args

from ksz_netops.intent.models import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def _discovered() -> Iterator[tuple[str, type[Connection]]]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        for each in vars(module).values():
            if (
                isinstance(each, type)
                and issubclass(each, Connection)
                and each.__module__ == module.__name__
            ):
                (name,) = get_args(each.model_fields["method"].annotation)
                yield name, each


METHODS: Final[Mapping[str, type[Connection]]] = dict(sorted(_discovered()))
"""Every method by the name that the partners' files use."""
