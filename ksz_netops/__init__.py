"""Connects partners to the Belgian social-security extranet: intent, configuration, proof.

The names in `__all__` are for programs that use the package; `docs/python.md` shows each. All else
may change from one version to the next. A name is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ksz_netops.change.fleet.settings import RunSettings
    from ksz_netops.change.workflow import Authoring, Workspace
    from ksz_netops.compliance.audit import Audit, audit
    from ksz_netops.compliance.findings import Finding, Verdict
    from ksz_netops.errors import KszError, Problem
    from ksz_netops.intent.models import Intent
    from ksz_netops.inventory.desired import desired_state
    from ksz_netops.inventory.load import load_intent
    from ksz_netops.inventory.vault import Vault
    from ksz_netops.state.resources import DeviceState

__all__ = [
    "Audit",
    "Authoring",
    "DeviceState",
    "Finding",
    "Intent",
    "KszError",
    "Problem",
    "RunSettings",
    "Vault",
    "Verdict",
    "Workspace",
    "audit",
    "desired_state",
    "load_intent",
]

_HOMES: Final = {
    "Audit": "ksz_netops.compliance.audit",
    "Authoring": "ksz_netops.change.workflow",
    "DeviceState": "ksz_netops.state.resources",
    "Finding": "ksz_netops.compliance.findings",
    "Intent": "ksz_netops.intent.models",
    "KszError": "ksz_netops.errors",
    "Problem": "ksz_netops.errors",
    "RunSettings": "ksz_netops.change.fleet.settings",
    "Vault": "ksz_netops.inventory.vault",
    "Verdict": "ksz_netops.compliance.findings",
    "Workspace": "ksz_netops.change.workflow",
    "audit": "ksz_netops.compliance.audit",
    "desired_state": "ksz_netops.inventory.desired",
    "load_intent": "ksz_netops.inventory.load",
}
"""Where each public name stands."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
