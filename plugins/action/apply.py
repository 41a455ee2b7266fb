"""The action `ksz.netops.apply`; see `plugins/modules/apply.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.change", "ApplyAction")

__all__ = ["ActionModule"]
