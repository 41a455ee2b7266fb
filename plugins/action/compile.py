"""The action `ksz.netops.compile`; see `plugins/modules/compile.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.compile", "CompileAction")

__all__ = ["ActionModule"]
