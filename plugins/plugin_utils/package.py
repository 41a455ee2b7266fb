"""The Python package behind the plugins, or a plugin that says that it is not there."""

from __future__ import annotations

import importlib
import sys
from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.lookup import LookupBase

BASES = {"Action": ActionBase, "Lookup": LookupBase, "Inventory": BaseInventoryPlugin}
MISSING = (
    "the Python package ksz-netops is not installed for {python}, the Python of ansible-core; "
    "install it there: `pip install ksz-netops` brings this collection too"
)


def loaded(module: str, name: str) -> type[Any]:
    """The class *name* of *module*; one that fails with a clear word where there is no package."""
    try:
        found: type[Any] = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ksz_netops":
            raise
        base = next(kind for word, kind in BASES.items() if name.endswith(word))
        parts = {"NAME": "ksz.netops.hubs", "run": _fail, "parse": _list_nothing_but_the_fault}
        return type(name, (base,), parts)
    return found


def _fail(*_args: object, **_named: object) -> NoReturn:
    raise AnsibleError(MISSING.format(python=sys.executable))


def _list_nothing_but_the_fault(
    _self: object,
    inventory: Any,  # noqa: ANN401 - Ansible's own
    *_args: object,
    **_named: object,
) -> None:
    """Adds a host on which every task fails: an inventory without hosts would end with 0."""
    inventory.add_group("hubs")
    inventory.add_host("ksz-netops-is-not-installed", group="hubs")
