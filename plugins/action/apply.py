"""The action `ksz.netops.apply`; see `plugins/modules/apply.py`."""

from ksz_netops.actions.change import ApplyAction as ActionModule

__all__ = ["ActionModule"]
