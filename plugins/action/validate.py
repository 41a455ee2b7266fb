"""The action `ksz.netops.validate`; see `plugins/modules/validate.py`."""

from ksz_netops.actions.validate import ValidateAction as ActionModule

__all__ = ["ActionModule"]
