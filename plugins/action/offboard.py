"""The action `ksz.netops.offboard`; see `plugins/modules/offboard.py`."""

from ksz_netops.actions.offboard import OffboardAction as ActionModule

__all__ = ["ActionModule"]
