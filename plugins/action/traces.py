"""The action `ksz.netops.traces`; see `plugins/modules/traces.py`."""

from ksz_netops.actions.offboard import TracesAction as ActionModule

__all__ = ["ActionModule"]
