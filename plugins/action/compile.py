"""The action `ksz.netops.compile`; see `plugins/modules/compile.py`."""

from ksz_netops.actions import CompileAction as ActionModule

__all__ = ["ActionModule"]
