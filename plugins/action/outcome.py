"""The action `ksz.netops.outcome`; see `plugins/modules/outcome.py`."""

from ksz_netops.actions.provision import OutcomeAction as ActionModule

__all__ = ["ActionModule"]
