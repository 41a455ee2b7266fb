"""The action `ksz.netops.compile`; see `plugins/modules/compile.py`."""

from ksz_netops.actions.compile import CompileAction as ActionModule

__all__ = ["ActionModule"]
